"""Files to rows: CSV, JSON, JSON Lines, Parquet, or a data set of the Hugging Face hub; every row knows where it
stands.

Nothing is interpreted here beyond column presence and cell types.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
            return list(_rows(_csv_records(path), labelled))
        case ".jsonl" | ".ndjson":
            return rows_from_json_lines(read_text(path), str(path), labelled=labelled)
        case ".json":
            return list(_rows(_json_records(path), labelled))
        case ".parquet":
            return list(_rows(_parquet_records(path), labelled))
    raise InputError(f"{path}: expected a file ending in {', '.join(SUFFIXES)}")


def rows_from_json_lines(text: str, source: str, *, labelled: bool = True) -> list[Row]:
    """All rows of JSON Lines already read; ``source`` names them in messages."""
    return list(_rows(_json_line_records(text, source), labelled))


def rows_from_csv(text: str, source: str, *, labelled: bool = True) -> list[Row]:
    """All rows of a CSV already read; ``source`` names them in messages."""
    return list(_rows(_parse_csv(text, source), labelled))


def read_hub(name: str, split: str) -> list[Row]:
    """One split of a data set by hub name, or of a local folder laid out like a hub repository.

    Uses the ``datasets`` library, which goes to the network unless ``name`` is a folder or is cached.
    """
    import datasets

    datasets.disable_progress_bars()
    try:
        table = datasets.load_dataset(name, split=split)
    except Exception as error:  # the library raises a dozen unrelated types for "not to be had"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"data.path={name}: split '{split}' could not be loaded ({reason})") from error
    records = ((f"{name} ({split}), row {n}", record) for n, record in enumerate(table, 1))
    return list(_rows(records, labelled=True))


def _rows(records: Iterable[tuple[str, dict[str, Any]]], labelled: bool) -> Iterator[Row]:
    required = REQUIRED if labelled else REQUIRED[:2]
    for where, record in records:
        missing = [column for column in required if column not in record]
        if missing:
            found = ", ".join(str(column) for column in record)
            raise InputError(f"{where}: expected a column '{missing[0]}', found the columns {found}")
        yield Row(
            where=where,
            dialogue_id=_optional_text(record.get("dialogue_id")),
            turn_id=_turn_id(record["turn_id"], where),
            text=_text(record["text"], where),
            labels=_labels(record.get("labels"), where),
        )


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


def _csv_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    return _parse_csv(read_text(path), str(path))


def _parse_csv(text: str, source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(2**31 - 1)  # a turn may be longer than the module's 128 kB
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise InputError(f"{source}, line {start}: not a CSV record ({error})") from None
        where, start = f"{source}, line {start}", reader.line_num + 1
        if not cells:
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            repeated = [name for name in header if header.count(name) > 1]
            if repeated:
                raise InputError(f"{where}: the column '{repeated[0]}' stands twice")
            missing = [name for name in REQUIRED[:2] if name not in header]
            if missing:
                raise InputError(
                    f"{where}: expected a column '{missing[0]}', found the columns {', '.join(header)[:200]}"
                )
        elif len(cells) != len(header):
            raise InputError(f"{where}: expected {len(header)} cells as in the header, found {len(cells)}")
        else:
            yield where, dict(zip(header, cells, strict=True))


def _json_line_records(text: str, source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):  # splitlines() would also cut at U+2028 inside a string
        if line.strip():
            yield f"{source}, line {number}", json_object(line, f"{source}, line {number}")


def json_object(line: str, where: str) -> dict[str, Any]:
    """One JSON object; InputError otherwise."""
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg.lower() if isinstance(error, json.JSONDecodeError) else "too many nested brackets"
        raise InputError(f"{where}: expected a JSON object, found {reason}") from None
    if not isinstance(record, dict):
        raise InputError(f"{where}: expected a JSON object, found {type(record).__name__}")
    return record


def _json_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A JSON array of row objects, or one object of columns; a file of JSON Lines under this suffix is read as such."""
    text = read_text(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        yield from _json_line_records(text, str(path))
        return
    if isinstance(value, dict) and value and all(isinstance(column, list) for column in value.values()):
        lengths = {len(column) for column in value.values()}
        if len(lengths) > 1:
            raise InputError(f"{path}: expected columns of one length, found lengths {sorted(lengths)}")
        value = [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]
    if not isinstance(value, list):
        raise InputError(f"{path}: expected a JSON array of rows, found {type(value).__name__}")
    for number, record in enumerate(value, 1):
        where = f"{path}, row {number}"
        if not isinstance(record, dict):
            raise InputError(f"{where}: expected a JSON object, found {type(record).__name__}")
        yield where, record


def _parquet_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        for number, record in enumerate(table.to_pylist(), 1):
            yield f"{path}, row {number}", record
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a Parquet file of UTF-8 text ({str(error).splitlines()[0]})") from None
