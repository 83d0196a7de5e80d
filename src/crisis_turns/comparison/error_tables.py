"""Tables of a comparison's errors: by kind, and by phenomenon where the corpus names any."""

from collections.abc import Callable

from crisis_turns.comparison.comparison_file import Comparison, MeanErrors, SystemResult
from crisis_turns.comparison.text_table import TextTable
from crisis_turns.metrics.error_kinds import FALSE_NEGATIVES, FALSE_POSITIVES


def errors_by_kind(comparison: Comparison) -> TextTable:
    """Every wrong flag and every missed tag, in exactly one kind."""
    kinds = list(comparison["systems"][0]["errors"])
    rows = [(system["name"], *(_count(system["errors"][kind]) for kind in kinds)) for system in comparison["systems"]]
    title = f"errors by kind, mean number in a run on {comparison['n_dialogues']} dialogues"
    return TextTable(title, ("system", *(kind.replace("_", " ") for kind in kinds)), rows)


def errors_by_phenomenon(comparison: Comparison) -> list[TextTable]:
    """False flags and missed labels: a column per system; none for seeds together, which do not see the corpus."""
    if not all(system["errors_by_phenomenon"] for system in _of_runs(comparison)):
        return []
    return [
        _by_phenomenon(comparison, "false flags per 100 dialogues, by phenomenon", _false_positives, of="n_dialogues"),
        _by_phenomenon(comparison, "labels not hit on their turn, %, by phenomenon", _false_negatives, of="n_labels"),
    ]


def _false_positives(errors: MeanErrors) -> float:
    """Flags that hit nothing on their turn."""
    return sum(errors[kind] or 0 for kind in FALSE_POSITIVES)


def _false_negatives(errors: MeanErrors) -> float:
    """Gold tags that are not hit on their turn."""
    return sum(errors[kind] or 0 for kind in FALSE_NEGATIVES)  # what no run can call a silent miss is missed


def _by_phenomenon(comparison: Comparison, title: str, total: Callable[[MeanErrors], float], *, of: str) -> TextTable:
    by_system = [system["errors_by_phenomenon"] for system in _of_runs(comparison)]
    rows = []
    for name, first in by_system[0].items():
        whole = first[of]
        cells = (f"{100 * total(found[name]) / whole:.0f}" if whole else "–" for found in by_system)
        sizes = (f"{first[size]:.0f}" for size in ("n_dialogues", "n_labels"))
        rows.append((name.replace("_", " "), *sizes, *cells))
    systems = (system["name"] for system in _of_runs(comparison))
    return TextTable(title, ("phenomenon", "dialogues", "labels", *systems), rows)


def _of_runs(comparison: Comparison) -> list[SystemResult]:
    return [system for system in comparison["systems"] if not system["together"]]


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
