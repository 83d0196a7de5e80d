"""Plain numbers for files: nan becomes ``None``, numpy types become Python's."""

import numpy as np

from crisis_turns.metrics.score_sections import Interval
from crisis_turns.metrics.statistics.bootstrap import interval


def number(value: float | np.ndarray) -> float | None:
    """A float, or ``None`` where the figure is undefined."""
    plain = float(value)
    return None if np.isnan(plain) else plain


def share(part: float, whole: float) -> float | None:
    """``part / whole``, or ``None`` of nothing."""
    return float(part) / float(whole) if whole else None


def interval95(samples: np.ndarray) -> Interval:
    """``[low, high]`` of the 95 % percentile interval of ``(resamples,)`` scores."""
    low, high = interval(samples)
    return [number(low), number(high)]
