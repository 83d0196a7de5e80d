"""From records to what a message is made of: columns by name in any case, cells by type."""

import ast
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from crisis_turns.config import ChatConfig
from crisis_turns.data.csv_and_json import Record, whole_number
from crisis_turns.data.row import Labels
from crisis_turns.errors import InputError
from crisis_turns.tags import NO_LABEL

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Columns:
    """The names that each part of a message may have, the first that is there counts; none: the format has it not."""

    text: tuple[str, ...] = ("text",)
    speaker: tuple[str, ...] = ("speaker",)
    dialogue_id: tuple[str, ...] = ("dialogue_id",)
    turn_id: tuple[str, ...] = ("turn_id",)
    labels: tuple[str, ...] = ("labels",)
    time: tuple[str, ...] = ("time",)

    def chosen(self, config: ChatConfig) -> "Columns":
        """With the user's names (``columns.*``) in place of the format's."""
        given = {part.name: getattr(config.columns, part.name) for part in fields(self)}
        return replace(self, **{part: (name,) for part, name in given.items() if name is not None})

    def in_record(self, record: Record, part: str) -> str | None:
        """The record's own spelling of a part's column; ``None`` if it has none.

        Raises:
            InputError: if two of its columns differ in case alone.
        """
        spelled = {}
        wanted = [name.casefold() for name in getattr(self, part)]
        for name in record:
            folded = str(name).strip().casefold()
            if folded in wanted:
                if folded in spelled:
                    raise InputError(f"the column '{str(name)[:60]}' stands twice, in other letters")
                spelled[folded] = name
        return next((spelled[name] for name in wanted if name in spelled), None)


@dataclass(frozen=True)
class Cells:
    """The cells of a message.

    Args:
        columns: their names.
        separator: what stands between the tags of one cell.
        timed: whether times are read.
        no_label: a format's own spellings of "no label", lower-cased.
    """

    columns: Columns
    separator: str = ";"
    timed: bool = False
    no_label: frozenset[str] = frozenset()

    def value(self, record: Record, part: str, where: str) -> Any:
        """The cell of a part; ``None`` if there is none.

        Raises:
            InputError: if two of the record's columns are called so.
        """
        name = self._column(record, part, where)
        return None if name is None else record[name]

    def required(self, record: Record, part: str, where: str) -> Any:
        """The cell of a part.

        Raises:
            InputError: if the record has no such column, or two.
        """
        name = self._column(record, part, where)
        if name is None:
            found = ", ".join(str(column) for column in record)
            names = " or ".join(f"'{name}'" for name in getattr(self.columns, part))
            raise InputError(
                f"{where}: expected a column {names}, found the columns {found[:200]}; columns.{part}=NAME says which "
                "it is"
            )
        return record[name]

    def _column(self, record: Record, part: str, where: str) -> str | None:
        try:
            return self.columns.in_record(record, part)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None

    def text(self, record: Record, where: str) -> str:
        """What is said, as it stands."""
        value = self.required(record, "text", where)
        if isinstance(value, str):
            return value
        name = self.columns.in_record(record, "text")
        raise InputError(f"{where}: expected text in the column '{name}', found {type(value).__name__}")

    def turn_id(self, record: Record, where: str) -> int:
        """A whole number from 0."""
        value = self.required(record, "turn_id", where)
        number = whole_number(value)
        if number is None or number < 0:
            raise InputError(f"{where}: expected a whole number from 0 as turn_id, found {str(value)[:40]!r}")
        return number

    def name(self, record: Record, part: str, where: str) -> str | None:
        """Of a speaker or a dialogue; ``None`` for an empty cell or none."""
        value = self.value(record, part, where)
        if value is None or value != value or isinstance(value, list | dict):
            return None
        text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
        return text or None

    def labels(self, record: Record, where: str) -> Labels:
        """Names, or numbers that the tag set gives names to (:func:`named_labels`); NaN, an empty cell that a data
        frame wrote, means none.
        """
        value = self.value(record, "labels", where)
        if value is None or (isinstance(value, float) and value != value):
            return None
        if isinstance(value, str):
            listed = _listed(value)
            if listed is None and self.separator == ";" and not self.no_label:
                return value
            if listed is None:
                parts = [part.strip() for part in value.split(self.separator)]
                return tuple(part for part in parts if part.lower() not in NO_LABEL | self.no_label)
            value = listed
        if isinstance(value, int | float) and whole_number(value) is not None:
            value = [value]
        if isinstance(value, list | tuple):
            if all(isinstance(item, str) for item in value):
                names = [item.strip() for item in value]
                return tuple(name for name in names if name.lower() not in NO_LABEL | self.no_label)
            numbers = [int(item) if isinstance(item, bool) else whole_number(item) for item in value]
            if all(number is not None for number in numbers):
                return tuple(number for number in numbers if number is not None)
        name = self.columns.in_record(record, "labels")
        raise InputError(f"{where}: expected text in the column '{name}', found {type(value).__name__}")

    def seconds(self, record: Record, where: str) -> float | None:
        """When it was said; ``None`` if there is no time, or nobody asks for it."""
        value = self.value(record, "time", where) if self.timed else None
        return None if value is None or value == "" else moment(value, where)


def moment(value: Any, where: str) -> float:
    """Seconds since 1970 of a number, or of a time as ISO 8601 writes it.

    Raises:
        InputError: if it is neither.
    """
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        return (time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time).__sub__(_EPOCH).total_seconds()
    except (ValueError, OverflowError):  # near an end of the calendar, UTC may lie beyond it
        raise InputError(
            f"{where}: expected a time in seconds or as 2026-01-31T23:59:00, found {str(value)[:40]!r}"
        ) from None


def _listed(cell: str) -> list[Any] | None:
    """The list that a cell spells, as pandas writes it into a CSV."""
    text = cell.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, list) else None
