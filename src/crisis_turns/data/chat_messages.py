"""Conversations as Python programs hold them, as dialogues."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.errors import InputError

Message = tuple[str, str] | Mapping[str, Any]
"""``(speaker, text)``, ``{"speaker": …, "text": …}``, or OpenAI's ``{"role": …, "content": …}``."""
Conversation = Dialogue | Sequence[Message]
SIDES = {
    "user": Speaker.USER,
    "listener": Speaker.LISTENER,
    "assistant": Speaker.LISTENER,
}
NOBODY = ("system", "developer", "tool", "function")
"""Roles whose messages are nobody's turn."""


def as_dialogue(conversation: Conversation, name: str) -> Dialogue:
    """The conversation as a dialogue; a turn's ``turn_id`` is its message's place in the list.

    Args:
        name: the dialogue's id, unless the conversation has one.

    Raises:
        InputError: naming conversation and message, for a speaker or a text that is none.
    """
    if isinstance(conversation, Dialogue):
        return conversation
    if isinstance(conversation, str | bytes | Mapping):
        raise InputError(f"{name}: expected a list of messages, found {type(conversation).__name__}")
    turns = tuple(_turns(conversation, name))
    if not any(turn.is_user for turn in turns):
        raise InputError(f"{name}: the conversation has no user turn")
    return Dialogue(name, turns)


def _turns(messages: Sequence[Message], name: str) -> Iterable[Turn]:
    for place, message in enumerate(messages):
        where = f"{name}, message {place}"
        if isinstance(message, Mapping):
            said_by = message.get("speaker", message.get("role"))
            said = message.get("text", message.get("content"))
        elif isinstance(message, tuple | list) and len(message) == 2:
            said_by, said = message
        else:
            raise InputError(f"{where}: expected (speaker, text) or an object with speaker and text")
        key = said_by.strip().lower() if isinstance(said_by, str) else said_by
        if key in NOBODY:
            continue
        if key not in SIDES:
            raise InputError(f"{where}: expected the speaker {', '.join(SIDES)}, found {str(said_by)[:40]!r}")
        yield Turn(place, SIDES[key], _text(said, where))


def _text(content: Any, where: str) -> str:
    """The text of a message; of OpenAI's content parts those that are text."""
    if isinstance(content, str):
        return content
    if content is None:  # an assistant that only calls a tool
        return ""
    if isinstance(content, list) and all(isinstance(part, Mapping) for part in content):
        return "\n".join(str(part["text"]) for part in content if part.get("type") == "text" and "text" in part)
    raise InputError(f"{where}: expected text, found {type(content).__name__}")
