"""A comparison to read: its folder of files, and its tables on the terminal."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from crisis_turns.comparison.comparison_file import Comparison
from crisis_turns.comparison.error_tables import errors_by_phenomenon
from crisis_turns.comparison.plots import plots
from crisis_turns.comparison.tables import notes, tables
from crisis_turns.files import write_atomic, write_json, write_text

WIDTH = 180  # where the output is no terminal: no cell wraps


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write ``comparison.json``, the plots and ``comparison.md``."""
    write_json(folder / "comparison.json", comparison)
    drawn = plots(comparison)
    for name, figure in drawn.items():
        write_atomic(folder / name, partial(figure.savefig, format="png", dpi=120))
    write_text(folder / "comparison.md", markdown(comparison, list(drawn)))


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """The tables on the terminal."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, WIDTH)
    console.print(heading(comparison), style="bold", markup=False)
    for table in tables(comparison):
        console.print(table.on_terminal())
    for note in notes(comparison):
        console.print(note, markup=False, soft_wrap=True)


def markdown(comparison: Comparison, pictures: Sequence[str]) -> str:
    """The same as a Markdown page, with errors by phenomenon and the plots beside it."""
    found = [*tables(comparison), *errors_by_phenomenon(comparison)]
    images = (f"![{name.removesuffix('.png')}]({name})" for name in pictures)
    parts = [f"# {heading(comparison)}", *(table.markdown() for table in found), *notes(comparison), *images]
    return "\n\n".join(parts) + "\n"


def heading(comparison: Comparison) -> str:
    """What was compared, on what."""
    n = len(comparison["systems"])
    systems = f"{n} systems" if n > 1 else "1 system"
    return f"{systems} on {comparison['corpus']} {comparison['split']}, {comparison['n_dialogues']} dialogues"
