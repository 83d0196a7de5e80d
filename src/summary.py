"""Tables on the terminal: the same figures as in the metrics files."""

from typing import Any

from rich.console import Console
from rich.table import Table

_SECTIONS = {
    "turn": "turn (headline)",
    "turn_confirm": "turn, Confirm only",
    "turn_alert": "turn, Alert only",
    "dialogue": "dialogue",
    "dialogue_confirm": "dialogue, Confirm only",
}


def print_scores(metrics: dict[str, Any], console: Console | None = None) -> None:
    """Scores of one split and its tags, in percent."""
    console = console or Console()
    size = f"{metrics['n_dialogues']} dialogues, {metrics['n_user_turns']} user turns, {metrics['n_labels']} labels"
    table = Table(title=f"{metrics['corpus']} {metrics['split']}: {size}", title_justify="left")
    for column in ("level", "micro F1", "95 % interval", "precision", "recall", "macro F1", "exact match"):
        table.add_column(column, justify="left" if column == "level" else "right")
    for name, title in _SECTIONS.items():
        if name in metrics:
            row = metrics[name]
            low, high = row["micro_f1_ci95"]
            figures = (row["micro_precision"], row["micro_recall"], row["macro_f1"], row.get("exact_match"))
            cells = [percent(row["micro_f1"]), f"{percent(low)} to {percent(high)}", *map(percent, figures)]
            table.add_row(title, *cells)
    console.print(table)
    tags = Table(title="per tag", title_justify="left")
    for column in ("tag", "F1", "precision", "recall", "gold", "predicted"):
        tags.add_column(column, justify="left" if column == "tag" else "right")
    for name, row in metrics["per_tag"].items():
        shares = [percent(row[key]) for key in ("f1", "precision", "recall")]
        tags.add_row(name, *shares, str(row["support"]), str(row["predicted"]))
    console.print(tags)


def percent(value: float | None) -> str:
    """One decimal; an undefined score is a dash."""
    return "–" if value is None else f"{100 * value:.1f}"
