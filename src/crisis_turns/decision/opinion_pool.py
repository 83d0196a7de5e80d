"""What several believe of the same, as one belief: the logarithmic opinion pool, in which each of them counts alike
(Genest and Zidek 1986, doi 10.1214/ss/1177013825).
"""

from collections.abc import Sequence

import numpy as np

_LEAST = 1e-6
"""What predictions files are rounded to: a belief of 0 has no odds, and would overrule all others."""


def log_opinion_pool(beliefs: Sequence[np.ndarray], *, exclusive: bool) -> np.ndarray:
    """The sigmoid of the mean log odds; of exclusive classes the geometric mean, normalised.

    Args:
        beliefs: of each of them, ``(S, Y, ...)`` probabilities.
        exclusive: whether one of the Y is so on each turn.

    Returns:
        ``(S, Y, ...)`` float64.
    """
    p = np.clip(np.stack(beliefs).astype(float), _LEAST, 1 - _LEAST)
    if exclusive:
        together = np.exp(np.log(p).mean(0))
        return np.asarray(together / together.sum(1, keepdims=True))
    odds = np.exp((np.log(p) - np.log1p(-p)).mean(0))
    return np.asarray(odds / (1 + odds))
