"""What a file holds, found by looking at its bytes: text, or records of columns."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crisis_turns.data.csv_and_json import Line
from crisis_turns.errors import InputError
from crisis_turns.files import decode_utf8, read_bytes

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Content:
    """One file, or standard input.

    Attributes:
        source: names it in messages.
        name: what conversations without a name of their own are called by.
        text: of a text file; ``None`` of others.
        records: of a file that is no text.
        note: what a person should know of how it was read.
    """

    source: str
    name: str
    text: str | None
    records: tuple[Line, ...] = ()
    note: str | None = None


def content_of(path: Path) -> Content:
    """What the file holds.

    Raises:
        InputError: if it cannot be read, or is neither text in UTF-8 nor one of the kinds of tables.
    """
    return _content(read_bytes(path), str(path), path.name)


def standard_input() -> Content:
    """What standard input holds."""
    return _content(sys.stdin.buffer.read(), "standard input", "input")


def of_dataset(folder: Path, name: str) -> Content:
    """The rows of a folder that ``datasets.save_to_disk`` has written.

    Raises:
        InputError: if the library cannot read it.
    """
    import datasets  # takes a second to load, and only this way in needs it

    datasets.disable_progress_bars()
    try:
        table = datasets.load_from_disk(str(folder))
    except Exception as error:  # the library raises a dozen unrelated types for "not to be had"
        raise InputError(f"{folder}: not a folder of datasets.save_to_disk ({_first_line(error)})") from None
    records = tuple(Line(f"{folder}, row {number}", record) for number, record in enumerate(table, 1))
    return Content(str(folder), name, None, records)


def _content(data: bytes, source: str, file_name: str) -> Content:
    name = file_name.removesuffix(".gz").rpartition(".")[0] or file_name
    if data.startswith(_GZIP):
        try:
            return _content(gzip.decompress(data), source, file_name.removesuffix(".gz"))
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{source}: not a whole gzip file ({_first_line(error)})") from None
    if data.startswith(_PARQUET) or file_name.endswith(".parquet"):
        return Content(source, name, None, tuple(_parquet_lines(data, source)))
    if data.startswith(_ZIP):
        return _workbook(data, source, name)
    return Content(source, name, decode_utf8(data, source))


def _parquet_lines(data: bytes, source: str) -> Iterator[Line]:
    import pyarrow as pa  # as large as all else that reads data; no text format needs it
    import pyarrow.parquet as pq

    try:
        for number, record in enumerate(pq.read_table(io.BytesIO(data)).to_pylist(), 1):
            yield Line(f"{source}, row {number}", record)
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:  # an OSError of pyarrow's own for a broken page
        raise InputError(f"{source}: not a Parquet file of UTF-8 text ({_first_line(error)})") from None


def _workbook(data: bytes, source: str, name: str) -> Content:
    """The first sheet of an Excel file; where there are more, which one that is is told."""
    if b"xl/" not in data:
        raise InputError(f"{source}: a zip archive: unpack it, and give the file inside")
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ModuleNotFoundError:
        raise InputError(
            f"{source}: an Excel file needs the package python-calamine (the extra .[excel]); or save as CSV UTF-8"
        ) from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        filled = [(sheet, rows) for sheet in book.sheet_names if (rows := book.get_sheet_by_name(sheet).to_python())]
    except CalamineError as error:
        raise InputError(f"{source}: not an Excel file that can be read ({_first_line(error)})") from None
    if not filled:
        raise InputError(f"{source}: expected conversations, found an empty file")
    sheet, (header, *rows) = filled[0]
    columns = [str(cell).strip() for cell in header]
    records = [
        Line(f"{source}, row {number}", {c: _cell(v) for c, v in zip(columns, row, strict=True) if c})
        for number, row in enumerate(rows, 2)
        if any(cell != "" for cell in row)
    ]
    others = f"the sheet '{sheet}' is read, {len(filled) - 1} others are not" if len(filled) > 1 else None
    return Content(source, name, None, tuple(records), others)


def _cell(value: Any) -> str:
    """As a CSV would have it: Excel has no integers, and dates are written as ISO 8601 does."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
