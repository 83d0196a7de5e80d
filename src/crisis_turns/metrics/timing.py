"""When a tag comes: early, on time, late or never, and F1 that forgives a turn or two."""

from collections import Counter
from collections.abc import Sequence
from typing import cast

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.alarm_sections import Timing, TimingShares
from crisis_turns.metrics.numbers import interval95, number, share
from crisis_turns.metrics.outcomes import NEVER, first_turns
from crisis_turns.metrics.score_sections import Interval
from crisis_turns.metrics.statistics.bootstrap import resampled_micro_f1, resampled_sums
from crisis_turns.tags import TagSet


def timing(dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int) -> Timing:
    """Shares of gold tags by timing with the distribution of the difference, and micro F1 with a tolerance.

    A gold tag is one (dialogue, tag) with gold: its first predicted turn minus its first gold turn, in user turns, is
    the ``difference``. The four shares sum to 1.
    """
    (within_1, interval_1), (within_2, interval_2) = (_micro_f1_within(k, dialogues, resamples) for k in (1, 2))
    found = {
        **timing_shares(dialogues, range(len(tags)), resamples=resamples),
        "micro_f1_within_1": within_1,
        "micro_f1_within_1_ci95": interval_1,
        "micro_f1_within_2": within_2,
        "micro_f1_within_2_ci95": interval_2,
    }
    result = cast(Timing, found)
    if tags.alerts and tags.confirms:
        result["confirm"] = timing_shares(dialogues, tags.confirms, resamples=resamples)
        result["alert"] = timing_shares(dialogues, tags.alerts, resamples=resamples)
    return result


def timing_shares(dialogues: Sequence[Tagged], kept: Sequence[int], *, resamples: int) -> TimingShares:
    """The timing of the kept tags."""
    differences = [difference(d, kept) for d in dialogues]
    counts = np.stack([_classified(d) for d in differences])  # (D, 4)
    n_gold = int(counts.sum())
    early, on_time, late, missed = counts.sum(0).tolist()
    seen = Counter(int(x) for d in differences for x in d[~np.isnan(d)])
    sums = resampled_sums(counts, resamples=resamples)
    samples = counting.ratio(sums, sums.sum(1, keepdims=True))
    return {
        "n_gold": n_gold,
        "early": share(early, n_gold),
        "on_time": share(on_time, n_gold),
        "late": share(late, n_gold),
        "missed": share(missed, n_gold),
        "on_time_ci95": interval95(samples[:, 1]),
        "missed_ci95": interval95(samples[:, 3]),
        "counts": {"early": early, "on_time": on_time, "late": late, "missed": missed},
        "difference": {str(turns): seen[turns] for turns in sorted(seen)},
    }


def difference(dialogue: Tagged, kept: Sequence[int]) -> np.ndarray:
    """First predicted minus first gold user turn of each kept tag with gold; nan where it never fired."""
    due, came = first_turns(dialogue.gold)[list(kept)], first_turns(dialogue.predicted)[list(kept)]
    return np.asarray(np.where(came == NEVER, np.nan, came - due)[due != NEVER])


def tolerant_counts(gold: np.ndarray, predicted: np.ndarray, tolerance: int) -> np.ndarray:
    """``(Y, 3)`` TP, FP, FN of one dialogue where a prediction may be up to ``tolerance`` user turns off.

    Per tag, gold and predicted turns are matched one to one, and as many as can be. Going through both in order and
    taking the first that is near enough is maximal, because all windows have one width.
    """
    rows = []
    for tag in range(gold.shape[1]):
        due, came = np.flatnonzero(gold[:, tag]), np.flatnonzero(predicted[:, tag])
        i = j = hits = 0
        while i < len(due) and j < len(came):
            apart = came[j] - due[i]
            hits += abs(apart) <= tolerance
            i, j = i + (apart >= -tolerance), j + (apart <= tolerance)
        rows.append((hits, len(came) - hits, len(due) - hits))
    return np.array(rows, dtype=int)


def _classified(differences: np.ndarray) -> np.ndarray:
    """``(4,)`` numbers of early, on time, late and missed."""
    return np.array([(differences < 0).sum(), (differences == 0).sum(), (differences > 0).sum(),
                     np.isnan(differences).sum()])  # fmt: skip


def _micro_f1_within(tolerance: int, dialogues: Sequence[Tagged], resamples: int) -> tuple[float | None, Interval]:
    counts = np.stack([tolerant_counts(d.gold, d.predicted, tolerance) for d in dialogues])
    return number(counting.f1(counts.sum((0, 1)))), interval95(resampled_micro_f1(counts, resamples=resamples))
