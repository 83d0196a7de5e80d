"""How often each tag begins in labelled dialogues: counted on train, and kept beside the weights as ``onsets.json``."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from crisis_turns.config import validated
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json
from crisis_turns.tags import TagSet


@dataclass(frozen=True)
class OnsetCounts:
    """Counts over a split.

    Attributes:
        dialogues: how many have a user turn.
        labels: ``(Y,)`` gold labels of each tag.
        onsets: ``(Y,)`` dialogues in which it begins.
        turns: ``(Y,)`` user turns on which it could begin: up to its first one, or all of a dialogue without it.
    """

    dialogues: int
    labels: np.ndarray
    onsets: np.ndarray
    turns: np.ndarray

    @classmethod
    def over(cls, gold: Iterable[np.ndarray]) -> "OnsetCounts":
        """Count the ``(S, Y)`` bool labels of one dialogue or more."""
        counts = [
            (flags.sum(0), flags.any(0), np.where(flags.any(0), flags.argmax(0) + 1, len(flags)))
            for flags in gold
            if len(flags)
        ]
        return cls(len(counts), *np.sum(counts, axis=0, dtype=int))

    def rates(self, *, once: bool) -> np.ndarray:
        """``(Y,)`` tags per dialogue, each at most ``once`` or as often as it is written."""
        return np.asarray((self.onsets if once else self.labels) / self.dialogues)

    @property
    def hazards(self) -> np.ndarray:
        """``(Y,)`` probability that a tag begins on a turn on which it could."""
        return np.asarray(self.onsets / self.turns)


class _OfTag(BaseModel):
    model_config = ConfigDict(extra="forbid")
    labels: NonNegativeInt
    onsets: NonNegativeInt
    turns: PositiveInt


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid")
    dialogues: PositiveInt
    tags: dict[str, _OfTag]


def write_onset_counts(path: Path, counts: OnsetCounts, tags: TagSet) -> None:
    """Write the counts by tag, atomically."""
    columns = zip(counts.labels.tolist(), counts.onsets.tolist(), counts.turns.tolist(), strict=True)
    by_tag = {
        name: {"labels": labels, "onsets": onsets, "turns": turns}
        for name, (labels, onsets, turns) in zip(tags.names, columns, strict=True)
    }
    write_json(path, {"dialogues": counts.dialogues, "tags": by_tag})


def read_onset_counts(path: Path, tags: TagSet) -> OnsetCounts:
    """The counts that a run has stored.

    Raises:
        InputError: if the file is none of these, or has other tags.
    """
    values = read_json(path)
    try:
        stored = validated(_Stored, values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if set(stored.tags) != set(tags.names):
        raise InputError(f"{path}: expected counts of each of the {len(tags)} tags of the run")
    rows = [stored.tags[name] for name in tags.names]
    columns = ([getattr(row, name) for row in rows] for name in ("labels", "onsets", "turns"))
    return OnsetCounts(stored.dialogues, *map(np.array, columns))
