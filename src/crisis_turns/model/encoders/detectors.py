"""What stands out in a turn: features of its word pieces, each at its smooth maximum over the turn.

A mean over sixty word pieces hardly moves where five of them say it; a maximum does not know how long a turn is.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

_LARGEST_EXPONENT = 20.0
"""Bound on the exponents of the smooth maximum, for float32's sake."""
_FIRST_STEEPNESS = 10.0
"""Features of a word piece are near 0.1 at first: a flatter maximum of them would be a mean."""


def smooth_maximum(features: Tensor, steepness: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sums and weights, each ``(P, F)``, whose quotient is near the maximum over L: of runs both add up.

    Features beyond 20 / steepness count alike.

    Args:
        features: ``(P, L, F)``.
        steepness: ``(F,)``; 0 gives the mean.
        real: ``(P, L, 1)`` bool, true on real tokens.
    """
    weights = torch.where(real, (steepness * features).clamp(-_LARGEST_EXPONENT, _LARGEST_EXPONENT).exp(), 0)
    return (features * weights).sum(1), weights.sum(1)


class Detectors(nn.Module):
    """Features of hidden states, at their smooth maximum over a turn (Kim 2014 takes it of n-grams).

    Args:
        width: H, of a hidden state.
        features: F.
    """

    def __init__(self, width: int, features: int) -> None:
        super().__init__()
        self.feature = nn.Linear(width, features)
        self.steepness = nn.Parameter(torch.full((features,), _FIRST_STEEPNESS))

    def forward(self, hidden: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """``(P, L, H)`` float32 and ``(P, L, 1)`` bool to what :func:`smooth_maximum` gives."""
        return smooth_maximum(gelu(self.feature(hidden)), self.steepness, real)
