"""Answer a stream line by line: one JSON line out for each line in, whatever the line is.

A line is ``User: …`` or ``Listener: …`` of the one conversation that is going on, ``---`` to begin the next, or a JSON
object for many at once: ``{"dialogue_id": "a", "speaker": "User", "text": "…"}`` is a turn of conversation a (without
an id: of the one going on), ``{"dialogue_id": "a", "end": true}`` forgets it. A line that is none of these is answered
with ``{"line": n, "error": "…"}``; no conversation is touched by it. An answer to a turn that the model cannot read
says why under ``unread``.

A line is 1 MiB at most, and of a longer one nothing is kept. Each conversation is kept until it ends.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, TextIO

from crisis_turns.data.release import split_speaker
from crisis_turns.deploy.runtime import Monitor, Tagger, TaggerError
from crisis_turns.predictions.format import json_line, rounded

NEXT = "---"
LONGEST = 2**20
"""Bytes of a line, its end left out."""


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Its lines as they come, of one that is too long the beginning alone: still too long, and in bounded memory."""
    while line := stream.readline(LONGEST + 1):
        rest = line
        while len(rest) > LONGEST and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST + 1)
        yield line


def follow(tagger: Tagger, lines: Iterable[bytes], out: TextIO) -> None:
    """Answer until the lines end; every answer is flushed."""
    stream = _Stream(tagger)
    for number, line in enumerate(lines, 1):
        try:
            answer = stream.answer(line)
        except (TaggerError, UnicodeDecodeError) as error:
            reason = "expected UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
            answer = {"line": number, "error": reason}
        out.write(json_line(answer))
        out.flush()


class _Stream:
    """The conversations that are going on."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger
        self._monitors: dict[str, Monitor] = {}
        self._count = 0

    @property
    def _current(self) -> str:
        return f"input-{self._count:06d}"

    def answer(self, line: bytes) -> dict[str, Any]:
        if len(line.removesuffix(b"\n")) > LONGEST:
            raise TaggerError(f"expected a line of at most {LONGEST:,} bytes")
        text = line.decode("utf-8-sig").strip()
        if text.startswith("{"):
            return self._object(text)
        if text == NEXT:
            self._monitors.pop(self._current, None)
            self._count += 1
            return {"dialogue_id": self._current, "begins": True}
        speaker, said = split_speaker(text)
        if speaker is None:
            raise TaggerError(f"expected 'User: …', 'Listener: …', '{NEXT}' or a JSON object")
        return self._turn(self._current, speaker, said)

    def _object(self, text: str) -> dict[str, Any]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise TaggerError("expected a JSON object in this line") from None
        name = value.get("dialogue_id", self._current)
        if not isinstance(name, str):
            raise TaggerError("expected 'dialogue_id' to be a string")
        if value.get("end") is True:
            if self._monitors.pop(name, None) is None:
                raise TaggerError("no conversation with this 'dialogue_id' is going on")
            return {"dialogue_id": name, "ends": True}
        return self._turn(name, value.get("speaker"), value.get("text"))

    def _turn(self, name: str, speaker: object, text: object) -> dict[str, Any]:
        monitor = self._monitors.get(name) or self._tagger.monitor()
        where = {"dialogue_id": name, "turn_id": monitor.turns}
        found = monitor.add(speaker, text)
        self._monitors[name] = monitor  # only now: a first turn that is refused begins nothing
        if found is None:
            return {**where, "speaker": "Listener"}
        answer: dict[str, Any] = {**where, "predicted": list(found.tags), "probabilities": rounded(found.probabilities)}
        if found.begun is not None:
            answer["begun"] = rounded(found.begun)
        if found.unread is not None:
            answer["unread"] = found.unread
        return answer
