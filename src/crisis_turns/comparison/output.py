"""A comparison to read: its folder of files, and its tables on the terminal."""

from pathlib import Path

from crisis_turns.comparison.comparison_file import Comparison
from crisis_turns.comparison.error_tables import errors_by_phenomenon
from crisis_turns.comparison.plots import plots
from crisis_turns.comparison.table_page import Picture, TablePage
from crisis_turns.comparison.tables import notes, tables


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write ``comparison.json``, the plots and ``comparison.md``, which has errors by phenomenon as well."""
    found = [*tables(comparison), *errors_by_phenomenon(comparison)]
    pictures = [Picture(name, name.removesuffix(".png"), figure) for name, figure in plots(comparison).items()]
    TablePage(_heading(comparison), found, notes(comparison)).write(folder, "comparison", comparison, pictures)


def print_comparison(comparison: Comparison) -> None:
    """The tables on the terminal."""
    TablePage(_heading(comparison), tables(comparison), notes(comparison)).show()


def _heading(comparison: Comparison) -> str:
    """What was compared, on what."""
    n = len(comparison["systems"])
    systems = f"{n} systems" if n > 1 else "1 system"
    return f"{systems} on {comparison['corpus']} {comparison['split']}, {comparison['n_dialogues']} dialogues"
