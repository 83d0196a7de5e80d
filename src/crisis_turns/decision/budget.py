"""Thresholds for a stated price: the most tags found on their turn at a given rate of false alarms.

Flags on user turns fall in three: on the tag's turn (found), one turn late (neither: somebody was told, though late),
and false alarms. For each threshold the three are counted exactly, at-most-once rule included; where tags have
thresholds of their own, the rate is shared out among them by dynamic programming over whole false alarms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crisis_turns.decision.policy import MIN_SUPPORT, Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.tags import TagSet

NEVER = 1.1


@dataclass(frozen=True)
class Outcome:
    """What a policy does on a split.

    Attributes:
        false_per_100: false alarms per 100 user turns.
        recall: share of gold tags flagged on their turn.
        late: share of gold tags flagged one turn late.
    """

    false_per_100: float
    recall: float
    late: float


def most_found(
    dialogues: Sequence[Tagged],
    tags: TagSet,
    *,
    at: float,
    scope: Literal["global", "per_tag"],
    once: bool,
    score: Score,
) -> Policy:
    """The policy with the highest recall of those with at most ``at`` false alarms per 100 user turns.

    With ``per_tag``, tags with fewer than ``MIN_SUPPORT`` gold labels share one threshold.
    """
    budget = int(at * sum(len(d.gold) for d in dialogues) / 100 + 1e-9)
    support = sum(d.gold.sum(0) for d in dialogues)
    own = [[tag] for tag in range(len(tags)) if scope == "per_tag" and support[tag] >= MIN_SUPPORT]
    rest = [tag for tag in range(len(tags)) if [tag] not in own]
    groups = [*own, rest] if rest else own
    curves = [_curve(dialogues, group, budget, once, score) for group in groups]
    thresholds = np.full(len(tags), NEVER)
    for group, (_, by_share), share in zip(groups, curves, _shares([found for found, _ in curves]), strict=True):
        thresholds[group] = by_share[share]
    return Policy(thresholds, once=once, exclusive=False, score=score)


def outcome(decided: Sequence[Tagged]) -> Outcome:
    """Count a policy's decisions."""
    found, late, false = (sum(int((d.predicted & part).sum()) for d, part in zip(decided, parts, strict=True))
                          for parts in zip(*(_kinds(d.gold) for d in decided), strict=True))  # fmt: skip
    labels = max(1, sum(int(d.gold.sum()) for d in decided))
    return Outcome(100 * false / sum(len(d.gold) for d in decided), found / labels, late / labels)


def _kinds(gold: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``(S, Y)`` bool each: what a flag there would be: found, late, or a false alarm."""
    late = np.zeros_like(gold)
    late[1:] = gold[:-1]
    late &= ~gold
    return gold, late, ~gold & ~late


def _curve(
    dialogues: Sequence[Tagged], group: list[int], budget: int, once: bool, score: Score
) -> tuple[np.ndarray, np.ndarray]:
    """Most tags found with at most b false alarms, and the threshold that finds them, for b from 0 to the budget.

    Returns:
        ``(budget + 1,)`` counts and thresholds.
    """
    rows: list[tuple[float, int, int]] = []  # score, and how found and false change as the threshold falls to it
    for dialogue in dialogues:
        found, _, false = _kinds(dialogue.gold)
        scores = dialogue.scores(score)
        for tag in group:
            turns = np.arange(len(scores))
            if once:  # the flag moves to ever earlier turns: only running maxima matter
                before = np.maximum.accumulate(np.append(-np.inf, scores[:-1, tag]))
                turns = turns[scores[:, tag] > before][::-1]
            worth = np.stack((found[turns, tag], false[turns, tag]), axis=1).astype(int)
            changes = np.diff(worth, axis=0, prepend=0) if once else worth
            rows.extend((float(scores[t, tag]), int(f), int(x)) for t, (f, x) in zip(turns, changes, strict=True))
    best, thresholds = np.zeros(budget + 1, dtype=int), np.full(budget + 1, NEVER)
    table = np.array(sorted(rows, reverse=True), dtype=float).reshape(-1, 3)
    hits, false_alarms = table[:, 1].cumsum().astype(int), table[:, 2].cumsum().astype(int)
    complete = np.append(np.diff(table[:, 0]) != 0, True)[: len(table)]  # equal scores fire together
    for row in np.flatnonzero(complete & (false_alarms <= budget)):
        at = false_alarms[row]
        if hits[row] > best[at]:
            below = table[row + 1, 0] if row + 1 < len(table) else 0.0
            best[at], thresholds[at] = hits[row], (table[row, 0] + below) / 2
    for b in range(1, budget + 1):
        if best[b - 1] >= best[b]:
            best[b], thresholds[b] = best[b - 1], thresholds[b - 1]
    return best, thresholds


def _shares(found: list[np.ndarray]) -> list[int]:
    """How many false alarms each group may cost so that together they fit the budget and find the most."""
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
