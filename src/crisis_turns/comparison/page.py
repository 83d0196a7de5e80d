"""A comparison to read: on the terminal and as a Markdown page."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crisis_turns.comparison.tables import notes, phenomena_tables, text_tables


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
    """The same as a Markdown page, with errors by phenomenon and the pictures beside it."""
    parts = [f"# {heading(record)}"]
    for table in [*text_tables(record), *phenomena_tables(record)]:
        lines = [table.header, ("---",) * len(table.header), *table.rows]
        parts += [f"**{table.title}**", "\n".join(f"| {' | '.join(cells)} |" for cells in lines)]
    parts += [*notes(record), *(f"![{name.removesuffix('.png')}]({name})" for name in pictures)]
    return "\n\n".join(parts) + "\n"


def heading(record: dict[str, Any]) -> str:
    """What was compared, on what."""
    n = len(record["systems"])
    systems = f"{n} systems" if n > 1 else "1 system"
    return f"{systems} on {record['corpus']} {record['split']}, {record['n_dialogues']} dialogues"
