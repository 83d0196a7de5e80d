"""The thresholds with the best F1 on validation, over all scores that occur, each tag at most once applied."""

from collections.abc import Sequence

import numpy as np

from crisis_turns.config import Scope
from crisis_turns.decision.flag_curve import UNREACHABLE, FlagCurve
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.tags import TagSet

MIN_SUPPORT = 10
"""Gold labels on validation below which a tag, or a group of tags, gets no threshold of its own (five of the
benchmark's tags have fewer).
"""


def tune(
    dialogues: Sequence[Tagged],
    tags: TagSet,
    *,
    scope: Scope = "global",
    once: bool = True,
    score: Score = "onset",
    least: int = MIN_SUPPORT,
) -> Policy:
    """The policy with the best turn-level micro F1 on these (validation) dialogues.

    With ``group`` and ``per_tag``, tags that share a threshold and have at least ``least`` gold labels together get the
    threshold of their own best F1, the others the global one.
    """
    if tags.exclusive:
        return Policy(np.full(len(tags), np.nan), once=False, exclusive=True)
    support = support_of(dialogues, tags)
    shared = best_threshold(FlagCurve.over(dialogues, range(len(tags)), once=once, score=score), int(support.sum()))
    thresholds = np.full(len(tags), shared)
    if scope != "global":
        for own in sharing(tags, scope):
            if support[own].sum() >= least:
                curve = FlagCurve.over(dialogues, own, once=once, score=score)
                thresholds[own] = best_threshold(curve, int(support[own].sum()))
    return Policy(thresholds, once=once, exclusive=False, score=score)


def sharing(tags: TagSet, scope: Scope) -> list[list[int]]:
    """Which tags share a threshold: a list for each one."""
    if scope == "global":
        return [list(range(len(tags)))]
    return [[tag] for tag in range(len(tags))] if scope == "per_tag" else [list(own) for own in tags.groups.values()]


def support_of(dialogues: Sequence[Tagged], tags: TagSet) -> np.ndarray:
    """``(Y,)`` gold labels of each tag."""
    return np.sum([d.gold.sum(0) for d in dialogues], axis=0, dtype=int) if dialogues else np.zeros(len(tags), int)


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
