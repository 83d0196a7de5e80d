"""Scores as one threshold over all tags falls. Pictures of a split, never a way to choose on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.numbers import number
from crisis_turns.metrics.score_sections import ThresholdPoint

POINTS = 60


@dataclass(frozen=True)
class Sweep:
    """All M user turns of a split in a row, with the scores that decide at which thresholds a tag fires.

    Attributes:
        gold: ``(M, Y)`` bool.
        scores: ``(M, Y)``, what the threshold is laid on.
        highest_before: ``(M, Y)`` the highest earlier score of the same tag in the dialogue (-inf on its first turn,
            and everywhere where a tag may fire repeatedly): a tag fires on the first turn that reaches the threshold.
        starts: ``(D,)`` row of each dialogue's first user turn.
        thresholds: falling, from above every score.
    """

    gold: np.ndarray
    scores: np.ndarray
    highest_before: np.ndarray
    starts: np.ndarray
    thresholds: np.ndarray

    @classmethod
    def over(cls, dialogues: Sequence[Tagged], *, once: bool, by: Score = "onset") -> "Sweep | None":
        """``None`` if the system gave no probabilities."""
        if any(d.onset is None for d in dialogues):
            return None
        parts = [d.scores(by) for d in dialogues]
        before = [
            np.vstack((np.full((1, part.shape[1]), -np.inf), np.maximum.accumulate(part, axis=0)[:-1]))
            if once else np.full(part.shape, -np.inf)
            for part in parts
        ]  # fmt: skip
        scores = np.concatenate(parts)
        starts = np.cumsum([0, *(len(d.gold) for d in dialogues)])[:-1]
        gold = np.concatenate([d.gold for d in dialogues])
        return cls(gold, scores, np.concatenate(before), starts, _thresholds(scores))

    def fires(self, threshold: float) -> np.ndarray:
        """``(M, Y)`` bool: which tags fire where."""
        return np.asarray((self.scores >= threshold) & (self.highest_before < threshold))

    def any_in_dialogue(self, turns: np.ndarray) -> np.ndarray:
        """``(D,)`` bool: dialogues with any of the ``(M,)`` marked turns."""
        return np.asarray(np.logical_or.reduceat(turns, self.starts))

    def before(self, turns: np.ndarray) -> np.ndarray:
        """``(M,)`` bool: turns with a marked turn of their dialogue before them."""
        parts = np.split(turns, self.starts[1:])
        return np.concatenate([np.append(False, np.logical_or.accumulate(p)[:-1]) for p in parts])


def threshold_curve(
    dialogues: Sequence[Tagged], *, once: bool = True, by: Score = "onset"
) -> list[ThresholdPoint] | None:
    """Turn-level micro F1, precision and recall per threshold; ``None`` without probabilities."""
    sweep = Sweep.over(dialogues, once=once, by=by)
    if sweep is None:
        return None
    points: list[ThresholdPoint] = []
    for threshold in sweep.thresholds:
        total = counting.turn_counts(sweep.gold, sweep.fires(threshold)).sum(0)
        points.append(
            {
                "threshold": float(threshold),
                "f1": number(counting.f1(total)),
                "precision": number(counting.precision(total)),
                "recall": number(counting.recall(total)),
            }
        )
    return points


def _thresholds(scores: np.ndarray) -> np.ndarray:
    """At most ``POINTS`` scores that occur, from the highest of each (turn, tag) down, denser where scores are rare.

    Rank-spaced on a log scale: the interesting thresholds let one flag through in a thousand, not one in two.
    """
    ordered = np.unique(scores)[::-1]
    ranks = np.unique(np.geomspace(1, len(ordered), min(POINTS, len(ordered))).round().astype(int)) - 1
    return np.append(np.nextafter(ordered[0], np.inf), ordered[ranks])
