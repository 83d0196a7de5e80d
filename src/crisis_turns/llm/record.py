"""``calls.jsonl``: every answer as it came, a line each, under the hash of what was asked; the dialogues' text is not
in it, but a model may have repeated some, so that it is as private.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TextIO

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt

from crisis_turns.config import validated
from crisis_turns.data.csv_and_json import json_lines, sound
from crisis_turns.errors import InputError
from crisis_turns.files import decode_utf8, read_bytes
from crisis_turns.llm.questions import Call
from crisis_turns.predictions.format import json_line

Outcome = Literal["answered", "refused", "filtered", "rejected"]
"""``refused`` by the model, ``filtered`` by the server's content filter, ``rejected`` by the server as not to be
answered (too long).
"""


class Reply(BaseModel):
    """What came back for one call.

    Attributes:
        text: the answer, reasoning dropped.
        cut: whether it has come to the longest that was allowed.
        beliefs: probability by tag, where log-probabilities were asked for.
        tokens_read, tokens_written: as the server counts them; reasoning is written too.
        seconds: until the answer was there, tries that failed included.
        left_out: parameters that the server did not take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    outcome: Outcome
    text: str = ""
    cut: bool = False
    beliefs: dict[str, float] | None = None
    tokens_read: NonNegativeInt = 0
    tokens_written: NonNegativeInt = 0
    seconds: NonNegativeFloat = 0.0
    left_out: tuple[str, ...] = ()


class _Line(Reply):
    hash: str
    dialogue_id: str
    turn_id: int | None
    sample: NonNegativeInt
    price: NonNegativeFloat | None


class CallRecord:
    """The replies of a folder by hash; new ones are on the disk before the next is waited for."""

    def __init__(self, replies: Mapping[str, Reply], file: TextIO, price: tuple[float, float] | None) -> None:
        self.replies = dict(replies)
        self._file, self._price = file, price

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the server did not take when it was last asked."""
        return next(reversed(self.replies.values())).left_out if self.replies else ()

    def add(self, call: Call, reply: Reply) -> None:
        """Keep a reply."""
        asked = call.question.turn_ids
        line = {
            "hash": call.hash,
            "dialogue_id": call.question.dialogue_id,
            "turn_id": asked[0] if len(asked) == 1 else None,
            "sample": call.sample,
            **reply.model_dump(exclude_none=True),
            "price": priced(reply, self._price),
        }
        self._file.write(json_line(line))
        self._file.flush()
        self.replies[call.hash] = reply


@contextmanager
def open_record(path: Path, price: tuple[float, float] | None) -> Iterator[CallRecord]:
    """The record of a folder that the caller holds alone; a line that a killed run has not finished is cut off.

    Raises:
        InputError: naming a line that is none of a record.
    """
    replies: dict[str, Reply] = {}
    if path.exists():
        data = read_bytes(path)
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        for where, values in sound(json_lines(decode_utf8(whole, str(path)), str(path))):
            try:
                line = validated(_Line, values)
            except InputError:  # the message may hold what was said
                raise InputError(f"{where}: expected a call as this command writes it") from None
            replies[line.hash] = Reply(**line.model_dump(include=set(Reply.model_fields)))
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(opened, "a", encoding="utf-8") as file:
        yield CallRecord(replies, file, price)


def priced(reply: Reply, price: tuple[float, float] | None) -> float | None:
    """What a call has cost, from the prices of a million tokens."""
    if price is None:
        return None
    return (reply.tokens_read * price[0] + reply.tokens_written * price[1]) / 1e6
