"""Kinds of error of a system, counted as ``metrics/error_kinds.py`` says: means over the runs of its seeds."""

from collections.abc import Sequence

from crisis_turns.comparison.runs import Run
from crisis_turns.comparison.spread import spread
from crisis_turns.metrics.error_kinds import FALSE_NEGATIVES, FALSE_POSITIVES

Counts = dict[str, float | None]
"""Name of a kind, ``n_dialogues`` or ``n_labels`` to number; ``None`` where a run cannot tell a kind."""


def mean_errors(runs: Sequence[Run]) -> Counts:
    """Each kind's mean number in a run; none for exclusive classes."""
    return _means([run.metrics.get("errors", {}).get("kinds", {}) for run in runs])


def mean_errors_by_phenomenon(runs: Sequence[Run]) -> dict[str, Counts]:
    """The same for the dialogues of each phenomenon that the corpus names, and how many they and their labels are."""
    counted = [run.metrics.get("errors", {}).get("by_phenomenon", {}) for run in runs]
    return {name: _means([found[name] for found in counted]) for name in counted[0]}


def false_positives(counts: Counts) -> float:
    """Flags that hit nothing on their turn."""
    return sum(counts[kind] or 0 for kind in FALSE_POSITIVES)


def false_negatives(counts: Counts) -> float:
    """Gold tags that are not hit on their turn."""
    return sum(counts[kind] or 0 for kind in FALSE_NEGATIVES)  # what no run can call a silent miss is missed


def _means(counted: Sequence[Counts]) -> Counts:
    return {key: spread([counts[key] for counts in counted])["mean"] for key in counted[0]}
