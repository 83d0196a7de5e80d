"""A flag with the words that raised it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Words in a row of one turn.

    Attributes:
        turn_id: the turn's, of either speaker.
        start: of the first word, in characters of the turn's text.
        end: of the last word, its last character included.
        words: what stands there.
        weight: how much of the flag's belief is gone when these very words are left out, and nothing else.
    """

    turn_id: int
    start: int
    end: int
    words: str
    weight: float


class Flag(NamedTuple):
    """A tag that was raised at a user turn.

    Attributes:
        turn_id: the user turn's.
        tag: its name.
        belief: what the threshold was laid on (``decision.score``).
        spans: the words behind it, the heaviest first; none if no words carry it.
    """

    turn_id: int
    tag: str
    belief: float
    spans: tuple[Span, ...]


Flags = Mapping[str, Sequence[Flag]]
"""By dialogue, in order."""
