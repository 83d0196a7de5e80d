"""Chats that Telegram Desktop exports as JSON (https://core.telegram.org/import-export), as rows."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from crisis_turns.data.columns import Cells, moment
from crisis_turns.data.csv_and_json import Record
from crisis_turns.data.row import Row, Rows
from crisis_turns.data.turn_records import Placed
from crisis_turns.errors import InputError


def telegram_rows(records: Placed, cells: Cells) -> Rows:
    """The rows of chats, one a record.

    Service messages, messages without text and what somebody else has written (forwarded messages, quoted parts) are
    nobody's turn.

    Raises:
        InputError: naming chat and message that cannot be read.
    """
    rows = Rows()
    for where, chat in records:
        name = None if chat.get("id") is None else str(chat["id"])
        begins = True
        listed = chat.get("messages")
        if not isinstance(listed, list):
            raise InputError(f"{where}: expected a list of messages under 'messages'")
        for place, message in enumerate(listed):
            at = f"{where}, message {place}"
            if not isinstance(message, dict):
                raise InputError(f"{at}: expected a JSON object, found {type(message).__name__}")
            text = _own_text(message, at, rows.left_out)
            if text is None:
                continue
            sender = message.get("from") or message.get("from_id")
            if not isinstance(sender, str):
                raise InputError(f"{at}: expected a sender under 'from'")
            seconds = moment(message.get("date_unixtime", message.get("date")), at)
            rows.rows.append(Row(at, name, None, text, cells.labels(message, at), sender, begins, seconds))
            begins = False
    return rows


def _own_text(message: Record, where: str, left_out: Counter[str]) -> str | None:
    """What the sender has written in this message; ``None`` if nothing."""
    if message.get("type", "message") != "message":
        left_out["service message"] += 1
        return None
    if message.get("forwarded_from") or message.get("forwarded_from_id"):
        left_out["forwarded message"] += 1
        return None
    content = message.get("text", "")
    parts = content if isinstance(content, list) else [content]
    own = "".join(_part(part, where) for part in parts if not _is_quoted(part))
    left_out["quoted part of a message"] += sum(map(_is_quoted, parts))
    if own.strip():
        return own
    if not any(map(_is_quoted, parts)):
        left_out["message without text"] += 1
    return None


def _is_quoted(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "blockquote"


def _part(part: Any, where: str) -> str:
    text = part.get("text") if isinstance(part, Mapping) else part
    if not isinstance(text, str):
        raise InputError(f"{where}: expected text, found {type(text).__name__}")
    return text
