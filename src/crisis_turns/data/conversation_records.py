"""Records of one conversation each, a list of messages, as rows: OpenAI's messages, ShareGPT, ESConv."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from crisis_turns.data.columns import Cells
from crisis_turns.data.csv_and_json import Record
from crisis_turns.data.row import Row, Rows
from crisis_turns.data.turn_records import Placed
from crisis_turns.errors import InputError

_TEXT_PARTS = ("text", "input_text", "output_text")


def rows_of_conversations(records: Placed, cells: Cells, *, messages: str) -> Rows:
    """The rows of conversations.

    Args:
        messages: the key under which a record has its messages.

    Raises:
        InputError: naming record and message that cannot be read.
    """
    rows = Rows()
    for where, record in records:
        listed = record.get(messages)
        if not isinstance(listed, list) or not listed:
            raise InputError(f"{where}: expected a list of messages under '{messages}'")
        name = cells.name(record, "dialogue_id", where)
        for place, message in enumerate(listed):
            row = message_row(message, f"{where}, message {place}", cells, rows.left_out)
            rows.rows.append(_placed(row, name, begins=place == 0))
    return rows


def message_row(message: Any, where: str, cells: Cells, left_out: Counter[str]) -> Row:
    """One message: ``(speaker, text)``, or an object.

    Args:
        left_out: counts the parts of messages that are no text.

    Raises:
        InputError: if it is neither, or has no speaker or no text.
    """
    if isinstance(message, tuple | list) and len(message) == 2:
        message = {"speaker": message[0], "text": message[1]}
    if not isinstance(message, Mapping):
        raise InputError(f"{where}: expected (speaker, text) or an object with speaker and text")
    record: Record = dict(message)
    speaker = cells.value(record, "speaker", where)
    if not isinstance(speaker, str) or not speaker.strip():
        raise InputError(f"{where}: expected a speaker, found {str(speaker)[:40]!r}")
    text = message_text(cells.value(record, "text", where), where, left_out)
    seconds = cells.seconds(record, where)
    return Row(where, None, None, text, cells.labels(record, where), speaker.strip(), seconds=seconds)


def message_text(content: Any, where: str, left_out: Counter[str]) -> str:
    """The text of a message; of OpenAI's content parts those that are text."""
    if isinstance(content, str):
        return content
    if content is None:  # an assistant that only calls a tool
        return ""
    if isinstance(content, Sequence) and all(isinstance(part, Mapping) for part in content):
        texts = [part["text"] for part in content if part.get("type") in _TEXT_PARTS and "text" in part]
        left_out["part of a message that is no text"] += len(content) - len(texts)
        return "\n".join(map(str, texts))
    raise InputError(f"{where}: expected text, found {type(content).__name__}")


def _placed(row: Row, dialogue_id: str | None, *, begins: bool) -> Row:
    return Row(
        row.where, dialogue_id, None, row.text, row.labels, row.speaker, begins=begins, seconds=row.seconds
    )  # fmt: skip
