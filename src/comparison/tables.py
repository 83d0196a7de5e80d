"""A comparison as tables: on the terminal and in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from src.summary import percent

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
    """What is printed and written as Markdown: scores and errors of the systems, and differences from the baseline."""
    tables = [_systems(record)]
    if record["systems"][0]["errors"]:
        tables.append(_errors(record))
    if record["comparison"]:
        tables.append(_differences(record["comparison"], record["headline"]))
    return tables


def notes(record: dict[str, Any]) -> list[str]:
    """What a reader must know beside the tables."""
    found = [
        "Scores in percent, mean ± sd over seeds; intervals over dialogues and seeds. Flagged: label-free dialogues "
        "with any flag. False flags: per 100 user turns before the first label. Fit: median over seeds."
    ]
    if record["comparison"]:
        found.append(f"Test: {record['test']}.")
    few = sum(len(system["seeds"]) < FEW_SEEDS for system in record["systems"])
    if few:
        n = len(record["systems"])
        found.append(f"{few} of {n} systems have fewer than {FEW_SEEDS} seeds: how far training varies is not known.")
    return found


def print_comparison(record: dict[str, Any], console: Console | None = None) -> None:
    """The tables on the terminal."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, 180)  # no cell wraps
    console.print(heading(record), style="bold", markup=False)
    for table in text_tables(record):
        drawn = Table(title=Text(table.title), title_justify="left", title_style="italic")
        for number, column in enumerate(table.header):
            drawn.add_column(column, justify="right" if number else "left", no_wrap=number == 0)
        for row in table.rows:
            drawn.add_row(*map(Text, row))
        console.print(drawn)
    for note in notes(record):
        console.print(note, markup=False, soft_wrap=True)


def markdown(record: dict[str, Any], pictures: Sequence[str]) -> str:
    """The same as a Markdown page, with the pictures beside it."""
    parts = [f"# {heading(record)}"]
    for table in text_tables(record):
        lines = [table.header, ("---",) * len(table.header), *table.rows]
        parts += [f"**{table.title}**", "\n".join(f"| {' | '.join(cells)} |" for cells in lines)]
    parts += [*notes(record), *(f"![{name.removesuffix('.png')}]({name})" for name in pictures)]
    return "\n\n".join(parts) + "\n"


def heading(record: dict[str, Any]) -> str:
    """What was compared, on what."""
    n = len(record["systems"])
    systems = f"{n} systems" if n > 1 else "1 system"
    return f"{systems} on {record['corpus']} {record['split']}, {record['n_dialogues']} dialogues"


def _systems(record: dict[str, Any]) -> TextTable:
    shown = [name for name in TITLES if name in record["systems"][0]["scores"]]
    alarms = record["systems"][0]["label_free_flagged"]["mean"] is not None
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


def _errors(record: dict[str, Any]) -> TextTable:
    """Every wrong flag and every missed tag, in exactly one kind."""
    kinds = list(record["systems"][0]["errors"])
    rows = [
        (s["name"], *("–" if s["errors"][kind] is None else f"{s['errors'][kind]:.1f}" for kind in kinds))
        for s in record["systems"]
    ]
    title = f"errors by kind, mean number in a run on {record['n_dialogues']} dialogues"
    return TextTable(title, ("system", *(kind.replace("_", " ") for kind in kinds)), rows)


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


def span(interval: Sequence[float | None]) -> str:
    """``12.3 to 15.0`` in percent."""
    return "–" if None in interval else f"{percent(interval[0])} to {percent(interval[1])}"


def _mean(row: dict[str, Any], scale: float = 100) -> str:
    if row["mean"] is None:
        return "–"
    spread = "" if row["sd"] is None else f" ± {scale * row['sd']:.1f}"
    return f"{scale * row['mean']:.1f}{spread}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"


def _p(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
