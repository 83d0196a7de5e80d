"""JSON to records: one object, an array of them, a data frame in any of pandas's orientations, or JSON Lines."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from crisis_turns.data.csv_and_json import Line, Record, json_lines
from crisis_turns.errors import InputError
from crisis_turns.files import json_value

UNNAMED = {3: ("turn_id", "text", "labels"), 4: ("dialogue_id", "turn_id", "text", "labels")}
"""The release's columns, which arrays without names (``orient="values"``) are taken for, by their number."""


def json_rows(text: str, source: str) -> Iterator[Line]:
    """Records of a JSON text; JSON Lines under this name are read as such.

    Raises:
        InputError: if there are no records in it.
    """
    try:
        value = json_value(text)
    except json.JSONDecodeError:
        yield from json_lines(text, source)
        return
    except ValueError as error:
        raise InputError(f"{source}: expected a JSON array of rows, found {error}") from None
    if isinstance(value, dict):
        value = _of_object(value, source)
    if not isinstance(value, list):
        raise InputError(f"{source}: expected a JSON array of rows, found {type(value).__name__}")
    for number, item in enumerate(value, 1):
        where = f"{source}, row {number}"
        yield Line(where, _record(item, where))


def _of_object(value: Record, source: str) -> list[Any]:
    """The rows of an object: of a data frame, of a Telegram export with several chats, or the object as one row."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list):
        if unnamed := [name for name in columns if isinstance(name, list | dict)]:
            raise InputError(f"{source}: expected names under 'columns', found {type(unnamed[0]).__name__}")
        return [dict(zip(columns, row, strict=False)) if isinstance(row, list) else row for row in data]
    if isinstance(data, list) and isinstance(value.get("schema"), Mapping):
        return data
    chats = value.get("chats")
    if isinstance(chats, Mapping) and isinstance(chats.get("list"), list):
        left = value.get("left_chats")
        listed = left.get("list") if isinstance(left, Mapping) else None
        return [*chats["list"], *(listed if isinstance(listed, list) else [])]
    inside = list(value.values())
    if inside and all(isinstance(part, list) for part in inside) and not any(_has_objects(part) for part in inside):
        lengths = {len(part) for part in inside}
        if len(lengths) > 1:
            raise InputError(f"{source}: expected columns of one length, found lengths {sorted(lengths)}")
        return [dict(zip(value, cells, strict=True)) for cells in zip(*inside, strict=True)]
    if inside and all(isinstance(part, dict) for part in inside):
        if _are_records(inside):
            return inside
        return [{name: column.get(place) for name, column in value.items()} for place in inside[0]]
    return [value]


def _are_records(inside: list[Record]) -> bool:
    """Whether an object of objects has a row in each (``orient="index"``), not a column (``orient="columns"``).

    The places of rows are numbers as a rule, the names of columns are not.
    """
    return not all(place.isdigit() for place in inside[0])


def _has_objects(part: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in part)


def _record(item: Any, where: str) -> Record | InputError:
    if isinstance(item, dict):
        return item
    if isinstance(item, list):
        if item and all(isinstance(part, dict) for part in item):  # a conversation without a name for its list
            return {"messages": item}
        if item and all(isinstance(part, list) and len(part) == 2 for part in item):
            return {"messages": [{"speaker": name, "text": text} for name, text in item]}
        names = UNNAMED.get(len(item))
        if names is not None and isinstance(item[-2], str) and not isinstance(item[-3], list):
            return dict(zip(names, item, strict=True))
        return InputError(f"{where}: expected an object, or turn_id, text and labels, found a list of {len(item)}")
    return InputError(f"{where}: expected a JSON object, found {type(item).__name__}")
