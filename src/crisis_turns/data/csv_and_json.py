"""Text to records: CSV with a header, JSON and JSON Lines, each read in one place; nothing is judged but the syntax.

A line that cannot be read comes as an :class:`InputError` in the record's place. What is made of it is the reader's
policy: a corpus stops at the first mistake (:func:`sound`), a predictions file tells all of them at once.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from crisis_turns.errors import InputError
from crisis_turns.files import json_value

Record = dict[str, Any]
"""The values of one line by column, as the file has them: of any type, any of them missing."""


_DIGITS = 18
"""Of a whole number, at most: so many fit into 64 bits, which is what Parquet has for it."""
_WHOLE = re.compile(rf"\s*(-?\d{{1,{_DIGITS}}})(\.0*)?\s*", re.ASCII)


class Line(NamedTuple):
    """Where something stands ("p.csv, line 3", or "p.json, row 3" with the first row as 1), and what stands there."""

    where: str
    found: Record | InputError


def sound(lines: Iterable[Line]) -> Iterator[tuple[str, Record]]:
    """The lines' places and records.

    Raises:
        InputError: the first mistake that is met.
    """
    for where, found in lines:
        if isinstance(found, InputError):
            raise found
        yield where, found


def whole_number(value: object) -> int | None:
    """The integer that a cell spells, as 4, 4.0, "4" or "4.0" (a data frame with gaps writes so); ``None`` if none,
    or if it is too long.
    """
    if isinstance(value, str):
        spelled = _WHOLE.fullmatch(value)
        return int(spelled[1]) if spelled else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_DIGITS else None


def csv_reader(lines: Iterable[str], **options: Any) -> Any:
    """:func:`csv.reader`, for cells of any length: a turn may be longer than the module's 128 kB."""
    csv.field_size_limit(2**31 - 1)
    return csv.reader(lines, **options)


def csv_lines(
    text: str,
    source: str,
    *,
    check_header: Callable[[str, list[str]], None] = lambda where, columns: None,
    delimiter: str = ",",
    quoted: bool = True,
    first: int = 1,
) -> Iterator[Line]:
    """Records of a CSV; empty lines are passed over.

    Args:
        source: names the text in messages.
        delimiter: what stands between cells.
        quoted: whether a quotation mark opens a cell; where it does not, rows may have cells beyond the header's, which
            are not read.
        first: the number of the text's first line.
        check_header: is told where the header stands and its columns, and raises for those that the reader cannot use:
            no line after it can be understood.

    Raises:
        InputError: if a column stands twice, or ``check_header`` says so.
    """
    whole = io.StringIO(text, newline="")
    reader = csv_reader(
        whole, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, strict=True
    )
    header: list[str] | None = None
    start = first
    while True:
        where = f"{source}, line {start}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(where, InputError(f"{where}: not a CSV record ({error}); the lines after it were not read"))
            return
        start = reader.line_num + first
        if not cells:
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            repeated = _repeated(header)
            if repeated is not None:
                raise InputError(f"{where}: the column '{repeated[:60]}' stands twice")
            check_header(where, header)
        elif len(cells) < len(header) or (quoted and len(cells) > len(header)):
            message = f"{where}: expected {len(header)} cells as in the header, found {len(cells)}"
            yield Line(where, InputError(message))
        else:
            yield Line(where, dict(zip(header, cells, strict=False)))


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """The text of a CSV, its header among the rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def json_lines(text: str, source: str) -> Iterator[Line]:
    """Records of JSON Lines; blank lines are passed over. ``source`` names the text in messages."""
    for number, line in enumerate(text.split("\n"), 1):  # splitlines() would also cut at U+2028 inside a string
        if line.strip():
            where = f"{source}, line {number}"
            yield Line(where, _json_object(line, where))


def _json_object(line: str, where: str) -> Record | InputError:
    try:
        record = json_value(line)
    except json.JSONDecodeError as error:
        return _no_object(where, f"a mistake: {error.msg.lower()}")
    except ValueError as error:
        return _no_object(where, str(error))
    return record if isinstance(record, dict) else _no_object(where, type(record).__name__)


def _repeated(names: list[str]) -> str | None:
    """The first name that stands a second time."""
    return next((name for place, name in enumerate(names) if name in names[:place]), None)


def _no_object(where: str, found: str) -> InputError:
    return InputError(f"{where}: expected a JSON object, found {found}")
