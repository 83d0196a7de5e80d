"""The configuration of a run, and what names it."""

import hashlib
import json
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, NonNegativeInt, PositiveInt

from crisis_turns.config.chats import ChatConfig, Section
from crisis_turns.config.sections import (
    DataConfig,
    DecisionConfig,
    DistillConfig,
    EncoderConfig,
    NeuralConfig,
    OptimConfig,
    PathText,
    ReportConfig,
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
    "teacher": True,  # paths: distill.identity says which teachers they are
    "trainer": {"progress", "tensorboard", "devices", "threads"},
}
"""Keys that decide nothing about the tagger and its validation scores; scoring test adds files to the same run."""


_LONG_TURNS = "up to eight others"
"""How training text is made longer (``training/long_turns.py``): runs of another way have other hashes."""


class RunConfig(Section):
    model: Annotated[NeuralConfig | TfidfConfig, Field(discriminator="name")]
    """The kind of tagger."""
    head: HeadName
    """How a tag's turns hang together: it begins once at most (``onset``; ``hazard``, the default of ``hier_crf``;
    ``competing``: of ongoing and past one), a plain CRF (``binary``), not at all (``independent``: sigmoids), or one
    class per turn (``exclusive``). More: docs/architecture.md.
    """
    loss: Literal["path", "filtered"]
    """Likelihood of the whole chain, or of each turn's state given the turns up to it."""
    data: DataConfig
    """The corpus."""
    encoder: EncoderConfig
    """What reads a turn: a name of these, or any Hugging Face encoder by hub name or folder."""
    optim: OptimConfig
    """The optimiser and how long it runs."""
    trainer: TrainerConfig
    """The machine; brings defaults that suit it."""
    decision: DecisionConfig
    """From beliefs to tags."""
    teacher: PathText | tuple[PathText, ...] | None = None
    """Folder of a trained run, or a predictions file of any system, to learn from; several, as a list, are averaged in
    log odds.
    """
    distill: DistillConfig = DistillConfig()
    """How a student learns from ``teacher``."""
    late_starts: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the training dialogues that lack their beginning, another share in each epoch: they start at the first
    labelled turn or before it, so that a tagger does not wait for a story. Of turns that are read alone
    (``model.turn_input=turn``).
    """
    long_turns: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the training split's user turns that stand among user turns of dialogues without labels, so that a few
    words of a long message are heard; the same for every seed. Neural taggers; nothing where all dialogues have labels.
    """
    seed: NonNegativeInt
    """Of all random draws."""
    score_test: bool
    """Whether test is scored; otherwise it is never read, and a finished run can be scored on it later."""
    run_dir: PathText | None
    """Folder of the run; ``null``: <runs_dir>/<model>-<head>-<data>-s<seed>-<hash of the configuration>."""
    runs_dir: PathText = "outputs"
    """Folder of the run folders, and of a sweep."""
    resume: bool
    """Whether to go on where a killed run of the same configuration has stopped."""
    bootstrap: PositiveInt
    """Resamples of the dialogues behind each interval."""
    report: ReportConfig = ReportConfig()
    """What ``report.html`` shows."""
    quiet: bool = False
    """Print no tables; warnings still go to standard error."""

    @property
    def neural(self) -> NeuralConfig:
        if isinstance(self.model, NeuralConfig):
            return self.model
        raise TypeError(f"model={self.model.name} has no neural configuration")

    @property
    def teachers(self) -> tuple[str, ...]:
        """Paths of those it learns from."""
        return (self.teacher,) if isinstance(self.teacher, str) else self.teacher or ()

    @property
    def looks_ahead(self) -> bool:
        """Whether tags of a turn use later turns."""
        return isinstance(self.model, NeuralConfig) and self.model.look == "full"

    @property
    def hash(self) -> str:
        """Eight hex digits of everything that decides the result: names the default run folder."""
        decides = self.deciding | ({"made_longer": _LONG_TURNS} if self.long_turns else {})
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def deciding(self) -> dict[str, Any]:
        """The keys that decide something about the result.

        How the corpus is read, ``data.ignored_class``, ``encoder.rank`` and ``distill.smoothing`` count where they are
        not as ever: runs older than these keys keep their names.
        """
        smooth_as_ever = self.distill.smoothing == DistillConfig.model_fields["smoothing"].default
        distilled = {"smoothing"} if smooth_as_ever else set()
        exclude = _NO_RESULT | {"distill": distilled if self.teacher else True}
        as_ever = {name for name, field in ChatConfig.model_fields.items() if getattr(self.data, name) == field.default}
        as_ever |= {"ignored_class"} if self.data.ignored_class is None else set()
        whole = {"rank"} if self.encoder.rank is None else set()
        return self.model_dump(mode="json", exclude=exclude | {"data": as_ever, "encoder": whole})

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
