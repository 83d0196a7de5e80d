"""``predictions-<split>.jsonl``: the file that every system, ours or not, is scored from.

One line per user turn; ``dialogue_id``, ``turn_id`` and ``predicted`` are required on input. A user turn without a line
counts as no tag.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from src.data.dialogue import Dialogue
from src.data.table import json_object
from src.decision import Tagged, untagged
from src.errors import InputError
from src.files import read_text, write_text
from src.tags import TagSet

_DIGITS = 6


def write_predictions(path: Path, dialogues: Iterable[Tagged], tags: TagSet) -> None:
    """Write one line per user turn, atomically."""
    write_text(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for d in dialogues for r in records(d, tags)))


def records(dialogue: Tagged, tags: TagSet, *, with_gold: bool = True) -> Iterator[dict[str, Any]]:
    """One JSON object per user turn."""
    for turn, turn_id in enumerate(dialogue.turn_ids):
        record: dict[str, Any] = {
            "dialogue_id": dialogue.dialogue_id,
            "turn_id": turn_id,
            "predicted": list(tags.named(dialogue.predicted[turn])),
        }
        if with_gold:
            record["gold"] = list(tags.named(dialogue.gold[turn]))
        if dialogue.onset is not None:
            record["probabilities"] = _by_name(dialogue.onset[turn], tags)
        if dialogue.begun is not None:
            record["begun"] = _by_name(dialogue.begun[turn], tags)
        yield record


def read_predictions(path: Path, dialogues: Sequence[Dialogue], tags: TagSet) -> list[Tagged]:
    """Any system's predictions beside these dialogues' gold tags; gold in the file, if any, is not read.

    Raises:
        InputError: with every mistake in the file, one line each.
    """
    tagged = untagged(dialogues, tags)
    reading = _Reading(tagged, dialogues, tags)
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            reading.add(line, f"{path}, line {number}")
    if reading.mistakes:
        raise InputError("\n".join(reading.mistakes))
    return reading.result()


class _Reading:
    """Fills predictions and beliefs in place, and collects mistakes."""

    def __init__(self, tagged: list[Tagged], dialogues: Sequence[Dialogue], tags: TagSet) -> None:
        self.tagged, self.tags = tagged, tags
        self.place = {(d.dialogue_id, t): (d, row) for d in tagged for row, t in enumerate(d.turn_ids)}
        self.listener = {(d.id, t.turn_id) for d in dialogues for t in d.turns if not t.is_user}
        self.known = {d.dialogue_id for d in tagged}
        self.seen: dict[tuple[str, int], str] = {}
        self.onset = {d.dialogue_id: np.full(d.gold.shape, np.nan) for d in tagged}
        self.begun = {d.dialogue_id: np.full(d.gold.shape, np.nan) for d in tagged}
        self.mistakes: list[str] = []

    def add(self, line: str, where: str) -> None:
        try:
            self._add(json_object(line, where), where)
        except InputError as error:
            self.mistakes.append(str(error))

    def _add(self, record: dict[str, Any], where: str) -> None:
        key = self._key(record, where)
        dialogue, row = self.place[key]
        predicted = record.get("predicted")
        if not isinstance(predicted, list) or not all(isinstance(tag, str) for tag in predicted):
            raise InputError(f"{where}: expected a list of tag names as 'predicted'")
        unknown = [tag for tag in predicted if tag not in self.tags.index]
        if unknown:
            raise InputError(f"{where}: unknown tag '{unknown[0][:60]}'; expected one of {', '.join(self.tags.names)}")
        if self.tags.exclusive and len(set(predicted)) > 1:
            raise InputError(f"{where}: expected at most one class, found {len(set(predicted))}")
        onset = self._probabilities(record, "probabilities", where)
        begun = self._probabilities(record, "begun", where)
        dialogue.predicted[row] = self.tags.multi_hot(predicted)
        self.onset[dialogue.dialogue_id][row] = onset
        self.begun[dialogue.dialogue_id][row] = begun

    def _key(self, record: dict[str, Any], where: str) -> tuple[str, int]:
        name, turn = record.get("dialogue_id"), record.get("turn_id")
        if not isinstance(name, str):
            raise InputError(f"{where}: expected text as 'dialogue_id', found {type(name).__name__}")
        if not isinstance(turn, int) or isinstance(turn, bool):
            raise InputError(f"{where}: expected a whole number as 'turn_id', found {type(turn).__name__}")
        if name not in self.known:
            raise InputError(f"{where}: unknown dialogue '{name[:60]}'")
        if (name, turn) in self.listener:
            raise InputError(f"{where}: turn {turn} of '{name}' is the Listener's; only user turns are tagged")
        if (name, turn) not in self.place:
            raise InputError(f"{where}: the dialogue '{name}' has no turn {turn}")
        if (name, turn) in self.seen:
            raise InputError(f"{where}: turn {turn} of '{name}' stands twice, first in {self.seen[name, turn]}")
        self.seen[name, turn] = where.rsplit(", ", 1)[-1]
        return name, turn

    def _probabilities(self, record: dict[str, Any], field: str, where: str) -> list[float]:
        """``(Y,)`` values; a missing field is all nan, a missing tag 0."""
        values = record.get(field)
        if values is None:
            return [math.nan] * len(self.tags)
        if not isinstance(values, dict) or not all(_is_probability(v) for v in values.values()):
            raise InputError(f"{where}: expected '{field}' to give each tag a number from 0 to 1")
        unknown = [tag for tag in values if tag not in self.tags.index]
        if unknown:
            raise InputError(f"{where}: unknown tag '{unknown[0][:60]}' in '{field}'")
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


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _by_name(values: np.ndarray, tags: TagSet) -> dict[str, float]:
    return {name: round(float(value), _DIGITS) for name, value in zip(tags.names, values, strict=True)}
