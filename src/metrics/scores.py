"""All figures of ``metrics-<split>.json`` from decided dialogues: pure functions over :class:`Tagged`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from src.decision import Tagged
from src.metrics import counts as counting
from src.metrics.bootstrap import interval, resampled_micro_f1
from src.tags import TagSet

SCORER_VERSION = "1.0"
"""Changes whenever a figure in the file could change for the same predictions."""


def score(dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int) -> dict[str, Any]:
    """Scores of one split; undefined ones are ``None``.

    Args:
        resamples: bootstrap samples of the dialogues behind each 95 % interval.
    """
    by_turn = counting.stacked(dialogues, level="turn")  # (D, Y, 3)
    by_dialogue = counting.stacked(dialogues, level="dialogue")
    n_turns = sum(len(d.gold) for d in dialogues)
    exact = sum(counting.exact_matches(d.gold, d.predicted) for d in dialogues) / n_turns
    everything = list(range(len(tags)))
    result: dict[str, Any] = {"turn": {**_section(by_turn, everything, resamples), "exact_match": exact}}
    if tags.alerts and tags.confirms:
        result["turn_confirm"] = _section(by_turn, tags.confirms, resamples)
        result["turn_alert"] = _section(by_turn, tags.alerts, resamples)
    if not tags.exclusive:
        result["dialogue"] = _section(by_dialogue, everything, resamples)
    if tags.alerts and tags.confirms:
        result["dialogue_confirm"] = _section(by_dialogue, tags.confirms, resamples)
    result["per_tag"] = _per_tag(by_turn.sum(0), tags)
    if tags.exclusive:
        result["exclusive"] = {
            "accuracy": exact,
            "macro_f1": result["turn"]["macro_f1"],
            "per_class": result["per_tag"],
        }
    return result


def _section(counts: np.ndarray, kept: Sequence[int], resamples: int) -> dict[str, Any]:
    """Micro scores with their interval, and macro F1, of the kept tags. Takes ``(D, Y, 3)``."""
    kept_counts = counts[:, list(kept)]
    total = kept_counts.sum((0, 1))
    low, high = interval(resampled_micro_f1(kept_counts, resamples=resamples))
    return {
        "micro_f1": _null(counting.f1(total)),
        "micro_f1_ci95": [_null(low), _null(high)],
        "micro_precision": _null(counting.precision(total)),
        "micro_recall": _null(counting.recall(total)),
        "macro_f1": _null(counting.macro_f1(kept_counts.sum(0))),
    }


def _per_tag(counts: np.ndarray, tags: TagSet) -> dict[str, dict[str, float | int | None]]:
    return {
        name: {
            "f1": _null(counting.f1(row)),
            "precision": _null(counting.precision(row)),
            "recall": _null(counting.recall(row)),
            "support": int(row[counting.TP] + row[counting.FN]),
            "predicted": int(row[counting.TP] + row[counting.FP]),
        }
        for name, row in zip(tags.names, counts, strict=True)
    }


def _null(value: float | np.ndarray) -> float | None:
    number = float(value)
    return None if np.isnan(number) else number
