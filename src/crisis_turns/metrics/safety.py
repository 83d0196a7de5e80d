"""Who was never seen: dialogues with a Confirm, and when their first flag came.

Flagging turn 1 of everything wins any lead, so these figures always stand beside the false alarms, and the curve shows
what each detection rate costs.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.metrics.alarm_sections import DetectionPoint, Safety
from crisis_turns.metrics.numbers import interval95, number, share
from crisis_turns.metrics.statistics.bootstrap import resampled_share
from crisis_turns.metrics.threshold_curves import Sweep
from crisis_turns.tags import TagSet


def safety(
    dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int, once: bool = True, by: Score = "onset"
) -> Safety:
    """Detection of dialogues with a Confirm.

    ``difference`` is the user turn of the first flag (any tag) minus that of the first Confirm; a dialogue without a
    flag is in its own class. ``curve`` sweeps one threshold over all tags; ``None`` without probabilities.

    Args:
        once: whether a tag fires at most once per dialogue in the curve.
        by: which belief the curve's threshold is laid on.
    """
    confirmed = np.array([d.gold[:, list(tags.confirms)].any() for d in dialogues])
    flagged = np.array([d.predicted.any() for d in dialogues])
    leads = np.array([_lead(d, tags) for d, c in zip(dialogues, confirmed, strict=True) if c])
    seen = leads[~np.isnan(leads)]
    counts = Counter(int(x) for x in seen)
    n, missed = len(leads), confirmed & ~flagged
    intime = np.array([c and _lead(d, tags) <= 0 for d, c in zip(dialogues, confirmed, strict=True)])
    unlabelled = np.array([(~d.gold.any(1)).sum() for d in dialogues])
    false = np.array([d.predicted[~d.gold.any(1)].sum() for d in dialogues])
    return {
        "n_confirmed": n,
        "never_flagged": share(missed.sum(), n),
        "never_flagged_ci95": interval95(resampled_share(missed, confirmed, resamples=resamples)),
        "flagged_by_confirm": share(intime.sum(), n),
        "flagged_by_confirm_ci95": interval95(resampled_share(intime, confirmed, resamples=resamples)),
        "first_flag": {
            "before": share((seen < 0).sum(), n),
            "same_turn": share((seen == 0).sum(), n),
            "after": share((seen > 0).sum(), n),
            "none": share(np.isnan(leads).sum(), n),
        },
        "median_difference": number(np.median(seen)) if len(seen) else None,
        "difference": {str(turns): counts[turns] for turns in sorted(counts)},
        "false_alarms_per_100_turns": share(100 * false.sum(), unlabelled.sum()),
        "curve": detection_curve(dialogues, tags, once=once, by=by) if n else None,
    }


def detection_curve(
    dialogues: Sequence[Tagged], tags: TagSet, *, once: bool, by: Score = "onset"
) -> list[DetectionPoint] | None:
    """Detection against false alarms as one threshold falls, from silence on; ``None`` without probabilities.

    ``detected`` is the share of confirmed dialogues with any flag, ``detected_in_time`` with a flag by the first
    Confirm; ``false_alarms_per_100_turns`` counts flags on unlabelled user turns per 100 of them, and
    ``label_free_flagged`` is the share of label-free dialogues with any flag.
    """
    sweep = Sweep.over(dialogues, once=once, by=by)
    if sweep is None:
        return None
    confirm = np.asarray(sweep.gold[:, list(tags.confirms)].any(1))  # (M,)
    confirmed = sweep.any_in_dialogue(confirm)
    begun = sweep.before(confirm)
    labelled = np.asarray(sweep.gold.any(1))
    free = ~sweep.any_in_dialogue(labelled)
    points: list[DetectionPoint] = []
    for threshold in sweep.thresholds:
        fires = sweep.fires(threshold)
        flagged = np.asarray(fires.any(1))
        detected, in_time = sweep.any_in_dialogue(flagged), sweep.any_in_dialogue(flagged & ~begun)
        points.append(
            {
                "threshold": float(threshold),
                "detected": share(detected[confirmed].sum(), confirmed.sum()),
                "detected_in_time": share(in_time[confirmed].sum(), confirmed.sum()),
                "false_alarms_per_100_turns": share(100 * fires[~labelled].sum(), (~labelled).sum()),
                "label_free_flagged": share(detected[free].sum(), free.sum()),
            }
        )
    return points


def _lead(dialogue: Tagged, tags: TagSet) -> float:
    """First flag minus first Confirm in user turns; nan without a flag. Needs a Confirm."""
    flags = np.flatnonzero(dialogue.predicted.any(1))
    confirm = np.flatnonzero(dialogue.gold[:, list(tags.confirms)].any(1))
    return float(flags[0] - confirm[0]) if len(flags) else float("nan")
