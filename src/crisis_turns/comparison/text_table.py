"""A table of text cells, and its two looks."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class TextTable:
    """A title, a header and rows of cells."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def on_terminal(self) -> Table:
        """For rich: numbers to the right, and the first column never wrapped."""
        drawn = Table(title=Text(self.title), title_justify="left", title_style="italic")
        for number, column in enumerate(self.header):
            drawn.add_column(column, justify="right" if number else "left", no_wrap=number == 0)
        for row in self.rows:
            drawn.add_row(*map(Text, row))
        return drawn

    def markdown(self) -> str:
        """The title in bold, and the table below it."""
        lines = [self.header, ("---",) * len(self.header), *self.rows]
        return f"**{self.title}**\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
