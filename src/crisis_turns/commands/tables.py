"""Tables on the terminal: the same figures as in the metrics files, in a fixed order."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crisis_turns.metrics.published import NOT_COMPARABLE, ranking
from crisis_turns.words import percent, span

_SECTIONS = {
    "turn": "turn (headline)",
    "turn_confirm": "turn, Confirm only",
    "turn_alert": "turn, Alert only",
    "dialogue": "dialogue",
    "dialogue_confirm": "dialogue, Confirm only",
}
_WIDTH = 110  # where the output is no terminal: no cell wraps


def print_scores(metrics: dict[str, Any], console: Console | None = None, *, system: str = "this run") -> None:
    """Scores of one split in percent: levels, onsets, tags, and the comparisons that there are.

    Rich leaves colours out where ``NO_COLOR`` is set or the output is no terminal.
    """
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)
    size = f"{metrics['n_dialogues']} dialogues, {metrics['n_user_turns']} user turns, {metrics['n_labels']} labels"
    console.print(f"{metrics['corpus']} {metrics['split']}: {size}", style="bold", markup=False)
    console.print(_levels(metrics))
    if "timing" in metrics:
        console.print(_onsets(metrics))
    console.print(_tags(metrics))
    if "errors" in metrics:
        console.print(_errors(metrics["errors"]["kinds"]))
    if metrics["calibration"] and "scaled" in metrics["calibration"]:
        console.print(_calibration(metrics["calibration"]))
    if "probes" in metrics:
        console.print(_probes(metrics["probes"]))
    if "comparison" in metrics:
        console.print(_comparison(metrics["comparison"]))
    if metrics.get("published_split"):
        console.print(_published(metrics, system))
    else:
        console.print(NOT_COMPARABLE, markup=False, soft_wrap=True)


def _levels(metrics: dict[str, Any]) -> Table:
    table = _table("scores", "level", "micro F1", "95 % interval", "precision", "recall", "macro F1", "exact match")
    for name, title in _SECTIONS.items():
        if name in metrics:
            row = metrics[name]
            figures = (row["micro_precision"], row["micro_recall"], row["macro_f1"], row.get("exact_match"))
            table.add_row(title, percent(row["micro_f1"]), span(row["micro_f1_ci95"]), *map(percent, figures))
    for turns in (1, 2) if "timing" in metrics else ():
        key = f"micro_f1_within_{turns}"
        forgiven = f"turn, ±{turns} forgiven"
        table.add_row(forgiven, percent(metrics["timing"][key]), span(metrics["timing"][f"{key}_ci95"]))
    return table


def _onsets(metrics: dict[str, Any]) -> Table:
    """Timing, false alarms and safety: detection never without its price."""
    table = _table("onsets", "what", "%", "95 % interval", "of")
    timing, alarms, safety = metrics["timing"], metrics["false_alarms"], metrics.get("safety")
    for name in ("early", "on_time", "late", "missed"):
        table.add_row(f"tags {name.replace('_', ' ')}", percent(timing[name]), span(timing.get(f"{name}_ci95")),
                      f"{timing['n_gold']} tags")  # fmt: skip
    if safety:
        dialogues = f"{safety['n_confirmed']} dialogues with a Confirm"
        for key, title in (("never_flagged", "never flagged"), ("flagged_by_confirm", "flagged by the Confirm's turn")):
            table.add_row(title, percent(safety[key]), span(safety[f"{key}_ci95"]), dialogues)
    free = f"{alarms['label_free_dialogues']} dialogues without a label"
    table.add_row("flagged", percent(alarms["label_free_flagged"]), span(alarms["label_free_flagged_ci95"]), free)
    for key, title in (
        ("before_first_label", "false flags before the first label"),
        ("after_first_label", "false flags after it"),
        ("label_free", "false flags in label-free dialogues"),
    ):
        row = alarms[key]
        rate = None if row["flags_per_100_turns"] is None else row["flags_per_100_turns"] / 100
        low, high = row["flags_per_100_turns_ci95"]
        shares = [None if low is None else low / 100, None if high is None else high / 100]
        table.add_row(f"{title}, per 100 turns", percent(rate), span(shares), f"{row['user_turns']} user turns")
    return table


def _errors(kinds: dict[str, int | None]) -> Table:
    table = _table("errors by kind", *(kind.replace("_", " ") for kind in kinds))
    table.add_row(*("–" if count is None else str(count) for count in kinds.values()))
    return table


def _calibration(before: dict[str, Any]) -> Table:
    """The two proper scores of the probabilities, before and after temperature scaling."""
    after = before["scaled"]
    title = f"probabilities at temperature {after['temperature']:.2f}, fitted on validation"
    table = _table(title, "tags", "Brier before", "after", "log loss before", "after")
    rows = {"all": (before, after)} | {name: (row, after["groups"][name]) for name, row in before["groups"].items()}
    for name, sides in rows.items():
        table.add_row(name, *(f"{side[key]:.5f}" for key in ("brier", "log_loss") for side in sides))
    return table


def _probes(probes: dict[str, Any]) -> Table:
    table = _table("probes", "phenomenon", "n", "flagged (false alarms)", "pairs both right", "pairs one right")
    for name, row in probes.items():
        shares = (percent(row.get(key)) for key in ("flagged", "both_right", "one_right"))
        table.add_row(name, str(row.get("n_dialogues", row.get("n_pairs"))), *shares)
    return table


def _tags(metrics: dict[str, Any]) -> Table:
    table = _table("per tag", "tag", "F1", "95 % interval", "precision", "recall", "gold", "predicted")
    for name, row in metrics["per_tag"].items():
        shares = [percent(row[key]) for key in ("precision", "recall")]
        interval = span(metrics.get("per_tag_f1_ci95", {}).get(name))
        table.add_row(name, percent(row["f1"]), interval, *shares, str(row["support"]), str(row["predicted"]))
    return table


def _comparison(comparison: dict[str, Any]) -> Table:
    title = f"micro F1 minus that of {comparison['with']}, paired over dialogues"
    table = _table(title, "level", "this", "other", "difference", "95 % interval", "p")
    for name, row in comparison["sections"].items():
        p = "–" if row["p"] is None else f"{row['p']:.3f}"
        table.add_row(_SECTIONS[name], percent(row["micro_f1"]), percent(row["other_micro_f1"]),
                      percent(row["difference"]), span(row["difference_ci95"]), p)  # fmt: skip
    return table


def _published(metrics: dict[str, Any], system: str) -> Table:
    table = _table("beside the published results", "system", "turn micro F1", "dialogue micro F1")
    for row in ranking(metrics["turn"]["micro_f1"], metrics["dialogue"]["micro_f1"], name=f"→ {system}"):
        figures = [percent(row[key], 2) for key in ("turn_micro_f1", "dialogue_micro_f1")]
        table.add_row(row["name"], *figures, style="bold" if row["ours"] else None)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="italic")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table
