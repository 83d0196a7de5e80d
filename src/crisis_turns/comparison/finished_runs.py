"""Finished runs that can stand beside each other: found by pattern, read, and checked against one another."""

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crisis_turns.config import LlmRunConfig, RunConfig, Split
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.predictions.format import read_decided
from crisis_turns.runs.folder import RunFolder, load_asked, load_config, read_record
from crisis_turns.runs.pretrained import PRETRAINED, run_path

EQUAL = ("data_sha256", "corpus", "split", "scorer_version")
"""What the metrics of compared runs must have in common; of the scorer's version the first number."""


@dataclass(frozen=True)
class Run:
    """One finished run, or a language model's answers, scored on one split."""

    folder: RunFolder
    config: RunConfig | LlmRunConfig
    metrics: MetricsRecord
    fit_seconds: float
    trained_on: str | None
    """Hash of the train split; ``None`` for a run of an older version, and for a language model."""
    dialogues: list[Tagged]

    @property
    def name(self) -> str:
        return self.folder.path.name


def find_runs(patterns: Sequence[str]) -> list[RunFolder]:
    """Folders that match and hold a system's configuration, each once, in the order of their names; exports, which hold
    one as well, are passed over.

    Raises:
        InputError: if fewer than two are found, or one is not finished.
    """
    found = {path for pattern in patterns for path in _matching(pattern)}
    candidates = [folder for folder in map(RunFolder, sorted(found)) if not (folder.path / "parity.json").is_file()]
    folders = [folder for folder in candidates if folder.config.is_file() or folder.asked.is_file()]
    if len(folders) < 2:
        raise InputError(f"runs={','.join(patterns)}: expected at least two run folders, found {len(folders)}")
    unfinished = [str(folder.path) for folder in folders if not folder.finished.is_file()]
    if unfinished:
        raise InputError(f"not finished: {', '.join(unfinished)}; train again to continue, or delete what was given up")
    return folders


def _matching(pattern: str) -> Iterable[Path]:
    named = run_path(pattern)
    return [named] if named == PRETRAINED else map(Path, glob.glob(str(named)))


def scored_on(folders: Sequence[RunFolder], asked: Split | None) -> tuple[Split, list[RunFolder]]:
    """The split, and the runs that were scored on it: those on the split asked for, where settled settings alone may
    have been; without one, all of them, on test if that was done with each, otherwise on validation.

    Raises:
        InputError: if fewer than two are left.
    """
    if asked is None:
        return ("test" if all(folder.metrics("test").is_file() for folder in folders) else "validation"), list(folders)
    scored = [folder for folder in folders if folder.metrics(asked).is_file()]
    if len(scored) < 2:
        raise InputError(f"split={asked}: expected at least two runs that were scored on it, found {len(scored)}")
    return asked, scored


def read_runs(folders: Sequence[RunFolder], split: Split) -> list[Run]:
    """The runs, each configuration once on a train split: a run that two experiments share is in both their folders.

    Raises:
        InputError: if a file cannot be read, or two runs differ in their dialogues or tags.
    """
    runs: dict[tuple[str, str | None], Run] = {}
    for folder in folders:
        config = load_config(folder) if folder.config.is_file() else load_asked(folder)
        trained_on = read_record(folder.trained_on, "train")["train"] if folder.trained_on.is_file() else None
        if (config.hash, trained_on) not in runs:
            run = _read(folder, config, split, trained_on)
            _check_same_dialogues(next(iter(runs.values()), run), run)
            runs[config.hash, trained_on] = run
    if len(runs) < 2:
        raise InputError(f"{folders[0].path} and the other folders hold the same run; nothing to compare")
    return list(runs.values())


def _read(folder: RunFolder, config: RunConfig | LlmRunConfig, split: Split, trained_on: str | None) -> Run:
    metrics: MetricsRecord = read_record(folder.metrics(split), *EQUAL, "n_dialogues")
    seconds: float = read_record(folder.finished, "fit_s")["fit_s"]
    decided = read_decided(folder.predictions(split), config.data.tag_set)
    return Run(folder, config, metrics, seconds, trained_on, decided)


def _in_common(metrics: MetricsRecord, key: str) -> str:
    """A later scorer whose first number is the same has more figures, and the older one's as they were."""
    value = str(metrics.get(key))
    return value.partition(".")[0] if key == "scorer_version" else value


def _check_same_dialogues(first: Run, run: Run) -> None:
    tags, others = run.config.data.tag_set, first.config.data.tag_set
    if tags != others:
        raise InputError(f"{first.name} and {run.name} have different tags: {len(others)} and {len(tags)}")
    for key in EQUAL:
        if _in_common(run.metrics, key) != _in_common(first.metrics, key):
            raise InputError(
                f"{first.name} and {run.name} cannot be compared: {key} is {str(first.metrics.get(key))[:16]} "
                f"and {str(run.metrics.get(key))[:16]}"
            )
    places = [[(d.dialogue_id, d.turn_ids) for d in r.dialogues] for r in (first, run)]
    if places[0] != places[1]:
        raise InputError(f"{first.name} and {run.name} have predictions for different dialogues or turns")
