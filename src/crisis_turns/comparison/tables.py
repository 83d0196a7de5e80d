"""The tables of a comparison, made from its record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crisis_turns.comparison.calibration import SCORES
from crisis_turns.comparison.errors import Counts, false_negatives, false_positives
from crisis_turns.words import span

TITLES = {
    "turn": "turn",
    "turn_confirm": "Confirm",
    "turn_alert": "Alert",
    "dialogue": "dialogue",
    "accuracy": "accuracy",
}
FEW_SEEDS = 3


@dataclass(frozen=True)
class TextTable:
    """A title, a header and rows of cells."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


def text_tables(record: dict[str, Any]) -> list[TextTable]:
    """Scores and errors of the systems, and differences from the baseline."""
    tables = [_systems(record)]
    if record["systems"][0]["errors"]:
        tables.append(_errors(record))
    if all(system["calibration"] for system in record["systems"]):
        tables.append(_calibration(record))
    if record["comparison"]:
        tables.append(_differences(record["comparison"], record["headline"]))
    return tables


def notes(record: dict[str, Any]) -> list[str]:
    """What a reader must know beside the tables."""
    found = ["Scores in percent, mean ± sd over seeds; intervals over dialogues and seeds. Fit: median over seeds."]
    if _has_alarms(record):
        found.append(
            "Flagged: label-free dialogues with any flag. False flags: per 100 user turns before the first label."
        )
    if record["comparison"]:
        found.append(f"Test: {record['test']}.")
    few = sum(len(system["seeds"]) < FEW_SEEDS for system in record["systems"])
    if few:
        n = len(record["systems"])
        found.append(f"{few} of {n} systems have fewer than {FEW_SEEDS} seeds: how far training varies is not known.")
    return found


def _systems(record: dict[str, Any]) -> TextTable:
    shown = [name for name in TITLES if name in record["systems"][0]["scores"]]
    alarms = _has_alarms(record)
    kind = "macro F1" if "accuracy" in shown else "micro F1"
    header = ["system", "seeds", *(f"{TITLES[name]} {kind}" if name == "turn" else TITLES[name] for name in shown)]
    header.insert(3, "95 % interval")
    header += ["flagged", "false flags"] * alarms + ["fit, s"]
    rows = []
    for system in record["systems"]:
        cells = [system["name"], str(len(system["seeds"])), *(_mean(system["scores"][name]) for name in shown)]
        cells.insert(3, span(system["scores"][record["headline"]]["ci95"]))
        if alarms:
            per_100 = system["false_flags_per_100_turns"]
            cells += [_mean(system["label_free_flagged"]), _mean(per_100, scale=1)]
        rows.append((*cells, f"{system['fit_seconds']['median']:.1f}"))
    return TextTable("scores", tuple(header), rows)


def _has_alarms(record: dict[str, Any]) -> bool:
    """Exclusive classes have none, nor has a split without label-free dialogues."""
    return record["systems"][0]["label_free_flagged"]["mean"] is not None


def _errors(record: dict[str, Any]) -> TextTable:
    """Every wrong flag and every missed tag, in exactly one kind."""
    kinds = list(record["systems"][0]["errors"])
    rows = [
        (s["name"], *("–" if s["errors"][kind] is None else f"{s['errors'][kind]:.1f}" for kind in kinds))
        for s in record["systems"]
    ]
    title = f"errors by kind, mean number in a run on {record['n_dialogues']} dialogues"
    return TextTable(title, ("system", *(kind.replace("_", " ") for kind in kinds)), rows)


def phenomena_tables(record: dict[str, Any]) -> list[TextTable]:
    """False flags and missed labels by phenomenon, where the corpus names any: a column per system."""
    systems = record["systems"]
    by_system = [system["errors_by_phenomenon"] for system in systems]
    if not by_system[0]:
        return []
    header = ("phenomenon", "dialogues", "labels", *(system["name"] for system in systems))

    def table(title: str, number: Callable[[Counts], float], of: str) -> TextTable:
        rows = []
        for name, first in by_system[0].items():
            cells = (f"{100 * number(found[name]) / first[of]:.0f}" if first[of] else "–" for found in by_system)
            sizes = (f"{first[key]:.0f}" for key in ("n_dialogues", "n_labels"))
            rows.append((name.replace("_", " "), *sizes, *cells))
        return TextTable(title, header, rows)

    return [
        table("false flags per 100 dialogues, by phenomenon", false_positives, "n_dialogues"),
        table("labels not hit on their turn, %, by phenomenon", false_negatives, "n_labels"),
    ]


def _calibration(record: dict[str, Any]) -> TextTable:
    """Log loss and Brier score by group of tags, and after scaling where every run was scored with it."""
    groups = list(record["systems"][0]["calibration"]["before"]["scores"])
    header = [f"{group} {title}" for group in groups for title in SCORES.values()]
    rows = []
    for system in record["systems"]:
        found = system["calibration"]
        sides = [side["scores"] for side in (found["before"], found["after"]) if side]
        cells = (" → ".join(f"{side[group][score]:.4f}" for side in sides) for group in groups for score in SCORES)
        rows.append((system["name"], *cells, f"{found['temperature']:.2f}" if found["after"] else "–"))
    title = "calibration of the probabilities, lower is better; → after temperature scaling on validation"
    return TextTable(title, ("system", *header, "temperature"), rows)


def _differences(comparison: dict[str, Any], headline: str) -> TextTable:
    shown = [name for name in TITLES if name in comparison["differences"][0]["scores"]]
    header = ["system", *(f"{TITLES[name]} (95 % interval)" for name in shown), "p", "p, Holm"]
    rows = []
    for row in comparison["differences"]:
        cells = [
            f"{_signed(row['scores'][name]['difference'])} ({span(row['scores'][name]['ci95'])})" for name in shown
        ]
        p_values = [_p(row["scores"][headline][key]) for key in ("p", "p_holm")]
        rows.append((row["name"], *cells, *p_values))
    title = f"difference from {comparison['baseline']}, in points; p of {TITLES[headline]}"
    return TextTable(title, tuple(header), rows)


def _mean(row: dict[str, Any], scale: float = 100) -> str:
    if row["mean"] is None:
        return "–"
    spread = "" if row["sd"] is None else f" ± {scale * row['sd']:.1f}"
    return f"{scale * row['mean']:.1f}{spread}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"


def _p(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
