"""Belief to action: thresholds over posteriors, each tag at most once per dialogue, and how thresholds are chosen.

Belief (``Tagged.onset``) and decision (``Tagged.predicted``) are kept apart, so that a policy can change without the
model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from crisis_turns.decision.flag_curve import UNREACHABLE, FlagCurve
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.tags import TagSet

MIN_SUPPORT = 10
"""Gold labels on validation below which a tag gets no threshold of its own (five of the benchmark's tags have
fewer).
"""


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
        return fires & (fires.cumsum(0) == 1) if self.once else fires

    def apply(self, dialogues: Sequence[Tagged]) -> list[Tagged]:
        return [replace(d, predicted=self.decide(d.scores(self.score))) for d in dialogues]


def tune(
    dialogues: Sequence[Tagged],
    tags: TagSet,
    *,
    scope: Literal["global", "per_tag"] = "global",
    once: bool = True,
    score: Score = "onset",
    least: int = MIN_SUPPORT,
) -> Policy:
    """The policy with the best turn-level micro F1 on these (validation) dialogues.

    With ``per_tag``, a tag with at least ``least`` gold labels gets the threshold of its own best F1, the others the
    global one.
    """
    if tags.exclusive:
        return Policy(np.full(len(tags), np.nan), once=False, exclusive=True)
    support = np.array([sum(int(d.gold[:, tag].sum()) for d in dialogues) for tag in range(len(tags))])
    shared = best_threshold(FlagCurve.over(dialogues, range(len(tags)), once=once, score=score), int(support.sum()))
    thresholds = np.full(len(tags), shared)
    if scope == "per_tag":
        for tag in np.flatnonzero(support >= least).tolist():
            own = FlagCurve.over(dialogues, [tag], once=once, score=score)
            thresholds[tag] = best_threshold(own, int(support[tag]))
    return Policy(thresholds, once=once, exclusive=False, score=score)


def best_threshold(curve: FlagCurve, support: int) -> float:
    """The threshold with the highest F1, exactly: every score that occurs is tried.

    Args:
        support: number of gold labels.

    Returns:
        ``UNREACHABLE`` if nothing can be hit.
    """
    if not support or not curve.found.any():
        return UNREACHABLE
    f1 = 2 * curve.found / (curve.flags + support)
    return curve.threshold(int(f1.argmax()))
