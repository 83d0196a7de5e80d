"""``predictions-<split>.jsonl``: the file that every system, ours or not, is scored from.

One line per user turn; ``dialogue_id``, ``turn_id`` and ``predicted`` are required on input. A user turn without a line
counts as no tag. A CSV in the release's columns is read as well (``lines.py``).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.files import write_text
from crisis_turns.predictions.check import PredictionCheck
from crisis_turns.predictions.lines import read_lines
from crisis_turns.tags import TagSet

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
    check = PredictionCheck(dialogues, tags)
    for where, record in read_lines(path, dialogues):
        if isinstance(record, InputError):
            check.mistakes.append(str(record))
        else:
            check.add(record, where)
    if check.mistakes:
        raise InputError("\n".join(check.mistakes))
    return check.result()


def read_decided(path: Path, tags: TagSet) -> list[Tagged]:
    """A run's own predictions with the gold tags that it wrote beside them: needs no corpus.

    Raises:
        InputError: if a line is not one that :func:`write_predictions` writes for these tags.
    """
    by_dialogue: dict[str, list[dict[str, Any]]] = {}
    for where, record in read_lines(path, ()):
        if isinstance(record, InputError):
            raise record
        try:
            by_dialogue.setdefault(record["dialogue_id"], []).append(_decided(record, tags))
        except (KeyError, TypeError):
            raise InputError(f"{where}: expected a turn's gold and predicted tags, of the run's tag set") from None
    return [_tagged(name, turns) for name, turns in by_dialogue.items()]


def _decided(record: dict[str, Any], tags: TagSet) -> dict[str, Any]:
    """One line's tags as flags and beliefs as rows."""
    read: dict[str, Any] = {name: tags.multi_hot(record[name]) for name in ("gold", "predicted")}
    read |= {name: [record[name][tag] for tag in tags.names] for name in ("probabilities", "begun") if name in record}
    return {"turn_id": record["turn_id"], **read}


def _tagged(name: str, turns: Sequence[dict[str, Any]]) -> Tagged:
    gold, predicted = (np.array([turn[key] for turn in turns]) for key in ("gold", "predicted"))
    onset, begun = (
        np.array([turn[key] for turn in turns]) if all(key in turn for turn in turns) else None
        for key in ("probabilities", "begun")
    )
    return Tagged(name, tuple(turn["turn_id"] for turn in turns), gold, predicted, onset, begun)


def _by_name(values: np.ndarray, tags: TagSet) -> dict[str, float]:
    return rounded(dict(zip(tags.names, values.tolist(), strict=True)))


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Probabilities by tag as they are written."""
    return {name: round(value, _DIGITS) for name, value in values.items()}
