"""Two systems on the same dialogues: differences with intervals from draws that both share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.statistics.bootstrap import resampled_micro_f1, two_sided_p
from crisis_turns.tags import TagSet


def sections(tags: TagSet) -> dict[str, tuple[str, Sequence[int]]]:
    """What is compared, headline first: section of the metrics file to (``turn`` or ``dialogue`` level, kept tags)."""
    found: dict[str, tuple[str, Sequence[int]]] = {"turn": ("turn", range(len(tags)))}
    if tags.alerts and tags.confirms:
        found |= {"turn_confirm": ("turn", tags.confirms), "turn_alert": ("turn", tags.alerts)}
    if not tags.exclusive:
        found["dialogue"] = ("dialogue", range(len(tags)))
    if tags.alerts and tags.confirms:
        found["dialogue_confirm"] = ("dialogue", tags.confirms)
    return found


def compare(
    dialogues: Sequence[Tagged], others: Sequence[Tagged], tags: TagSet, *, resamples: int
) -> dict[str, dict[str, Any]]:
    """Micro F1 of ``dialogues`` minus that of ``others``, per section, by a paired bootstrap over dialogues.

    Both tag the same dialogues in the same order. ``p`` is the two-sided bootstrap p value of "no difference".
    """
    assert [d.dialogue_id for d in dialogues] == [d.dialogue_id for d in others]
    result = {}
    for name, (level, kept) in sections(tags).items():
        ours, theirs = (counting.stacked(side, level=level)[:, list(kept)] for side in (dialogues, others))
        result[name] = paired_difference(ours, theirs, resamples=resamples)
    return result


def paired_difference(ours: np.ndarray, theirs: np.ndarray, *, resamples: int) -> dict[str, Any]:
    """Difference in micro F1 with its 95 % interval. Takes ``(D, ..., 3)`` counts of the same D dialogues."""
    scores = [counting.f1(side.reshape(-1, 3).sum(0)) for side in (ours, theirs)]
    samples = [resampled_micro_f1(side, resamples=resamples) for side in (ours, theirs)]
    apart = samples[0] - samples[1]
    return {
        "micro_f1": number(scores[0]),
        "other_micro_f1": number(scores[1]),
        "difference": number(scores[0] - scores[1]),
        "difference_ci95": interval95(apart),
        "p": two_sided_p(apart),
    }
