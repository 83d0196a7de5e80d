"""Files to rows: CSV, JSON, JSON Lines, Parquet, or a data set of the Hugging Face hub; every row knows where it
stands.

Nothing is interpreted here beyond column presence and cell types.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crisis_turns.data.csv_and_json import Line, csv_lines, json_lines, json_rows, sound
from crisis_turns.errors import InputError
from crisis_turns.files import read_text

REQUIRED = ("turn_id", "text", "labels")
SUFFIXES = (".parquet", ".csv", ".jsonl", ".json")


@dataclass(frozen=True)
class Row:
    """One row of a release: ``where`` reads "file, line 12" (text formats) or "file, row 12" (the first data row is
    1).
    """

    where: str
    dialogue_id: str | None
    turn_id: int
    text: str
    labels: str | None


def read_rows(path: Path, *, labelled: bool = True) -> list[Row]:
    """All rows of one file, by its suffix.

    Args:
        labelled: whether a ``labels`` column must exist; prediction does without.

    Raises:
        InputError: naming file and row for what cannot be read.
    """
    match path.suffix.lower():
        case ".csv":
            return rows_from_csv(read_text(path), str(path), labelled=labelled)
        case ".jsonl" | ".ndjson":
            return rows_from_json_lines(read_text(path), str(path), labelled=labelled)
        case ".json":
            return _rows(json_rows(read_text(path), str(path)), labelled)
        case ".parquet":
            return _rows(_parquet_lines(path), labelled)
    raise InputError(f"{path}: expected a file ending in {', '.join(SUFFIXES)}")


def rows_from_json_lines(text: str, source: str, *, labelled: bool = True) -> list[Row]:
    """All rows of JSON Lines already read; ``source`` names them in messages."""
    return _rows(json_lines(text, source), labelled)


def rows_from_csv(text: str, source: str, *, labelled: bool = True) -> list[Row]:
    """All rows of a CSV already read; ``source`` names them in messages."""
    return _rows(csv_lines(text, source, check_header=_check_header), labelled)


def read_hub(name: str, split: str) -> list[Row]:
    """One split of a data set by hub name, or of a local folder laid out like a hub repository.

    Uses the ``datasets`` library, which goes to the network unless ``name`` is a folder or is cached.
    """
    import datasets  # takes a second to load, and only this way in needs it

    datasets.disable_progress_bars()
    try:
        table = datasets.load_dataset(name, split=split)
    except Exception as error:  # the library raises a dozen unrelated types for "not to be had"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"data.path={name}: split '{split}' could not be loaded ({reason})") from error
    return _rows((Line(f"{name} ({split}), row {n}", record) for n, record in enumerate(table, 1)), labelled=True)


def _parquet_lines(path: Path) -> Iterator[Line]:
    import pyarrow as pa  # as large as all else that reads data; no text format needs it
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        for number, record in enumerate(table.to_pylist(), 1):
            yield Line(f"{path}, row {number}", record)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:  # an OSError of pyarrow's own for a broken page
        raise InputError(f"{path}: not a Parquet file of UTF-8 text ({str(error).splitlines()[0]})") from None


def _check_header(where: str, columns: list[str]) -> None:
    missing = [name for name in REQUIRED[:2] if name not in columns]
    if missing:
        raise InputError(f"{where}: expected a column '{missing[0]}', found the columns {', '.join(columns)[:200]}")


def _rows(lines: Iterable[Line], labelled: bool) -> list[Row]:
    required = REQUIRED if labelled else REQUIRED[:2]
    rows = []
    for where, record in sound(lines):
        missing = [column for column in required if column not in record]
        if missing:
            found = ", ".join(str(column) for column in record)
            raise InputError(f"{where}: expected a column '{missing[0]}', found the columns {found[:200]}")
        rows.append(
            Row(
                where=where,
                dialogue_id=_optional_text(record.get("dialogue_id")),
                turn_id=_turn_id(record["turn_id"], where),
                text=_text(record["text"], where),
                labels=_labels(record.get("labels"), where),
            )
        )
    return rows


def _turn_id(value: Any, where: str) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
            return number
    except ValueError:
        pass
    raise InputError(f"{where}: expected a whole number from 0 as turn_id, found {str(value)[:40]!r}")


def _text(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    raise InputError(f"{where}: expected text in the column 'text', found {type(value).__name__}")


def _labels(value: Any, where: str) -> str | None:
    """One cell; a list of names is joined, NaN (an empty cell that a data frame wrote) means none."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    if isinstance(value, str):
        return value
    raise InputError(f"{where}: expected text in the column 'labels', found {type(value).__name__}")


def _optional_text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
