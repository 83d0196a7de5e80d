"""The tables of the model card, from metrics files; shares and scores in percent."""

from collections.abc import Sequence
from typing import Any

from crisis_turns.comparison.text_table import TextTable
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.words import decimal, percent, spaced, span


def levels(scored: Sequence[MetricsRecord]) -> TextTable:
    """One row for a split, and one for each of its parts."""
    rows = []
    for metrics in scored:
        rows.append(_level_row(metrics["split"], metrics, metrics["false_alarms"]["label_free_flagged"]))
        for name, part in metrics.get("parts", {}).items():
            rows.append(_level_row(f"{metrics['split']}, {name}", part, part.get("label_free_flagged")))
    header = ("split", "dialogues", "turn", "interval", "Confirm", "Alert", "dialogue", "label-free flagged")
    return TextTable("Micro F1", header, rows)


def _level_row(name: str, scores: Any, free: float | None) -> tuple[str, ...]:
    others = (scores.get(level, {}).get("micro_f1") for level in ("turn_confirm", "turn_alert", "dialogue"))
    turn = scores["turn"]
    figures = (percent(turn["micro_f1"]), span(turn["micro_f1_ci95"]), *map(percent, others), percent(free))
    return (name, str(scores["n_dialogues"]), *figures)


def alarms(scored: Sequence[MetricsRecord]) -> TextTable:
    """What a flag costs, and what silence hides."""
    rows = []
    for metrics in scored:
        timing, flags, safety = metrics["timing"], metrics["false_alarms"], metrics["safety"]
        rows.append(
            (
                metrics["split"],
                *map(percent, (timing["on_time"], timing["late"], timing["missed"])),
                f"{percent(safety['never_flagged'])} ({span(safety['never_flagged_ci95'])})",
                f"{percent(flags['label_free_flagged'])} ({span(flags['label_free_flagged_ci95'])})",
                decimal(flags["label_free"]["flags_per_100_turns"]),
                decimal(flags["after_first_label"]["flags_per_100_turns"]),
            )
        )
    header = (
        "split", "tags on time", "late", "missed", "with a Confirm, never flagged", "label-free, flagged",
        "flags per 100 turns there", "false flags per 100 turns after the first label",
    )  # fmt: skip
    return TextTable("Misses and false alarms", header, rows)


def by_tag(metrics: MetricsRecord) -> TextTable:
    """Of one split."""
    rows = [
        (f"`{name}`", *map(percent, (row["f1"], row["precision"], row["recall"])), str(row["support"]))
        for name, row in metrics["per_tag"].items()
    ]
    return TextTable(f"By tag, {metrics['split']}", ("tag", "F1", "precision", "recall", "gold labels"), rows)


def probes(metrics: MetricsRecord) -> TextTable:
    """By phenomenon."""
    rows = []
    for name, row in metrics["probes"].items():
        shares = (row.get("flagged"), row.get("flagged_at_once"), row.get("right_at_once"), row.get("both_right"))
        rows.append((spaced(name), str(row.get("n_dialogues", row.get("n_pairs"))), *map(percent, shares)))
    header = ("probes", "n", "flagged (false alarms)", "flagged at once", "right tag at once", "pairs both right")
    title = "Probes, never trained on; some training text was written after earlier scores on them"
    return TextTable(title, header, rows)
