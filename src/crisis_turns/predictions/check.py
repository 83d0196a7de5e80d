"""Whether each line of a predictions file speaks of a user turn of the corpus, and of its tags."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, get_type_hints

import numpy as np

from crisis_turns.data.csv_and_json import Line, Record, whole_number
from crisis_turns.data.dialogue import Dialogue, whole_characters
from crisis_turns.decision.tagged import Tagged, untagged
from crisis_turns.errors import InputError
from crisis_turns.predictions.line import PredictionLine
from crisis_turns.predictions.mistakes import Mistake
from crisis_turns.tags import TagSet

_LOST = {
    "probabilities": "calibration, threshold curves and detection curves are left out",
    "begun": "silent misses are left out",
}
"""What a file's scores are without, where it gives a belief on some turns only."""
_READ = frozenset(get_type_hints(PredictionLine))


class PredictionCheck:
    """Fills predictions and beliefs in place, line by line; collects the mistakes, and what was left unread."""

    def __init__(self, dialogues: Sequence[Dialogue], tags: TagSet) -> None:
        self.tagged, self.tags = untagged(dialogues, tags), tags
        self.place = {(d.dialogue_id, t): (d, row) for d in self.tagged for row, t in enumerate(d.turn_ids)}
        self.listener = {(d.id, t.turn_id) for d in dialogues for t in d.turns if not t.is_user}
        self.known = {d.dialogue_id for d in self.tagged}
        self.seen: dict[tuple[str, int], str] = {}
        self.onset = {d.dialogue_id: np.full(d.gold.shape, np.nan) for d in self.tagged}
        self.begun = {d.dialogue_id: np.full(d.gold.shape, np.nan) for d in self.tagged}
        self.mistakes: list[Mistake] = []
        self.lines = 0
        """User turns that have a line."""
        self.unread: dict[str, None] = {}
        """Keys that mean nothing here, in the order met."""

    def add(self, line: Line) -> None:
        """One line; one that repeats a turn is one mistake, whatever else it says."""
        where, record = line
        if isinstance(record, InputError):
            self.mistakes.append(Mistake.at(where, record))
            return
        self.unread.update(dict.fromkeys(key for key in record if key not in _READ))
        name, turn = record.get("dialogue_id"), whole_number(record.get("turn_id"))
        if isinstance(name, str):
            name = whole_characters(name)  # as the corpus has it
        if isinstance(name, str) and turn is not None:
            if (name, turn) in self.seen:
                twice = f"turn {_short(turn)} of '{_short(name)}' stands twice, first in {self.seen[name, turn]}"
                self.mistakes.append(Mistake(where, twice))
                return
            self.seen[name, turn] = where.rsplit(", ", 1)[-1]
        mistakes = [
            *self._key_mistakes(name, turn, record.get("turn_id")),
            *self._tag_mistakes(record.get("predicted")),
            *self._probability_mistakes(record, "probabilities"),
            *self._probability_mistakes(record, "begun"),
        ]
        if mistakes:
            self.mistakes.extend(Mistake(where, sentence) for sentence in mistakes)
            return
        assert isinstance(name, str)
        assert turn is not None
        self.lines += 1
        dialogue, row = self.place[name, turn]
        dialogue.predicted[row] = self.tags.multi_hot(record["predicted"])
        self.onset[dialogue.dialogue_id][row] = self._values(record, "probabilities")
        self.begun[dialogue.dialogue_id][row] = self._values(record, "begun")

    def _key_mistakes(self, name: Any, turn: int | None, given: Any) -> Iterator[str]:
        if not isinstance(name, str):
            yield f"expected text as 'dialogue_id', found {type(name).__name__}"
        elif name not in self.known:
            now = f"oblique-{name}"  # the embedded corpus had no ids of its own once
            renamed = f"; the embedded corpus calls it '{_short(now)}' now" if now in self.known else ""
            yield f"unknown dialogue '{_short(name)}'{renamed}"
        if turn is None:
            yield f"expected a whole number as 'turn_id', found {_found(given)}"
        elif isinstance(name, str) and name in self.known:
            if (name, turn) in self.listener:
                yield f"turn {_short(turn)} of '{_short(name)}' is the Listener's; only user turns are tagged"
            elif (name, turn) not in self.place:
                yield f"the dialogue '{_short(name)}' has no turn {_short(turn)}"

    def _tag_mistakes(self, predicted: Any) -> Iterator[str]:
        if not isinstance(predicted, list) or not all(isinstance(tag, str) for tag in predicted):
            yield "expected a list of tag names as 'predicted'"
            return
        for tag in dict.fromkeys(predicted):
            if tag not in self.tags.index:
                yield f"unknown tag '{_short(tag)}'; expected one of {', '.join(self.tags.names)}"
        if self.tags.exclusive and len(set(predicted)) > 1:
            yield f"expected at most one class, found {len(set(predicted))}"

    def _probability_mistakes(self, record: Record, field: str) -> Iterator[str]:
        values = record.get(field)
        if values is None:
            return
        expected = f"expected '{field}' to give each tag a number from 0 to 1"
        if not isinstance(values, dict):
            yield f"{expected}, found {type(values).__name__}"
            return
        wrong = [(tag, value) for tag, value in values.items() if not is_probability(value)]
        if wrong:
            tag, value = wrong[0]
            yield f"{expected}, found {_found(value)} for '{_short(tag)}'"
        else:
            yield from (f"unknown tag '{_short(tag)}' in '{field}'" for tag in values if tag not in self.tags.index)

    def _values(self, record: Record, field: str) -> list[float]:
        """``(Y,)`` values; a missing field is all nan, a missing tag 0."""
        values = record.get(field)
        if values is None:
            return [math.nan] * len(self.tags)
        return [float(values.get(name, 0.0)) for name in self.tags.names]

    def result(self) -> list[Tagged]:
        """Beliefs are kept if the file gives them for every user turn."""
        onset, begun = (self._complete(values) for values in (self.onset, self.begun))
        return [
            Tagged(d.dialogue_id, d.turn_ids, d.gold, d.predicted, onset.get(d.dialogue_id), begun.get(d.dialogue_id))
            for d in self.tagged
        ]

    def notes(self) -> Iterator[str]:
        """One sentence for each thing that the file gives in part, or that is not read."""
        turns = len(self.place)
        if self.lines < turns:
            yield f"{self.lines:,} of {turns:,} user turns have a line; the others count as no tag"
        for field, values in (("probabilities", self.onset), ("begun", self.begun)):
            if 0 < (given := _given(values)) < turns:
                yield f"'{field}' stand on {given:,} of {turns:,} user turns, so they are not used: {_LOST[field]}"
        if self.unread:
            yield f"not read: {', '.join(_short(key) for key in self.unread)[:200]}"

    def _complete(self, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return values if _given(values) == len(self.place) else {}


def _given(values: dict[str, np.ndarray]) -> int:
    """How many turns have them."""
    return sum(int((~np.isnan(v).any(1)).sum()) for v in values.values())


def _short(value: str | float) -> str:
    """A name or a number as it may stand in a message: a file may hold anything in its place."""
    return str(value)[:60]


def _found(value: Any) -> str:
    """What stands in a number's place: a number as it is, of all else the type."""
    return _short(value) if isinstance(value, int | float) else type(value).__name__


def is_probability(value: Any) -> bool:
    """Whether it is a number from 0 to 1; nan is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
