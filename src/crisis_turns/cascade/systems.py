"""The two systems of a cascade: a run or a predictions file, on one split."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crisis_turns.config import DataConfig
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.errors import InputError
from crisis_turns.predictions.format import read_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import Run, load_run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SmallRun:
    """A run or an exported folder: it is asked itself."""

    run: Run

    @property
    def data(self) -> DataConfig | None:
        return self.run.trained.data

    @property
    def policy(self) -> Policy | None:
        return self.run.policy

    def on(self, corpus: CorpusSplit, file: Path | None) -> list[Tagged]:
        """Beliefs and raw decisions.

        Raises:
            InputError: if the corpus has other tags.
        """
        if file is not None:
            return _with_beliefs(_read(file, corpus), file, self.run.policy)
        if corpus.tags != self.run.tags:
            raise InputError(f"small={self.run.path}: was trained on other tags than those of data={corpus.corpus}")
        return _raw(self.run.tagger.tag(list(corpus.dialogues)), self.run.policy)


@dataclass(frozen=True)
class SmallFile:
    """A predictions file with probabilities, or a folder with one for each split.

    Attributes:
        policy: decides in place of the file's own tags; ``None``: these stand.
    """

    path: Path
    policy: Policy | None

    @property
    def data(self) -> DataConfig | None:
        return None

    def on(self, corpus: CorpusSplit, file: Path | None) -> list[Tagged]:
        """Beliefs and raw decisions.

        Raises:
            InputError: if a user turn has no probabilities.
        """
        found = file or file_of(self.path, corpus.split)
        return _with_beliefs(_read(found, corpus), found, self.policy)


def small_system(path: Path, thresholds: Path | None, data: DataConfig | None) -> SmallRun | SmallFile:
    """The run in this folder, or the predictions file.

    Args:
        thresholds: a thresholds file in place of a run's own, or of a file's tags.
        data: the corpus; ``None``: a run's own.

    Raises:
        InputError: if it is neither, or nobody says what the corpus is.
    """
    if path.is_dir() and (RunFolder(path).config.is_file() or not _predictions(path)):
        return SmallRun(load_run(path, thresholds=thresholds))
    if data is None:
        raise InputError(f"small={path}: predictions need the corpus that they tag: give data=embedded, data=cradle, …")
    return SmallFile(path, read_thresholds(thresholds, data.tag_set) if thresholds else None)


def large_system(path: Path, corpus: CorpusSplit, file: Path | None) -> list[Tagged]:
    """What the large system says, from its file or from its folder's file of the split."""
    return _read(file or file_of(path, corpus.split), corpus)


def file_of(path: Path, split: str) -> Path:
    """The predictions file, or the folder's of this split.

    Raises:
        InputError: if the folder has none.
    """
    if not path.is_dir():
        return path
    found = RunFolder(path).predictions(split)
    if not found.is_file():
        there = ", ".join(_predictions(path)) or "none"
        raise InputError(f"{path}: expected {found.name} in it, found {there}")
    return found


def _predictions(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("predictions-*.jsonl"))


def _read(path: Path, corpus: CorpusSplit) -> list[Tagged]:
    found = read_predictions(path, corpus.dialogues, corpus.tags)
    for note in found.notes:
        log.warning("%s", note)
    return found.dialogues


def _with_beliefs(found: list[Tagged], path: Path, policy: Policy | None) -> list[Tagged]:
    without = sum(dialogue.onset is None for dialogue in found)
    if without:
        raise InputError(f"{path}: expected probabilities on every user turn, which tell where the system is unsure")
    if policy and policy.score != "onset" and any(dialogue.begun is None for dialogue in found):
        raise InputError(f"{path}: expected 'begun' on every user turn, on which the thresholds are laid")
    return _raw(found, policy) if policy else found


def _raw(dialogues: Sequence[Tagged], policy: Policy) -> list[Tagged]:
    return replace(policy, once=False).apply(dialogues)
