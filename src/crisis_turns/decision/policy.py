"""Belief to action: thresholds over posteriors, each tag at most once per dialogue, and how thresholds are chosen.

Belief (``Tagged.onset``) and decision (``Tagged.predicted``) are kept apart, so that a policy can change without the
model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

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
) -> Policy:
    """The policy with the best turn-level micro F1 on these (validation) dialogues.

    With ``per_tag``, a tag with at least ``MIN_SUPPORT`` gold labels gets the threshold of its own best F1, the others
    the global one.
    """
    if tags.exclusive:
        return Policy(np.full(len(tags), np.nan), once=False, exclusive=True)
    scored = [(d.scores(score), d.gold) for d in dialogues]
    changes = [_changes(scored, tag, once) for tag in range(len(tags))]
    support = np.array([sum(int(d.gold[:, tag].sum()) for d in dialogues) for tag in range(len(tags))])
    shared = best_threshold(np.concatenate(changes), int(support.sum()))
    thresholds = np.full(len(tags), shared)
    if scope == "per_tag":
        for tag in np.flatnonzero(support >= MIN_SUPPORT):
            thresholds[tag] = best_threshold(changes[tag], int(support[tag]))
    return Policy(thresholds, once=once, exclusive=False, score=score)


def best_threshold(changes: np.ndarray, support: int) -> float:
    """The threshold with the highest F1, exactly: every score that occurs is tried.

    Args:
        changes: ``(n, 3)`` of score, change in predictions, and change in hits, when the threshold falls to that score.
        support: number of gold labels.

    Returns:
        The midpoint between the best score and the next lower one; 1.1, which never fires, if nothing can be hit.
    """
    if not len(changes) or not support:
        return 1.1
    ordered = changes[np.argsort(-changes[:, 0], kind="stable")]
    predicted, hits = ordered[:, 1].cumsum(), ordered[:, 2].cumsum()
    complete = np.append(np.diff(ordered[:, 0]) != 0, True)  # equal scores fire together
    scores, f1 = ordered[complete, 0], 2 * hits[complete] / (predicted[complete] + support)
    best = int(f1.argmax())
    if f1[best] == 0:
        return 1.1
    below = scores[best + 1] if best + 1 < len(scores) else 0.0
    middle = (scores[best] + below) / 2
    return float(middle if middle > below else scores[best])  # neighbouring floats have nothing between them


def _changes(scored: Sequence[tuple[np.ndarray, np.ndarray]], tag: int, once: bool) -> np.ndarray:
    """What one tag adds as its threshold falls to each score that occurs: ``(n, 3)`` as in :func:`best_threshold`.

    At most once, a threshold fires at the first turn whose score reaches it. So only running maxima matter: from the
    highest down, the first adds a prediction and each further one moves it to an earlier turn.

    Args:
        scored: each dialogue's scores and gold, both ``(S, Y)``.
    """
    rows: list[tuple[float, int, int]] = []
    for all_scores, all_gold in scored:
        scores, gold = all_scores[:, tag], all_gold[:, tag]
        if not once:
            rows.extend((float(s), 1, int(g)) for s, g in zip(scores, gold, strict=True))
            continue
        peaks = np.flatnonzero(scores > np.maximum.accumulate(np.append(-np.inf, scores[:-1])))[::-1]
        hits = gold[peaks].astype(int)
        moved = np.diff(hits, prepend=0)
        rows.extend((float(scores[p]), int(i == 0), int(m)) for i, (p, m) in enumerate(zip(peaks, moved, strict=True)))
    return np.array(rows, dtype=float).reshape(-1, 3)
