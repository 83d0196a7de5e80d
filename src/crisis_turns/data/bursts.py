"""Bursts: messages that one speaker sends in a row, as one turn (``turns.join``).

``deploy/runtime.py`` has the same rule for a conversation as it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crisis_turns.config import Join
from crisis_turns.data.dialogue import Speaker
from crisis_turns.errors import InputError


@dataclass
class Draft:
    """A turn while its rows are being gathered; ``message_ids`` are its messages', ``labels`` may repeat."""

    where: str
    message_ids: list[int]
    speaker: Speaker
    texts: list[str]
    labels: list[str] = field(default_factory=list)
    seconds: float | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.texts).strip()


def joined(drafts: Sequence[Draft], join: Join) -> list[Draft]:
    """Messages of one speaker in a row united.

    Args:
        join: ``none``, ``same_speaker``, or the longest pause in seconds between two messages of one turn.

    Raises:
        InputError: if pauses count and a message has no time.
    """
    if join == "none":
        return list(drafts)
    turns: list[Draft] = []
    for draft in drafts:
        if isinstance(join, float) and draft.seconds is None:
            raise InputError(
                f"{draft.where}: turns.join={join:g} needs the time of every message, and this one has none: give "
                "columns.time=NAME, or turns.join=same_speaker"
            )
        if turns and turns[-1].speaker is draft.speaker and _soon(turns[-1].seconds, draft.seconds, join):
            last = turns[-1]
            last.message_ids += draft.message_ids
            last.texts += draft.texts
            last.labels += draft.labels
            last.seconds = draft.seconds
        else:
            turns.append(draft)
    return turns


def _soon(before: float | None, now: float | None, join: Join) -> bool:
    if join == "same_speaker" or before is None or now is None:
        return True
    return now - before <= float(join)
