"""All figures of ``metrics-<split>.json`` from decided dialogues: pure functions over :class:`Tagged`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.by_reveal import by_reveal
from crisis_turns.metrics.calibration import calibration
from crisis_turns.metrics.confusion import class_confusion, tag_scores, time_confusion, type_confusion, type_scores
from crisis_turns.metrics.curves import threshold_curve
from crisis_turns.metrics.false_alarms import false_alarms
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.safety import safety
from crisis_turns.metrics.silent_misses import silent_record
from crisis_turns.metrics.statistics.bootstrap import resampled_micro_f1, resampled_sums
from crisis_turns.metrics.timing import timing
from crisis_turns.tags import TagSet

SCORER_VERSION = "2.1"
"""The first number changes whenever a figure in the file could change for the same predictions, the second when
figures are added.
"""


def score(
    dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int, once: bool = True, by: Score = "onset"
) -> dict[str, Any]:
    """Scores of one split; undefined ones are ``None``. Which sections there are depends on the tag set alone.

    Args:
        resamples: bootstrap samples of the dialogues behind each 95 % interval.
        once: whether a tag fires at most once per dialogue where a threshold is swept.
        by: which belief is swept.
    """
    by_turn = counting.stacked(dialogues, level="turn")  # (D, Y, 3)
    by_dialogue = counting.stacked(dialogues, level="dialogue")
    n_turns = sum(len(d.gold) for d in dialogues)
    exact = sum(counting.exact_matches(d.gold, d.predicted) for d in dialogues) / n_turns
    everything = range(len(tags))
    both = bool(tags.alerts and tags.confirms)
    result: dict[str, Any] = {"turn": {**_section(by_turn, everything, resamples), "exact_match": exact}}
    if both:
        result["turn_confirm"] = _section(by_turn, tags.confirms, resamples)
        result["turn_alert"] = _section(by_turn, tags.alerts, resamples)
    if not tags.exclusive:
        result["dialogue"] = _section(by_dialogue, everything, resamples)
    if both:
        result["dialogue_confirm"] = _section(by_dialogue, tags.confirms, resamples)
    result["per_tag"] = {name: tag_scores(row) for name, row in zip(tags.names, by_turn.sum(0), strict=True)}
    samples = counting.f1(resampled_sums(by_turn, resamples=resamples))  # (resamples, Y)
    result["per_tag_f1_ci95"] = {name: interval95(samples[:, i]) for i, name in enumerate(tags.names)}
    if tags.exclusive:
        result["exclusive"] = {
            "accuracy": exact,
            "macro_f1": result["turn"]["macro_f1"],
            "per_class": result["per_tag"],
        }
        result["class_confusion"] = class_confusion(dialogues, tags)
    else:
        result |= _onset_sections(dialogues, tags, resamples, once, by)
    result["calibration"] = calibration(dialogues, tags)
    return result


def _onset_sections(dialogues: Sequence[Tagged], tags: TagSet, resamples: int, once: bool, by: Score) -> dict[str, Any]:
    """What only makes sense where tags begin somewhere and "no tag" is the rule."""
    result: dict[str, Any] = {
        "timing": timing(dialogues, tags, resamples=resamples),
        "false_alarms": false_alarms(dialogues, resamples=resamples),
    }
    if tags.confirms:
        result["safety"] = safety(dialogues, tags, resamples=resamples, once=once, by=by)
        result["by_reveal"] = by_reveal(dialogues, tags, resamples=resamples)
    if tags.types:
        result["per_type"] = type_scores(dialogues, tags)
        result["time_confusion"] = time_confusion(dialogues, tags)
    if tags.confirms and tags.types:
        result["type_confusion"] = type_confusion(dialogues, tags)
    result["silent_misses"] = silent_record(dialogues)
    result["threshold_curve"] = threshold_curve(dialogues, once=once, by=by)
    return result


def _section(counts: np.ndarray, kept: Sequence[int], resamples: int) -> dict[str, Any]:
    """Micro scores with their interval, and macro F1, of the kept tags. Takes ``(D, Y, 3)``."""
    kept_counts = counts[:, list(kept)]
    total = kept_counts.sum((0, 1))
    return {
        "micro_f1": number(counting.f1(total)),
        "micro_f1_ci95": interval95(resampled_micro_f1(kept_counts, resamples=resamples)),
        "micro_precision": number(counting.precision(total)),
        "micro_recall": number(counting.recall(total)),
        "macro_f1": number(counting.macro_f1(kept_counts.sum(0))),
    }
