"""What a student asks each of its teachers about."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from crisis_turns.config import RunConfig
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.dialogue import Dialogue

Answers = dict[str, list[np.ndarray]]
"""By part that a teacher speaks about: ``(S, Y, 2)`` of each of its dialogues."""


@dataclass(frozen=True)
class Questions:
    """A student's dialogues.

    Attributes:
        student: its configuration.
        train: labelled.
        validation: what a teacher that is trained anew chooses its best epoch on.
        unlabelled: of ``distill.unlabelled``.
        scratch: a folder for what such a teacher writes; it is removed.
    """

    student: RunConfig
    train: CorpusSplit
    validation: CorpusSplit
    unlabelled: tuple[Dialogue, ...]
    scratch: Path

    @property
    def parts(self) -> dict[str, tuple[Dialogue, ...]]:
        """The dialogues that need a teacher's beliefs, by what messages call them."""
        found = {"train": self.train.dialogues, "distill.unlabelled": self.unlabelled}
        return {name: dialogues for name, dialogues in found.items() if dialogues}

    @property
    def dialogues(self) -> Iterator[Dialogue]:
        """All of them, train first."""
        return (dialogue for dialogues in self.parts.values() for dialogue in dialogues)


class Teacher(Protocol):
    """A run folder or a predictions file."""

    @property
    def path(self) -> Path: ...

    @property
    def identity(self) -> str:
        """What it is, wherever it lies."""
        ...

    def check_fits(self, student: RunConfig) -> None:
        """Refuse a student that it cannot teach.

        Raises:
            InputError: saying why.
        """
        ...

    def answers(self, questions: Questions) -> Answers:
        """What it believes about the parts that it speaks about.

        Raises:
            InputError: if it speaks about a part of one, or cannot be asked.
        """
        ...
