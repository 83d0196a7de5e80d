"""``predictions-<split>.jsonl``: the file that every system, ours or not, is scored from.

One line per user turn; ``dialogue_id``, ``turn_id`` and ``predicted`` are required on input. A user turn without a line
counts as no tag. A CSV in the release's columns is read as well (``src/prediction_file.py``).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from src.data.dialogue import Dialogue
from src.decision import Tagged
from src.errors import InputError
from src.files import write_text
from src.prediction_check import PredictionCheck
from src.prediction_file import read_lines
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
    check = PredictionCheck(dialogues, tags)
    for where, record in read_lines(path, dialogues):
        if isinstance(record, InputError):
            check.mistakes.append(str(record))
        else:
            check.add(record, where)
    if check.mistakes:
        raise InputError("\n".join(check.mistakes))
    return check.result()


def _by_name(values: np.ndarray, tags: TagSet) -> dict[str, float]:
    return rounded(dict(zip(tags.names, values.tolist(), strict=True)))


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Probabilities by tag as they are written."""
    return {name: round(value, _DIGITS) for name, value in values.items()}
