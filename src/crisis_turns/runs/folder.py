"""A run's folder: what stands where, its configuration and its thresholds, read back as data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from crisis_turns.config import RunConfig, check, validated, without_removed_keys
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, read_text, write_json, write_text
from crisis_turns.tags import TagSet


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
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def finished(self) -> Path:
        """Written last, with the run's times; present means every other file is whole."""
        return self.path / "finished.json"


class _Thresholds(BaseModel):
    model_config = ConfigDict(extra="forbid")
    once: bool
    score: Score = "onset"
    thresholds: dict[str, float]


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
        return check(without_removed_keys(values))
    except InputError as error:
        raise InputError(f"{folder.config}: {error}") from None


def policy_record(policy: Policy, tags: TagSet) -> dict[str, Any]:
    """The content of a thresholds file."""
    named = {} if tags.exclusive else dict(zip(tags.names, policy.thresholds.tolist(), strict=True))
    return {"once": policy.once, "score": policy.score, "thresholds": named}


def save_policy(folder: RunFolder, policy: Policy, tags: TagSet) -> None:
    """Write ``thresholds.json``."""
    write_json(folder.model / "thresholds.json", policy_record(policy, tags))


def load_policy(folder: RunFolder, tags: TagSet, file: str | None = None) -> Policy:
    """Read ``thresholds.json``, or another thresholds file; it may have been edited, so it must name every tag once."""
    path = Path(file) if file else folder.model / "thresholds.json"
    values = read_json(path)
    try:
        stored = validated(_Thresholds, values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if tags.exclusive:
        return Policy(np.full(len(tags), np.nan), once=False, exclusive=True)
    if set(stored.thresholds) != set(tags.names):
        raise InputError(f"{path}: expected one threshold for each of the {len(tags)} tags of the run")
    thresholds = np.array([stored.thresholds[name] for name in tags.names])
    return Policy(thresholds, once=stored.once, exclusive=False, score=stored.score)
