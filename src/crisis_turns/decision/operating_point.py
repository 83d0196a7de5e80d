"""Operating points: what a policy finds and at which rate of false alarms, and the policy that finds most at a rate.

Where tags have thresholds of their own, the rate is shared out among them by dynamic programming over whole false
alarms; everything is counted exactly, at-most-once rule included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_turns.config import Scope
from crisis_turns.decision.flag_curve import UNREACHABLE, FlagCurve, FlagKinds
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.decision.threshold_tuning import MIN_SUPPORT, sharing, support_of
from crisis_turns.tags import TagSet


@dataclass(frozen=True)
class OperatingPoint:
    """What a policy does on a split.

    Attributes:
        false_per_100: false alarms per 100 user turns.
        recall: share of gold tags flagged on their turn.
        late: share of gold tags flagged one turn late.
    """

    false_per_100: float
    recall: float
    late: float


def operating_point(decided: Sequence[Tagged]) -> OperatingPoint:
    """Count a policy's decisions."""
    kinds = [FlagKinds.beside(d.gold) for d in decided]
    found, late, false = (
        sum(int((d.predicted & flags).sum()) for d, flags in zip(decided, of_kind, strict=True))
        for of_kind in zip(*kinds, strict=True)
    )
    labels = max(1, sum(int(d.gold.sum()) for d in decided))
    return OperatingPoint(100 * false / sum(len(d.gold) for d in decided), found / labels, late / labels)


def most_found(
    dialogues: Sequence[Tagged],
    tags: TagSet,
    *,
    at: float,
    scope: Scope,
    once: bool,
    score: Score,
) -> Policy:
    """The policy with the highest recall of those with at most ``at`` false alarms per 100 user turns.

    With ``group`` and ``per_tag``, those with fewer than ``MIN_SUPPORT`` gold labels share one threshold.
    """
    allowed = int(at * sum(len(d.gold) for d in dialogues) / 100 + 1e-9)
    groups = threshold_groups(dialogues, tags, scope=scope)
    best = [_best(FlagCurve.over(dialogues, group, once=once, score=score), allowed) for group in groups]
    thresholds = np.full(len(tags), UNREACHABLE)
    for group, (_, by_share), share in zip(groups, best, _shares([found for found, _ in best]), strict=True):
        thresholds[group] = by_share[share]
    return Policy(thresholds, once=once, exclusive=False, score=score)


def threshold_groups(dialogues: Sequence[Tagged], tags: TagSet, *, scope: Scope) -> list[list[int]]:
    """Tags that share a threshold; those with fewer than ``MIN_SUPPORT`` gold labels share one."""
    support = support_of(dialogues, tags)
    own = [group for group in sharing(tags, scope) if support[group].sum() >= MIN_SUPPORT]
    rest = [tag for tag in range(len(tags)) if not any(tag in group for group in own)]
    return [*own, rest] if rest else own


def _best(curve: FlagCurve, allowed: int) -> tuple[np.ndarray, np.ndarray]:
    """Most tags found with at most b false alarms, and the threshold that finds them, for b from 0 to all allowed.

    Returns:
        ``(allowed + 1,)`` counts and thresholds.
    """
    best, thresholds = np.zeros(allowed + 1, dtype=int), np.full(allowed + 1, UNREACHABLE)
    for point in np.flatnonzero(curve.false <= allowed).tolist():
        cost = curve.false[point]
        if curve.found[point] > best[cost]:
            best[cost], thresholds[cost] = curve.found[point], curve.threshold(point)
    for b in range(1, allowed + 1):
        if best[b - 1] >= best[b]:
            best[b], thresholds[b] = best[b - 1], thresholds[b - 1]
    return best, thresholds


def _shares(found: list[np.ndarray]) -> list[int]:
    """How many false alarms each group may cost so that together they fit what is allowed and find the most."""
    size = len(found[0])
    total, choices = np.zeros(size, dtype=int), []
    for curve in found:
        ways = [[total[b - own] + curve[own] for own in range(b + 1)] for b in range(size)]
        choices.append([int(np.argmax(way)) for way in ways])
        total = np.array([max(way) for way in ways])
    shares, left = [], size - 1
    for choice in reversed(choices):
        shares.append(choice[left])
        left -= choice[left]
    return shares[::-1]
