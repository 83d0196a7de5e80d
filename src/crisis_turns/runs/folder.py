"""A run's folder: what stands where, and its configuration, read back as data."""

import hashlib
import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from crisis_turns.config import LlmRunConfig, RunConfig, as_this_version, check, validated
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, read_text, write_json, write_text
from crisis_turns.runs.pretrained import NAME

_UNSEALED = ("run_dir", "runs_dir", "resume", "score_test", "report", "quiet", "teacher")
"""Keys that say nothing of the tagger, and may change when a run is scored later or is moved."""


@dataclass(frozen=True)
class RunFolder:
    """Names of a run's files."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def trained_on(self) -> Path:
        """Hashes of the splits that the run learns from, by split; none in runs of older versions."""
        return self.path / "trained_on.json"

    @property
    def n_trained_on(self) -> int | None:
        """How many dialogues the run learnt from; ``None`` where it does not tell."""
        counts = read_json(self.onsets) if self.onsets.is_file() else None
        return counts.get("dialogues") if isinstance(counts, dict) else None

    @property
    def asked(self) -> Path:
        """In place of the configuration of a training, where a language model was asked (``python -m src.llm``)."""
        return self.path / "llm.yaml"

    @property
    def calls(self) -> Path:
        """A language model's answers, one by one."""
        return self.path / "calls.jsonl"

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def log(self) -> Path:
        return self.path / "train.log"

    def predictions(self, split: str) -> Path:
        return self.path / f"predictions-{split}.jsonl"

    def metrics(self, split: str) -> Path:
        return self.path / f"metrics-{split}.json"

    @property
    def scored(self) -> list[Path]:
        """The metrics files that are there, validation first."""
        return [path for split in ("validation", "dev", "test") if (path := self.metrics(split)).is_file()]

    @property
    def thresholds(self) -> Path:
        return self.model / "thresholds.json"

    @property
    def onsets(self) -> Path:
        """How often each tag begins in train; none in runs of older versions and of exclusive classes."""
        return self.model / "onsets.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def finished(self) -> Path:
        """Written last, with the run's times; present means every other file is whole."""
        return self.path / "finished.json"

    def check_exists(self) -> None:
        """Refuse a folder that holds no run.

        Raises:
            InputError: if it does not, or there is none; then with names that look like its own.
        """
        if not self.path.exists():
            raise InputError(f"{self.path}: no such folder{_did_you_mean(self.path)}")
        if not self.config.is_file():
            raise InputError(f"{self.path}: expected the folder of a run, found no config.yaml in it")

    def check_finished(self) -> None:
        """Refuse a folder that holds no run, or one that was killed or is still being trained.

        Raises:
            InputError: if it does not hold a finished run.
        """
        self.check_exists()
        if not self.finished.is_file():
            raise InputError(f"{self.path}: the run is not finished; the same training command goes on with it")

    def finish(self, *, fit_seconds: float, total_seconds: float) -> None:
        """Say that every file is whole, and seal the configuration."""
        times = {"fit_s": round(fit_seconds, 1), "total_s": round(total_seconds, 1)}
        write_json(self.finished, {**times, "config_sha256": _seal(yaml.safe_load(read_text(self.config)))})


def save_config(folder: RunFolder, config: RunConfig) -> None:
    """Write the resolved configuration."""
    write_text(folder.config, config.as_yaml())


def update_config(folder: RunFolder, config: RunConfig) -> None:
    """Write what may change when a finished run is scored later; all else stays as its training has written it."""
    values = yaml.safe_load(read_text(folder.config))
    now = config.model_dump(mode="json")
    values |= {key: now[key] for key in _UNSEALED}
    write_text(folder.config, yaml.safe_dump(values, sort_keys=False))


def load_config(folder: RunFolder) -> RunConfig:
    """The resolved configuration of a run, read as data and checked like any other.

    Raises:
        InputError: if the folder is not a run's, or its configuration is broken.
    """
    folder.check_exists()
    values = _read_yaml(folder.config)
    try:
        config = check(as_this_version(values))
    except InputError as error:
        raise InputError(f"{folder.config}: {error}") from None
    sealed = read_json(folder.finished) if folder.finished.is_file() else {}
    if isinstance(sealed, dict) and "config_sha256" in sealed and sealed["config_sha256"] != _seal(values):
        raise InputError(
            f"{folder.config}: was changed after training (not what {folder.finished.name} was written for)"
        )
    return config


def load_asked(folder: RunFolder) -> LlmRunConfig:
    """The settings with which a language model was asked.

    Raises:
        InputError: if the folder has none, or they are broken.
    """
    try:
        return validated(LlmRunConfig, _read_yaml(folder.asked))
    except InputError as error:
        raise InputError(f"{folder.asked}: {str(error).removeprefix(f'{folder.asked}: ')}") from None


def read_record(path: Path, *keys: str) -> Any:
    """The object of a JSON file that a finished run has written.

    Raises:
        InputError: if it cannot be read, is no object, or lacks one of these keys.
    """
    found = read_json(path)
    missing = [key for key in keys if not isinstance(found, dict) or key not in found]
    if missing:
        raise InputError(f"{path}: expected {', '.join(keys)} of a finished run, found no {', '.join(missing)}")
    return found


def _read_yaml(path: Path) -> dict[str, Any]:
    text = read_text(path)
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not YAML ({' '.join(str(error).split())})") from None
    except (ValueError, RecursionError) as error:  # a date or a number that is none, deep nesting
        raise InputError(f"{path}: not YAML that can be read ({error})") from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected keys and values, found {type(values).__name__}")
    return values


def _seal(values: dict[str, Any]) -> str:
    """Hash of what the file says of the tagger, whatever this version makes of it; older runs have none."""
    kept = {key: value for key, value in values.items() if key not in _UNSEALED}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def _did_you_mean(path: Path) -> str:
    """Folders beside it, and the run in the package, whose names are near that of a folder that is not there."""
    beside = [folder for folder in path.parent.glob("*") if folder.is_dir()]
    named = {folder.name: str(folder) for folder in beside} | ({NAME: NAME} if path.parent == Path() else {})
    alike = [named[name] for name in get_close_matches(path.name, named)]
    return f"; did you mean {' or '.join(alike)}?" if alike else ""
