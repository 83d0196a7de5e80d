"""Answer a stream line by line: one JSON line out for each line in, whatever the line is.

What a line may be, ``data/live_lines.py`` says; a new conversation is answered with ``{"dialogue_id": …, "begins":
true}``, an ended one with ``"ends"``. A line that is none of these is answered with ``{"line": n, "error": "…"}``; no
conversation is touched by it. An answer to a turn that the model cannot read says why under ``unread``.

Where messages are joined (``turns.join``), a message that is kept until its turn is over is answered with ``{"waits":
true}``, and a turn that is over with a line of its own, before the answer to the line that has ended it.

A line is 1 MiB at most, and of a longer one nothing is kept. Each conversation is kept until it ends.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Generic, Protocol, TextIO, TypeVar

from crisis_turns.config import ChatConfig
from crisis_turns.data.live_lines import Order, Said, read_line
from crisis_turns.data.speakers import Side, Speakers, unknown_names
from crisis_turns.deploy.runtime import Join, TaggerError, TurnTags
from crisis_turns.errors import InputError
from crisis_turns.predictions.format import json_line, rounded

LONGEST = 2**20
"""Bytes of a line, its end left out."""
Answer = dict[str, Any]


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Its lines as they come, of one that is too long the beginning alone: still too long, and in bounded memory."""
    while line := stream.readline(LONGEST + 1):
        rest = line
        while len(rest) > LONGEST and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST + 1)
        yield line


class Listening(Protocol):
    """One conversation: a :class:`Monitor`, or what wraps one."""

    @property
    def turns(self) -> int: ...

    def add(self, speaker: object, text: object, seconds: float | None = None) -> TurnTags | None: ...

    def flush(self) -> TurnTags | None: ...


T = TypeVar("T", bound=Listening)
T_co = TypeVar("T_co", bound=Listening, covariant=True)


class Listens(Protocol[T_co]):
    """A :class:`Tagger`, or what wraps one."""

    def monitor(self, join: Join = "none") -> T_co:
        """A new conversation."""
        ...


def follow(
    tagger: Listens[T],
    lines: Iterable[bytes],
    out: TextIO,
    config: ChatConfig | None = None,
    *,
    more: Callable[[T], Answer] = lambda _: {},
) -> None:
    """Answer until the lines end; every answer is flushed.

    Args:
        config: speakers and bursts, where the usual ones do not serve.
        more: what else is to be said of the turn that a conversation has just tagged.
    """
    stream = _Stream(tagger, config or ChatConfig(), more)
    for number, line in enumerate(lines, 1):
        for answer in stream.answers(line, number):
            out.write(json_line(answer))
        out.flush()
    for answer in stream.last_answers():
        out.write(json_line(answer))
    out.flush()


class _Stream(Generic[T]):
    """The conversations that are going on."""

    def __init__(self, tagger: Listens[T], config: ChatConfig, more: Callable[[T], Answer]) -> None:
        self._tagger, self._more = tagger, more
        self._speakers = Speakers(config.speakers)
        self._join = config.turns.join or "none"
        self._monitors: dict[str, T] = {}
        self._count = 0

    @property
    def _current(self) -> str:
        return f"input-{self._count:06d}"

    def answers(self, line: bytes, number: int) -> list[Answer]:
        """To one line: what it has ended, then what it is."""
        try:
            if len(line.removesuffix(b"\n")) > LONGEST:
                raise InputError(f"expected a line of at most {LONGEST:,} bytes")
            said = read_line(line.decode("utf-8-sig"), self._speakers)
            return self._ordered(said) if isinstance(said, Order) else self._turn(said)
        except (InputError, TaggerError, UnicodeDecodeError) as error:
            reason = "expected UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
            return [{"line": number, "error": reason}]

    def last_answers(self) -> list[Answer]:
        """Of turns that nothing has ended before the lines did."""
        return [answer for name in self._monitors for answer in self._flushed(name)]

    def _ordered(self, order: Order) -> list[Answer]:
        name = self._current if order.dialogue_id is None else order.dialogue_id
        if order.does == "next":
            over = self._flushed(name)
            self._monitors.pop(name, None)
            self._count += 1
            return [*over, {"dialogue_id": self._current, "begins": True}]
        if name not in self._monitors:
            which = "without a" if order.dialogue_id is None else "with this"
            raise TaggerError(f"no conversation {which} 'dialogue_id' is going on")
        over = self._flushed(name)
        if order.does == "flush":
            return over or [{"dialogue_id": name, "waits": False}]
        del self._monitors[name]
        return [*over, {"dialogue_id": name, "ends": True}]

    def _flushed(self, name: str) -> list[Answer]:
        found = self._monitors[name].flush() if name in self._monitors else None
        return [] if found is None else [_answer(name, found) | self._more(self._monitors[name])]

    def _turn(self, said: Said) -> list[Answer]:
        name = self._current if said.dialogue_id is None else said.dialogue_id
        side = self._speakers.side(said.speaker)
        if side is Side.UNKNOWN:
            raise unknown_names({said.speaker: "this line"}, opens_a_text=False)
        if side is Side.NOBODY:
            return [{"dialogue_id": name, "speaker": said.speaker, "left_out": True}]
        monitor = self._monitors.get(name) or self._tagger.monitor(self._join)
        turn_id = monitor.turns
        found = monitor.add(side.speaker, self._speakers.told(said.speaker, said.text), said.seconds)
        self._monitors[name] = monitor  # only now: a first turn that is refused begins nothing
        over = [] if found is None else [_answer(name, found) | self._more(monitor)]
        if self._join == "none":
            return over or [{"dialogue_id": name, "turn_id": turn_id, "speaker": str(side.speaker)}]
        return [*over, {"dialogue_id": name, "turn_id": turn_id, "speaker": str(side.speaker), "waits": True}]


def _answer(name: str, found: TurnTags) -> Answer:
    answer: Answer = {"dialogue_id": name, "turn_id": found.turn_id}
    if found.message_ids:
        answer["message_ids"] = list(found.message_ids)
    answer |= {"predicted": list(found.tags), "probabilities": rounded(found.probabilities)}
    if found.begun is not None:
        answer["begun"] = rounded(found.begun)
    if found.unread is not None:
        answer["unread"] = found.unread
    return answer
