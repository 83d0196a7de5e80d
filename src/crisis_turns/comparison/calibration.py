"""How well the probabilities of a system are calibrated: means over its runs, before and after temperature scaling."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from crisis_turns.comparison.runs import Run

SCORES = {"log_loss": "log loss", "brier": "Brier"}
"""What is averaged, and what it is called."""


def mean_calibration(runs: Sequence[Run]) -> dict[str, Any] | None:
    """``before`` and ``after`` scaling, each with ``scores`` over all tags and by group of tags, and ``reliability``:
    bins of equal numbers above 0.05.

    ``after`` and ``temperature`` are ``None`` unless every run was scored with ``calibrate=true``; without any
    probabilities there is no result.
    """
    found = [section for run in runs if (section := run.metrics.get("calibration"))]
    if len(found) < len(runs):
        return None
    scaled = [section["scaled"] for section in found if "scaled" in section]
    complete = len(scaled) == len(runs)
    return {
        "before": _mean(found),
        "after": _mean(scaled) if complete else None,
        "temperature": fmean(section["temperature"] for section in scaled) if complete else None,
    }


def _mean(sections: Sequence[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"all": section, **section["groups"]} for section in sections]
    return {
        "scores": {name: {key: fmean(part[name][key] for part in parts) for key in SCORES} for name in parts[0]},
        "reliability": [_mean_bin(bins) for bins in zip(*(section["above"] for section in sections), strict=False)],
    }


def _mean_bin(bins: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Bins of one rank; a run with fewer than ten probabilities above 0.05 has fewer bins and shortens the list."""
    return {key: fmean(each[key] for each in bins) for key in ("probability", "observed")}
