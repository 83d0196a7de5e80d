"""Turn-level scores tag by tag, type by type, and class by class where every turn has exactly one."""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.levels import exact_match
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.score_sections import ExclusiveScores, Interval, TagScores
from crisis_turns.metrics.statistics.bootstrap import resampled_sums
from crisis_turns.tags import TagSet


def scores_by_tag(dialogues: Sequence[Tagged], tags: TagSet) -> dict[str, TagScores]:
    """Of every tag, in tag order."""
    counts = counting.stacked(dialogues, level="turn").sum(0)
    return {name: _tag_scores(row) for name, row in zip(tags.names, counts, strict=True)}


def f1_intervals(dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int) -> dict[str, Interval]:
    """95 % interval of each tag's F1."""
    samples = counting.f1(resampled_sums(counting.stacked(dialogues, level="turn"), resamples=resamples))
    return {name: interval95(samples[:, i]) for i, name in enumerate(tags.names)}


def scores_by_type(dialogues: Sequence[Tagged], tags: TagSet) -> dict[str, TagScores]:
    """Of each type with its times united; ``alert`` is one of them."""
    total = sum(counting.turn_counts(united(d.gold, tags), united(d.predicted, tags)) for d in dialogues)
    return {name: _tag_scores(row) for name, row in zip(tags.types, np.asarray(total), strict=True)}


def exclusive_scores(dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int) -> ExclusiveScores:
    """Accuracy, means of F1 over classes, micro F1 without the class that the tag set ignores, and each class."""
    counts = counting.stacked(dialogues, level="turn")
    samples = resampled_sums(counts, resamples=resamples)
    named = [i for i, name in enumerate(tags.names) if name != tags.ignored_class]
    without, samples_without = (sums[..., named, :].sum(-2) for sums in (counts.sum(0), samples))
    ignores = tags.ignored_class is not None
    return {
        "accuracy": exact_match(dialogues),
        "macro_f1": number(counting.macro_f1(counts.sum(0))),
        "weighted_f1": number(counting.weighted_f1(counts.sum(0))),
        "weighted_f1_ci95": interval95(counting.weighted_f1(samples)),
        "ignored_class": tags.ignored_class,
        "micro_f1_without_ignored": number(counting.f1(without)) if ignores else None,
        "micro_f1_without_ignored_ci95": interval95(counting.f1(samples_without)) if ignores else [None, None],
        "per_class": scores_by_tag(dialogues, tags),
    }


def united(flags: np.ndarray, tags: TagSet) -> np.ndarray:
    """``(S, T)`` bool: the tags of each of T types united. Takes ``(S, Y)``."""
    return np.stack([flags[:, list(indices)].any(1) for indices in tags.types.values()], axis=1)


def _tag_scores(row: np.ndarray) -> TagScores:
    """Takes ``(3,)`` TP, FP, FN."""
    return {
        "f1": number(counting.f1(row)),
        "precision": number(counting.precision(row)),
        "recall": number(counting.recall(row)),
        "support": int(row[counting.TP] + row[counting.FN]),
        "predicted": int(row[counting.TP] + row[counting.FP]),
    }
