"""The configuration of a run, and what names it."""

import hashlib
import json
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, NonNegativeInt, PositiveInt

from crisis_turns.config.sections import (
    DataConfig,
    DecisionConfig,
    DistillConfig,
    EncoderConfig,
    NeuralConfig,
    OptimConfig,
    ReportConfig,
    Section,
    TfidfConfig,
    TrainerConfig,
)
from crisis_turns.heads import HeadName

_NO_RESULT: Any = {
    "run_dir": True,
    "runs_dir": True,
    "resume": True,
    "score_test": True,
    "report": True,
    "quiet": True,
    "teacher": True,  # a path: distill.identity says which teacher it is
    "trainer": {"progress", "tensorboard", "devices"},
}
"""Keys that decide nothing about the tagger and its validation scores; scoring test adds files to the same run."""


class RunConfig(Section):
    model: Annotated[NeuralConfig | TfidfConfig, Field(discriminator="name")]
    head: HeadName
    loss: Literal["path", "filtered"]
    data: DataConfig
    encoder: EncoderConfig
    optim: OptimConfig
    trainer: TrainerConfig
    decision: DecisionConfig
    teacher: str | None = None
    """Folder of a trained run to learn from."""
    distill: DistillConfig = DistillConfig()
    seed: NonNegativeInt
    score_test: bool
    run_dir: str | None
    runs_dir: str = "outputs"
    resume: bool
    """Whether to go on where a killed run of the same configuration has stopped."""
    bootstrap: PositiveInt
    """Resamples of the dialogues behind each interval."""
    report: ReportConfig = ReportConfig()
    quiet: bool = False
    """Print no tables; warnings still go to standard error."""

    @property
    def neural(self) -> NeuralConfig:
        if isinstance(self.model, NeuralConfig):
            return self.model
        raise TypeError(f"model={self.model.name} has no neural configuration")

    @property
    def hash(self) -> str:
        """Eight hex digits of everything that decides the result: names the default run folder."""
        return hashlib.sha256(json.dumps(self.deciding, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def deciding(self) -> dict[str, Any]:
        """The keys that decide something about the result."""
        return self.model_dump(mode="json", exclude=_NO_RESULT if self.teacher else _NO_RESULT | {"distill": True})

    def as_yaml(self) -> str:
        """The content of ``config.yaml``."""
        text: str = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)
        return text

    @property
    def system(self) -> str:
        """What reports call the tagger."""
        head = "" if isinstance(self.model, TfidfConfig) else f", {self.head} head, {self.encoder.name.rsplit('/')[-1]}"
        return f"{self.model.name}{head}, seed {self.seed}"

    @property
    def folder(self) -> str:
        """The run folder: ``run_dir`` or ``<runs_dir>/<model>-<head>-<data>-s<seed>-<hash>``."""
        name = f"{self.model.name}-{self.head}-{self.data.name}-s{self.seed}-{self.hash}"
        return self.run_dir or f"{self.runs_dir}/{name}"
