"""Two systems on the same dialogues: differences with intervals from draws that both share."""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.levels import level_counts, levels
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.score_sections import LevelSection, PairedDifference
from crisis_turns.metrics.statistics.bootstrap import resampled_micro_f1, two_sided_p
from crisis_turns.tags import TagSet


def compare(
    dialogues: Sequence[Tagged], others: Sequence[Tagged], tags: TagSet, *, resamples: int
) -> dict[LevelSection, PairedDifference]:
    """Micro F1 of ``dialogues`` minus that of ``others``, per level, by a paired bootstrap over dialogues.

    Both tag the same dialogues in the same order. ``p`` is the two-sided bootstrap p value of "no difference".
    """
    assert [d.dialogue_id for d in dialogues] == [d.dialogue_id for d in others]
    result: dict[LevelSection, PairedDifference] = {}
    for name in levels(tags):
        ours, theirs = (level_counts(side, tags, name) for side in (dialogues, others))
        result[name] = paired_difference(ours, theirs, resamples=resamples)
    return result


def paired_difference(ours: np.ndarray, theirs: np.ndarray, *, resamples: int) -> PairedDifference:
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
