"""Tables below one heading, with notes: on the terminal, and as a page beside the record that they are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from rich.console import Console

from crisis_turns.comparison.text_table import TextTable
from crisis_turns.files import write_atomic, write_json, write_text

_WIDTH = 180  # where the output is no terminal: no cell wraps


class Picture(NamedTuple):
    """A figure, the name of its file, and what stands in its place for who cannot see it."""

    name: str
    alt: str
    figure: Figure


@dataclass(frozen=True)
class TablePage:
    """What is to be read of a record.

    Attributes:
        heading: what the record is of, in one line.
        notes: what a reader must know beside the tables.
    """

    heading: str
    tables: Sequence[TextTable]
    notes: Sequence[str]

    def show(self) -> None:
        """All of it on the terminal."""
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = max(console.width, _WIDTH)
        console.print(self.heading, style="bold", markup=False)
        for table in self.tables:
            console.print(table.on_terminal())
        for note in self.notes:
            console.print(note, markup=False, soft_wrap=True)

    def write(self, folder: Path, name: str, record: Any, pictures: Sequence[Picture]) -> None:
        """Write the record as ``NAME.json``, the pictures, and the page with them as ``NAME.md``."""
        write_json(folder / f"{name}.json", record)
        for picture in pictures:
            write_atomic(folder / picture.name, partial(picture.figure.savefig, format="png", dpi=120))
        tables = (table.markdown() for table in self.tables)
        images = (f"![{picture.alt}]({picture.name})" for picture in pictures)
        parts = [f"# {self.heading}", *tables, *self.notes, *images]
        write_text(folder / f"{name}.md", "\n\n".join(parts) + "\n")
