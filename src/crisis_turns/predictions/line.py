"""One line of a predictions file."""

from typing import NotRequired, TypedDict


class SpanRecord(TypedDict):
    """Words that raised a flag; see :class:`Span`."""

    turn_id: int
    start: int
    end: int
    words: str
    weight: float


class PredictionLine(TypedDict):
    """What a system says about one user turn.

    Attributes:
        message_ids: of messages that were joined to the turn, which has the last one's id (``turns.join``).
        predicted: names of the tags that begin here.
        gold: the corpus's; never read from a foreign file.
        probabilities: p(the tag begins now) by tag; a tag left out has 0.
        begun: p(the tag has begun by now) by tag; a tag left out has 0.
        evidence: the words behind each predicted tag, where they were asked for; not read again.
    """

    dialogue_id: str
    turn_id: int
    message_ids: NotRequired[list[int]]
    predicted: list[str]
    gold: NotRequired[list[str]]
    probabilities: NotRequired[dict[str, float]]
    begun: NotRequired[dict[str, float]]
    evidence: NotRequired[dict[str, list[SpanRecord]]]
