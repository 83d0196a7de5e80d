"""Dialogue and Turn: what the reader hands to everything else. Plain Python, frozen, no input or output."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from crisis_turns.tags import TagSet


class Speaker(StrEnum):
    USER = "User"
    LISTENER = "Listener"


@dataclass(frozen=True)
class Turn:
    """One message, or several in a row. ``turn_id`` is the release's id of its first row, never renumbered.

    ``tags`` holds the tags that begin here, without repeats, as written; always empty for the Listener.
    ``message_ids`` are those of messages that were joined (``turns.join``), of which ``turn_id`` is the last; empty
    where nothing was.
    """

    turn_id: int
    speaker: Speaker
    text: str
    tags: tuple[str, ...] = ()
    message_ids: tuple[int, ...] = ()

    @property
    def is_user(self) -> bool:
        return self.speaker is Speaker.USER


@dataclass(frozen=True)
class Dialogue:
    """One conversation in order; user turns are the ones to tag."""

    id: str
    turns: tuple[Turn, ...]

    @property
    def user_turns(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.is_user)

    def gold(self, tags: TagSet) -> np.ndarray:
        """``(S, Y)`` bool: which tags begin on each user turn."""
        flags = [tags.multi_hot(turn.tags) for turn in self.user_turns]
        return np.array(flags, dtype=bool).reshape(len(flags), len(tags))


def whole_characters(text: str) -> str:
    """The text with U+FFFD for each half of a character (of an emoji, from a broken export): neither UTF-8 nor a
    tokenizer takes them.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
