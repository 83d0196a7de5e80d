"""One message as a file has it: what every format gives, and what dialogues are built of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet, split_labels

Labels = str | tuple[str | int, ...] | None
"""A cell of the release (names joined by ``"; "``), a list of names, or a list of places in the tag set or of flags."""


@dataclass(frozen=True)
class Row:
    """One message.

    Attributes:
        where: "file, line 12" (text formats) or "file, row 12" (the first data row is 1).
        dialogue_id: the file's name of its conversation.
        turn_id: the file's number of it in its conversation; ``None``: dialogues count for themselves.
        text: what is said, with the speaker's name before it where ``speaker`` is ``None``.
        speaker: who speaks, as written.
        begins: whether a conversation begins here; among rows with ids of either kind those say it too.
        seconds: when, from any fixed moment on.
    """

    where: str
    dialogue_id: str | None
    turn_id: int | None
    text: str
    labels: Labels
    speaker: str | None = None
    begins: bool = False
    seconds: float | None = None


@dataclass
class Rows:
    """What a reader of one format gives.

    Attributes:
        left_out: what is nobody's turn, by kind, with how often.
        labels_left_out: labels that stood there.
        notes: what a person should know of how it was read.
    """

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    labels_left_out: int = 0
    notes: list[str] = field(default_factory=list)


def named_labels(rows: Sequence[Row], tags: TagSet) -> list[Row]:
    """The rows with labels as names.

    Numbers are flags, one for each tag, if every list of the rows is as long as the tags and holds 0 and 1 alone;
    otherwise each is a tag's place among the tags, from 0.

    Raises:
        InputError: naming the row, for a number that is no tag's place.
    """
    numbers = [row.labels for row in rows if isinstance(row.labels, tuple) and _numbered(row.labels)]
    everywhere = len(numbers) == sum(row.labels is not None for row in rows)
    flags = bool(numbers) and everywhere and all(len(n) == len(tags) and set(n) <= {0, 1} for n in numbers)
    return [replace(row, labels=tuple(_names(row, tags, flags=flags))) for row in rows]


def _names(row: Row, tags: TagSet, *, flags: bool) -> Iterable[str]:
    if row.labels is None or isinstance(row.labels, str):
        return split_labels(row.labels)
    if flags:
        return tags.named(map(bool, row.labels))
    return [_name(label, row, tags) for label in row.labels]


def _name(label: str | int, row: Row, tags: TagSet) -> str:
    if isinstance(label, str):
        return label
    if not 0 <= label < len(tags):
        raise InputError(f"{row.where}: expected a tag's place from 0 to {len(tags) - 1} as label, found {label}")
    return tags.names[label]


def _numbered(labels: tuple[str | int, ...]) -> bool:
    return all(isinstance(label, int) for label in labels)
