"""What the runs of a system say in their metrics, as means over its seeds."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from crisis_turns.comparison.comparison_file import (
    MeanCalibration,
    MeanErrors,
    ProperScores,
    ReliabilityBin,
    SeedMean,
    SystemCalibration,
)
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.metrics.score_sections import Calibration


def seed_mean(values: Sequence[float | None]) -> SeedMean:
    """Mean and sd over seeds; ``None`` if one is undefined."""
    known = [value for value in values if value is not None]
    complete = len(known) == len(values)
    return {
        "mean": float(np.mean(known)) if complete else None,
        "sd": float(np.std(known, ddof=1)) if complete and len(known) > 1 else None,
        "by_seed": list(values),
    }


def label_free_flagged(runs: Sequence[MetricsRecord]) -> SeedMean:
    """Share of label-free dialogues with a flag; exclusive classes have no false alarms."""
    found = [run.get("false_alarms") for run in runs]
    return seed_mean([alarms["label_free_flagged"] if alarms else None for alarms in found])


def false_flags_per_100_turns(runs: Sequence[MetricsRecord]) -> SeedMean:
    """Before a dialogue's first label."""
    found = [run.get("false_alarms") for run in runs]
    return seed_mean([alarms["before_first_label"]["flags_per_100_turns"] if alarms else None for alarms in found])


def mean_errors(runs: Sequence[MetricsRecord]) -> MeanErrors:
    """Each kind's mean number in a run; none for exclusive classes, nor where a run's scorer did not count them."""
    if not all("errors" in run for run in runs):
        return {}
    return _mean_counts([run["errors"]["kinds"] for run in runs])


def mean_errors_by_phenomenon(runs: Sequence[MetricsRecord]) -> dict[str, MeanErrors]:
    """The same for the dialogues of each phenomenon that the corpus names, and how many they and their labels are."""
    if not all("errors" in run for run in runs):
        return {}
    counted = [run["errors"].get("by_phenomenon", {}) for run in runs]
    return {name: _mean_counts([found[name] for found in counted]) for name in counted[0]}


def mean_calibration(runs: Sequence[MetricsRecord]) -> SystemCalibration | None:
    """Of runs that all gave probabilities, else ``None``; ``after`` scaling if all were scored with it."""
    found = [section for run in runs if (section := run.get("calibration"))]
    if len(found) < len(runs):
        return None
    scaled = [section["scaled"] for section in found if "scaled" in section]
    complete = len(scaled) == len(runs)
    return {
        "before": _mean_calibration(found),
        "after": _mean_calibration(scaled) if complete else None,
        "temperature": fmean(section["temperature"] for section in scaled) if complete else None,
    }


def _mean_counts(counted: Sequence[dict[str, int | None]]) -> MeanErrors:
    return {kind: seed_mean([counts[kind] for counts in counted])["mean"] for kind in counted[0]}


def _mean_calibration(sections: Sequence[Calibration]) -> MeanCalibration:
    groups = {name: [section["groups"][name] for section in sections] for name in sections[0]["groups"]}
    return {
        "scores": {"all": _mean_scores(sections)} | {name: _mean_scores(found) for name, found in groups.items()},
        "reliability": [_mean_bin(bins) for bins in zip(*(section["above"] for section in sections), strict=False)],
    }


def _mean_scores(found: Sequence[ProperScores]) -> ProperScores:
    return {
        "log_loss": fmean(scores["log_loss"] for scores in found),
        "brier": fmean(scores["brier"] for scores in found),
    }


def _mean_bin(bins: Sequence[ReliabilityBin]) -> ReliabilityBin:
    """Bins of one rank; a run with fewer than ten probabilities above 0.05 has fewer bins and shortens the list."""
    return {
        "probability": fmean(each["probability"] for each in bins),
        "observed": fmean(each["observed"] for each in bins),
    }
