"""Files to rows: every file of a corpus in whichever format it has, or a data set of the Hugging Face hub."""

from pathlib import Path

from crisis_turns.config import ChatConfig
from crisis_turns.data.chat_formats import read_content
from crisis_turns.data.csv_and_json import Line
from crisis_turns.data.file_content import Content, content_of
from crisis_turns.data.row import Row as Row
from crisis_turns.errors import InputError

SUFFIXES = (".parquet", ".csv", ".jsonl", ".json", ".tsv", ".ndjson", ".xlsx", ".txt")
"""Of files that conversations may be in; each may end in ``.gz`` as well."""


def read_rows(path: Path, *, labelled: bool = True) -> list[Row]:
    """All rows of one file, by the usual names of columns and speakers.

    Args:
        labelled: whether a ``labels`` column must exist; prediction does without.

    Raises:
        InputError: naming file and row for what cannot be read.
    """
    return read_content(content_of(path), ChatConfig(), labelled=labelled)[1].rows


def hub_content(name: str, split: str) -> Content:
    """One split of a data set by hub name, or of a local folder laid out like a hub repository.

    Uses the ``datasets`` library, which goes to the network unless ``name`` is a folder or is cached.

    Raises:
        InputError: if the library cannot get it.
    """
    import datasets  # takes a second to load, and only this way in needs it

    datasets.disable_progress_bars()
    try:
        table = datasets.load_dataset(name, split=split)
    except Exception as error:  # the library raises a dozen unrelated types for "not to be had"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"data.path={name}: split '{split}' could not be loaded ({reason})") from error
    source = f"{name} ({split})"
    return Content(source, split, None, tuple(Line(f"{source}, row {n}", record) for n, record in enumerate(table, 1)))
