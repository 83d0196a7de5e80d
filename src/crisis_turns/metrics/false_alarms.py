"""Flags where nothing begins: the price of every gain in detection, so shown beside each of them.

A flag is one predicted tag on one user turn. Turns are split in four so that the false flags add up to the turn-level
false positives: label-free dialogues, before the first label, after it, and turns that carry another label.
"""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.alarm_sections import FalseAlarms, StretchFlags
from crisis_turns.metrics.numbers import interval95, share
from crisis_turns.metrics.statistics.bootstrap import resampled_share


def false_alarms(dialogues: Sequence[Tagged], *, resamples: int) -> FalseAlarms:
    """Share of label-free dialogues with any flag, and false flags per 100 user turns of each stretch.

    ``before_first_label`` and ``after_first_label`` hold the unlabelled user turns of dialogues with a label;
    ``labelled_turns`` the turns with a label, where only wrong tags are false flags.
    """
    counts = np.stack([stretch_counts(d) for d in dialogues])  # (D, 4, 2)
    flagged, free = _label_free(dialogues)
    before, after, label_free, labelled = (_flags(counts[:, i], resamples) for i in range(counts.shape[1]))
    return {
        "label_free_dialogues": int(free.sum()),
        "label_free_flagged": share(flagged.sum(), free.sum()),
        "label_free_flagged_ci95": interval95(resampled_share(flagged, free, resamples=resamples)),
        "before_first_label": before,
        "after_first_label": after,
        "label_free": label_free,
        "labelled_turns": labelled,
    }


def label_free_flags(dialogues: Sequence[Tagged]) -> tuple[int, int]:
    """How many label-free dialogues have a flag, and how many there are."""
    flagged, free = _label_free(dialogues)
    return int(flagged.sum()), int(free.sum())


def _label_free(dialogues: Sequence[Tagged]) -> tuple[np.ndarray, np.ndarray]:
    """``(D,)`` bool each: label-free and flagged, label-free."""
    free = np.array([not d.gold.any() for d in dialogues])
    return free & np.array([d.predicted.any() for d in dialogues]), free


def stretch_counts(dialogue: Tagged) -> np.ndarray:
    """``(4, 2)`` user turns and false flags of each of ``STRETCHES`` in one dialogue."""
    labelled = dialogue.gold.any(1)  # (S,)
    begun = np.logical_or.accumulate(labelled)
    some = labelled.any()
    stretches = (~begun & some, begun & ~labelled, np.full_like(labelled, not some), labelled)
    false = (dialogue.predicted & ~dialogue.gold).sum(1)
    return np.array([(stretch.sum(), false[stretch].sum()) for stretch in stretches])


def _flags(counts: np.ndarray, resamples: int) -> StretchFlags:
    """Of one stretch: ``(D, 2)`` user turns and false flags."""
    turns, flags = counts.sum(0)
    return {
        "user_turns": int(turns),
        "flags": int(flags),
        "flags_per_100_turns": share(100 * flags, turns),
        "flags_per_100_turns_ci95": interval95(resampled_share(100 * counts[:, 1], counts[:, 0], resamples=resamples)),
    }
