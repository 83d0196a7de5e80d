"""Whether each line of a predictions file speaks of a user turn of the corpus, and of its tags."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

import numpy as np

from crisis_turns.data.csv_and_json import Record
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged, untagged
from crisis_turns.tags import TagSet


class PredictionCheck:
    """Fills predictions and beliefs in place, line by line, and collects one sentence per mistake."""

    def __init__(self, dialogues: Sequence[Dialogue], tags: TagSet) -> None:
        self.tagged, self.tags = untagged(dialogues, tags), tags
        self.place = {(d.dialogue_id, t): (d, row) for d in self.tagged for row, t in enumerate(d.turn_ids)}
        self.listener = {(d.id, t.turn_id) for d in dialogues for t in d.turns if not t.is_user}
        self.known = {d.dialogue_id for d in self.tagged}
        self.seen: dict[tuple[str, int], str] = {}
        self.onset = {d.dialogue_id: np.full(d.gold.shape, np.nan) for d in self.tagged}
        self.begun = {d.dialogue_id: np.full(d.gold.shape, np.nan) for d in self.tagged}
        self.mistakes: list[str] = []

    def add(self, record: Record, where: str) -> None:
        """One line's record; a line that repeats a turn is one mistake, whatever else it says."""
        name, turn = record.get("dialogue_id"), record.get("turn_id")
        if isinstance(name, str) and _is_whole(turn):
            if (name, turn) in self.seen:
                first = self.seen[name, turn]
                self.mistakes.append(f"{where}: turn {turn} of '{_short(name)}' stands twice, first in {first}")
                return
            self.seen[name, turn] = where.rsplit(", ", 1)[-1]
        mistakes = [
            *self._key_mistakes(name, turn),
            *self._tag_mistakes(record.get("predicted")),
            *self._probability_mistakes(record, "probabilities"),
            *self._probability_mistakes(record, "begun"),
        ]
        if mistakes:
            self.mistakes.extend(f"{where}: {mistake}" for mistake in mistakes)
            return
        dialogue, row = self.place[record["dialogue_id"], record["turn_id"]]
        dialogue.predicted[row] = self.tags.multi_hot(record["predicted"])
        self.onset[dialogue.dialogue_id][row] = self._values(record, "probabilities")
        self.begun[dialogue.dialogue_id][row] = self._values(record, "begun")

    def _key_mistakes(self, name: Any, turn: Any) -> Iterator[str]:
        if not isinstance(name, str):
            yield f"expected text as 'dialogue_id', found {type(name).__name__}"
        elif name not in self.known:
            yield f"unknown dialogue '{_short(name)}'"
        if not _is_whole(turn):
            yield f"expected a whole number as 'turn_id', found {type(turn).__name__}"
        elif isinstance(name, str) and name in self.known:
            if (name, turn) in self.listener:
                yield f"turn {turn} of '{_short(name)}' is the Listener's; only user turns are tagged"
            elif (name, turn) not in self.place:
                yield f"the dialogue '{_short(name)}' has no turn {turn}"

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
        if not isinstance(values, dict) or not all(_is_probability(v) for v in values.values()):
            yield f"expected '{field}' to give each tag a number from 0 to 1"
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
        onset, begun = (_complete(values) for values in (self.onset, self.begun))
        return [
            Tagged(d.dialogue_id, d.turn_ids, d.gold, d.predicted, onset.get(d.dialogue_id), begun.get(d.dialogue_id))
            for d in self.tagged
        ]


def _complete(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {} if any(np.isnan(v).any() for v in values.values()) else values


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _short(name: str) -> str:
    """A name as it may stand in a message: a file may hold anything in its place."""
    return name[:60]


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
