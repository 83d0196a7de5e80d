"""The thresholds with the best F1 on validation, over all scores that occur, each tag at most once applied."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from crisis_turns.decision.flag_curve import UNREACHABLE, FlagCurve
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.tags import TagSet

MIN_SUPPORT = 10
"""Gold labels on validation below which a tag gets no threshold of its own (five of the benchmark's tags have
fewer).
"""


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
