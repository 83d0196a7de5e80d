"""``predictions-<split>.jsonl``: the file that every system, ours or not, is scored from.

One line per user turn; ``dialogue_id``, ``turn_id`` and ``predicted`` are required on input. A user turn without a line
counts as no tag. A CSV in the release's columns is read as well (``readers.py``).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from crisis_turns.data.csv_and_json import Record, sound
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.files import write_text
from crisis_turns.predictions.check import PredictionCheck, is_probability
from crisis_turns.predictions.line import PredictionLine
from crisis_turns.predictions.mistakes import told
from crisis_turns.predictions.readers import read_lines
from crisis_turns.tags import TagSet

_DIGITS = 6
_HALF = re.compile("[\ud800-\udfff]")


class ReadPredictions(NamedTuple):
    """A file beside its corpus.

    Attributes:
        dialogues: the corpus's, in its order, with what the file says of each user turn.
        notes: one sentence for each thing that the file leaves out or that is not read of it.
    """

    dialogues: list[Tagged]
    notes: tuple[str, ...]


def write_predictions(path: Path, dialogues: Iterable[Tagged], tags: TagSet) -> None:
    """Write one line per user turn, atomically."""
    lines = (line for dialogue in dialogues for line in prediction_lines(dialogue, tags))
    write_text(path, "".join(map(json_line, lines)))


def json_line(value: Mapping[str, Any]) -> str:
    """One line of JSON, every character as it is; half an emoji, which UTF-8 cannot hold, is escaped."""
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False)) + "\n"


def prediction_lines(dialogue: Tagged, tags: TagSet, *, with_gold: bool = True) -> Iterator[PredictionLine]:
    """One line per user turn, in order."""
    for turn, turn_id in enumerate(dialogue.turn_ids):
        line = PredictionLine(
            dialogue_id=dialogue.dialogue_id, turn_id=turn_id, predicted=list(tags.named(dialogue.predicted[turn]))
        )
        if with_gold:
            line["gold"] = list(tags.named(dialogue.gold[turn]))
        if dialogue.onset is not None:
            line["probabilities"] = _by_name(dialogue.onset[turn], tags)
        if dialogue.begun is not None:
            line["begun"] = _by_name(dialogue.begun[turn], tags)
        yield line


def read_predictions(path: Path, dialogues: Sequence[Dialogue], tags: TagSet) -> ReadPredictions:
    """Any system's predictions beside these dialogues' gold tags; gold in the file, if any, is not read.

    Raises:
        InputError: with the mistakes in the file, on 20 lines at most.
    """
    check = checked_lines(path, dialogues, tags)
    return ReadPredictions(check.result(), tuple(f"{path}: {note}" for note in check.notes()))


def checked_lines(path: Path, dialogues: Sequence[Dialogue], tags: TagSet) -> PredictionCheck:
    """The same before it is made whole: which turns have a line, and what each of them gives.

    Raises:
        InputError: with the mistakes in the file, on 20 lines at most.
    """
    check = PredictionCheck(dialogues, tags)
    for line in read_lines(path, dialogues):
        check.add(line)
    if check.mistakes:
        raise InputError(told(check.mistakes))
    return check


def read_decided(path: Path, tags: TagSet) -> list[Tagged]:
    """A run's own predictions with the gold tags that it wrote beside them: needs no corpus.

    Raises:
        InputError: if a line is not one that :func:`write_predictions` writes for these tags.
    """
    by_dialogue: dict[str, list[_Turn]] = {}
    for where, record in sound(read_lines(path, ())):
        try:
            by_dialogue.setdefault(record["dialogue_id"], []).append(_turn(record, tags))
        except (KeyError, TypeError):
            raise InputError(f"{where}: expected a turn's gold and predicted tags, of the run's tag set") from None
    return [_tagged(name, turns) for name, turns in by_dialogue.items()]


class _Turn(NamedTuple):
    """One line's tags as ``Y`` flags and beliefs as ``Y`` values."""

    turn_id: int
    gold: list[bool]
    predicted: list[bool]
    onset: list[float] | None
    begun: list[float] | None


def _turn(record: Record, tags: TagSet) -> _Turn:
    onset, begun = (_beliefs(record[field], tags) if field in record else None for field in ("probabilities", "begun"))
    gold, predicted = (_flags(record[field], tags) for field in ("gold", "predicted"))
    if not isinstance(record["turn_id"], int) or not isinstance(record["dialogue_id"], str):
        raise TypeError
    return _Turn(record["turn_id"], gold, predicted, onset, begun)


def _flags(names: object, tags: TagSet) -> list[bool]:
    if not isinstance(names, list):
        raise TypeError
    return tags.multi_hot(names)


def _beliefs(values: Record, tags: TagSet) -> list[float]:
    found = [values[tag] for tag in tags.names]
    if not all(map(is_probability, found)):
        raise TypeError
    return found


def _tagged(name: str, turns: Sequence[_Turn]) -> Tagged:
    turn_ids, gold, predicted, onset, begun = zip(*turns, strict=True)
    return Tagged(name, turn_ids, np.array(gold), np.array(predicted), _all_given(onset), _all_given(begun))


def _all_given(rows: Sequence[list[float] | None]) -> np.ndarray | None:
    """``(S, Y)``, or ``None`` if a turn has no beliefs."""
    return None if any(row is None for row in rows) else np.array(rows)


def _by_name(values: np.ndarray, tags: TagSet) -> dict[str, float]:
    return rounded(dict(zip(tags.names, values.tolist(), strict=True)))


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Probabilities by tag as they are written."""
    return {name: round(value, _DIGITS) for name, value in values.items()}
