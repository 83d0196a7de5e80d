"""A run's folder: what stands where, and its configuration, read back as data."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from crisis_turns.config import RunConfig, check
from crisis_turns.errors import InputError
from crisis_turns.files import read_text, write_text


@dataclass(frozen=True)
class RunFolder:
    """Names of a run's files."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

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
    def thresholds(self) -> Path:
        return self.model / "thresholds.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def finished(self) -> Path:
        """Written last, with the run's times; present means every other file is whole."""
        return self.path / "finished.json"


def save_config(folder: RunFolder, config: RunConfig) -> None:
    """Write the resolved configuration."""
    write_text(folder.config, yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))


def load_config(folder: RunFolder) -> RunConfig:
    """The resolved configuration of a run, read as data and checked like any other.

    Raises:
        InputError: if the folder is not a run's, or its configuration is broken.
    """
    if not folder.config.is_file():
        raise InputError(f"{folder.path}: expected the folder of a run, found no config.yaml in it")
    try:
        values = yaml.safe_load(read_text(folder.config))
    except yaml.YAMLError as error:
        raise InputError(f"{folder.config}: not YAML ({' '.join(str(error).split())})") from None
    if not isinstance(values, dict):
        raise InputError(f"{folder.config}: expected keys and values, found {type(values).__name__}")
    try:
        return check(values)
    except InputError as error:
        raise InputError(f"{folder.config}: {error}") from None
