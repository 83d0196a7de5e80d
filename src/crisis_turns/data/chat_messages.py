"""Conversations as Python programs hold them, as dialogues."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crisis_turns.config import ChatConfig
from crisis_turns.data.columns import Cells, Columns
from crisis_turns.data.conversation_records import message_row
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.speakers import Speakers
from crisis_turns.errors import InputError

Message = tuple[str, str] | Mapping[str, Any]
"""``(speaker, text)``, ``{"speaker": …, "text": …}``, or OpenAI's ``{"role": …, "content": …}``."""
Conversation = Dialogue | Sequence[Message]
_COLUMNS = Columns(text=("text", "content"), speaker=("speaker", "role"), labels=())


def as_dialogue(conversation: Conversation, name: str, config: ChatConfig | None = None) -> Dialogue:
    """The conversation as a dialogue; a turn's ``turn_id`` is its message's place in the list.

    Args:
        name: the dialogue's id, unless the conversation has one.
        config: speakers and bursts, where the usual ones do not serve.

    Raises:
        InputError: naming conversation and message, for a speaker or a text that is none.
    """
    if isinstance(conversation, Dialogue):
        return conversation
    if isinstance(conversation, str | bytes | Mapping):
        raise InputError(f"{name}: expected a list of messages, found {type(conversation).__name__}")
    config = config or ChatConfig()
    join = config.turns.join or "none"
    cells, left_out = Cells(_COLUMNS.chosen(config), timed=isinstance(join, float)), Counter[str]()
    rows = [
        replace(message_row(message, f"{name}, message {place}", cells, left_out), dialogue_id=name, turn_id=place)
        for place, message in enumerate(conversation)
    ]
    dialogues, _ = build_dialogues(rows, split=name, tags=None, speakers=Speakers(config.speakers), join=join)
    if not dialogues:
        raise InputError(f"{name}: the conversation has no user turn")
    return dialogues[0]
