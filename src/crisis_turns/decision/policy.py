"""Belief to action: thresholds over posteriors, each tag at most once per dialogue.

Belief (``Tagged.onset``) and decision (``Tagged.predicted``) are kept apart, so that a policy can change without the
model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crisis_turns.decision.tagged import Score, Tagged


@dataclass(frozen=True)
class Policy:
    """When a belief becomes a tag.

    Attributes:
        thresholds: ``(Y,)``; a tag fires where its score reaches its threshold. Unused for exclusive tag sets.
        once: whether a tag fires at most once per dialogue.
        exclusive: whether the likeliest class is taken instead.
        score: which belief is compared with the thresholds.
    """

    thresholds: np.ndarray
    once: bool
    exclusive: bool
    score: Score = "onset"

    def decide(self, scores: np.ndarray) -> np.ndarray:
        """``(S, Y)`` scores to ``(S, Y)`` bool tags; turn t's tags use turns up to t only."""
        if self.exclusive:
            return np.asarray(np.arange(scores.shape[1]) == scores.argmax(1)[:, None])
        fires = scores >= self.thresholds
        return at_most_once(fires) if self.once else fires

    def apply(self, dialogues: Sequence[Tagged]) -> list[Tagged]:
        return [replace(d, predicted=self.decide(d.scores(self.score))) for d in dialogues]


def at_most_once(fires: np.ndarray) -> np.ndarray:
    """``(S, Y)`` bool: each tag at its first turn only."""
    return np.asarray(fires & (fires.cumsum(0) == 1))
