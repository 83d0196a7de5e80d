"""One line of a conversation that is going on: what ``follow=true`` answers, and a file of such lines holds.

A line is ``Name: …`` of the one conversation that is going on, ``---`` to begin the next, or a JSON object for many at
once: ``{"dialogue_id": "a", "speaker": "User", "text": "…"}`` is a turn of conversation a (without an id: of the one
going on), ``{"dialogue_id": "a", "flush": true}`` ends a burst of it, ``{"dialogue_id": "a", "end": true}`` ends it.
"""

import json
import re
from typing import Any, Literal, NamedTuple

from crisis_turns.data.columns import moment
from crisis_turns.data.speakers import Speakers
from crisis_turns.errors import InputError

NEXT = "---"
_NEXT = re.compile(r"\s*(?:-{3,}|={3,}|_{3,}|\*{3,}|[—–]{2,})\s*")


class Said(NamedTuple):
    """A turn: whose conversation, who says what, and when."""

    dialogue_id: str | None
    speaker: str
    text: str
    time: Any = None
    labels: Any = None

    @property
    def seconds(self) -> float | None:
        """``None`` if it has no time.

        Raises:
            InputError: if its time is none.
        """
        return None if self.time is None else moment(self.time, "time")


class Order(NamedTuple):
    """What is to be done with a conversation; ``next`` is of the one going on."""

    dialogue_id: str | None
    does: Literal["next", "end", "flush"]


def parts_conversations(line: str) -> bool:
    """Whether the line ends a conversation: three or more of one mark, such as ``---``."""
    return _NEXT.fullmatch(line) is not None


def read_line(line: str, speakers: Speakers) -> Said | Order:
    """What a line says.

    Raises:
        InputError: if it is none of these.
    """
    text = line.strip()
    if text.startswith("{"):
        return _of_object(text)
    if parts_conversations(text):
        return Order(None, "next")
    name, said = speakers.opening(text)
    if name is None:
        raise InputError(f"expected 'User: …', 'Listener: …', '{NEXT}' or a JSON object")
    return Said(None, name, said)


def _of_object(text: str) -> Said | Order:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("expected a JSON object in this line") from None
    name = value.get("dialogue_id")
    if not isinstance(name, str | None):
        raise InputError("expected 'dialogue_id' to be a string")
    for order in ("end", "flush"):
        if value.get(order) is True:
            return Order(name, "end" if order == "end" else "flush")
    speaker, said = value.get("speaker"), value.get("text")
    if not isinstance(speaker, str):
        raise InputError("expected 'speaker' to be a string")
    if not isinstance(said, str):
        raise InputError(f"expected a turn's text as a string, found {type(said).__name__}")
    return Said(name, speaker, said, value.get("time"), value.get("labels"))
