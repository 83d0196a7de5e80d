"""What is told of a language model's answers: how they could be read, what they cost, what at-most-once changes."""

from typing import Literal

from rich.table import Table
from rich.text import Text

from crisis_turns.metrics.metrics_file import AnswerCounts, MetricsRecord
from crisis_turns.metrics.score_sections import LEVEL_SECTIONS
from crisis_turns.words import SECTIONS, percent

_SCORES: dict[Literal["micro_f1", "micro_precision", "micro_recall"], str] = {
    "micro_f1": "F1",
    "micro_precision": "precision",
    "micro_recall": "recall",
}


def as_said(metrics: MetricsRecord) -> Table:
    """Scores with each tag once in a dialogue, and as often as the answers have it."""
    table = Table(title=Text("each tag at most once per dialogue, and as said"), title_justify="left")
    table.title_style = "italic"
    table.add_column("level", no_wrap=True)
    for way in ("once", "as said"):
        for score in _SCORES.values():
            table.add_column(f"{way}: {score}", justify="right", no_wrap=True)
    for name in LEVEL_SECTIONS:
        if name in metrics and name in metrics["as_said"]:
            rows = (metrics[name], metrics["as_said"][name])
            table.add_row(SECTIONS[name], *(percent(row[key]) for row in rows for key in _SCORES))
    return table


def answers_told(counts: AnswerCounts) -> str:
    """The counts in one line."""
    kinds = ", ".join(f"{n} {kind}" for kind, n in counts["kinds"].items() if n)
    parts = [
        f"{counts['answers']} answers: {kinds}",
        f"{counts['unknown_tags']} unknown names left out" if counts["unknown_tags"] else "",
        f"{counts['tokens_read']:,} tokens read, {counts['tokens_written']:,} written",
        f"{counts['seconds']:,.0f} s of calls",
        "" if counts["price"] is None else f"price {counts['price']:,.2f}",
        f"the server does not take {', '.join(counts['left_out'])}" if counts["left_out"] else "",
    ]
    return "; ".join(filter(None, parts))
