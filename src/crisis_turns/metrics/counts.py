"""Pure counts and the scores made of them (design: TP, FP and FN are summed over everything and divided once).

Counted on user turns; "no tag" is not a class. An undefined score (0 / 0) is ``nan`` here and ``null`` in files.
"""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged

TP, FP, FN = range(3)


def turn_counts(gold: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """``(Y, 3)`` TP, FP, FN of one dialogue; a tag counts only on its very turn. Inputs are ``(S, Y)`` bool."""
    return np.stack(((gold & predicted).sum(0), (~gold & predicted).sum(0), (gold & ~predicted).sum(0)), axis=-1)


def dialogue_counts(gold: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """``(Y, 3)`` TP, FP, FN of one dialogue after dropping turn positions."""
    return turn_counts(np.atleast_2d(gold.any(0)), np.atleast_2d(predicted.any(0)))


def exact_matches(gold: np.ndarray, predicted: np.ndarray) -> int:
    """Number of user turns whose set of tags is fully right."""
    return int((gold == predicted).all(1).sum())


def stacked(dialogues: Sequence[Tagged], *, level: str) -> np.ndarray:
    """``(D, Y, 3)`` counts per dialogue at ``turn`` or ``dialogue`` level."""
    count = turn_counts if level == "turn" else dialogue_counts
    return np.stack([count(d.gold, d.predicted) for d in dialogues])


def precision(counts: np.ndarray) -> np.ndarray:
    """TP / (TP + FP) over the last axis."""
    return ratio(counts[..., TP], counts[..., TP] + counts[..., FP])


def recall(counts: np.ndarray) -> np.ndarray:
    """TP / (TP + FN) over the last axis."""
    return ratio(counts[..., TP], counts[..., TP] + counts[..., FN])


def f1(counts: np.ndarray) -> np.ndarray:
    """2 TP / (2 TP + FP + FN) over the last axis; undefined only without gold and predictions."""
    return ratio(2 * counts[..., TP], 2 * counts[..., TP] + counts[..., FP] + counts[..., FN])


def turn_micro_f1(dialogues: Sequence[Tagged]) -> float:
    """Turn-level micro F1; undefined (nothing to find, nothing found) counts as 0."""
    return float(np.nan_to_num(f1(stacked(dialogues, level="turn").sum((0, 1)))))


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over the tags with gold or predicted support. Takes ``(Y, 3)``."""
    scores = f1(counts)
    return float(np.nanmean(scores)) if not np.isnan(scores).all() else float("nan")


def weighted_f1(counts: np.ndarray) -> np.ndarray:
    """Mean F1 over classes, each weighed by its gold support. Takes ``(…, Y, 3)``."""
    support = counts[..., TP] + counts[..., FN]
    return ratio((np.nan_to_num(f1(counts)) * support).sum(-1), support.sum(-1))


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Of counts, nan where there is nothing to divide by."""
    with np.errstate(invalid="ignore"):
        return np.where(denominator > 0, numerator / np.maximum(denominator, 1), np.nan)
