"""The resolved configuration as data: every key typed, unknown keys and impossible combinations refused up front.

Hydra composes ``conf/``; :func:`check` turns the result into a frozen :class:`RunConfig` before any data or weights are
touched. Nothing is ever instantiated from a configuration, so one that comes with somebody's run folder cannot run
code.
"""

import hashlib
import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError

from src.errors import InputError
from src.tags import CRADLE, TagSet

Head = Literal["onset", "hazard", "binary", "independent", "exclusive"]
Split = Literal["train", "validation", "test"]
TurnInput = Literal["turn", "pair", "flat"]
ReportText = Literal["shown", "hidden"]


Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(_Strict):
    name: str
    path: str | None
    """Folder, or hub name; ``None`` is the corpus that ships with the package."""
    tags: tuple[str, ...] | None
    """``None`` means the benchmark's 16 tags."""
    exclusive: bool
    dialogues_per_step: PositiveInt
    train_limit: PositiveInt | None = None
    """Train on the first n dialogues only: for learning curves."""
    expected: dict[Split, dict[str, int]] = {}
    """Published counts per split; every difference is told."""
    definitions: dict[str, str] | None = None
    """A sentence on what each tag means, for ``model.label_meaning=features``; the benchmark's tags have theirs."""
    source: str
    """What to say when the folder is missing."""

    @property
    def tag_set(self) -> TagSet:
        return CRADLE if self.tags is None else TagSet(self.tags, self.exclusive)


class EncoderConfig(_Strict):
    name: str
    """``minilm``, ``mpnet``, ``tiny``, or any Hugging Face encoder by hub name or folder."""
    trainable_layers: NonNegativeInt | Literal["all"]
    """0 freezes the encoder (its turn vectors are computed once), n trains the top n layers, ``all`` everything."""
    max_tokens: Annotated[int, Field(ge=8, le=8192)]


class StaticConfig(_Strict):
    """The turn encoder of ``model=fast``."""

    width: PositiveInt
    """Of a token's vector; at most the encoder's."""
    ngram: PositiveInt
    """Word pieces that one feature reads."""
    features: PositiveInt
    word_dropout: Annotated[float, Field(ge=0, lt=1)]
    """Share of word pieces left out in training."""


class NeuralConfig(_Strict):
    name: Literal["hier_crf", "turn_only", "flat", "fast"]
    dialogue_encoder: Literal["transformer", "gru", "mean", "none"]
    context_window: NonNegativeInt | None
    look: Literal["past", "full"]
    turn_input: TurnInput
    listener: bool
    width: PositiveInt
    layers: PositiveInt
    heads: PositiveInt
    dropout: Annotated[float, Field(ge=0, lt=1)]
    class_weights: Literal["none", "balanced", "sqrt"]
    label_meaning: Literal["none", "features"] = "none"
    """``features`` adds each turn's similarity to a written definition of every tag."""
    coarse: bool = False
    """Whether a coarse chain of the dialogue (nothing, alerted, confirmed) goes beside the tags' chains."""
    transitions: bool = True
    """Whether a CRF scores steps between states; without, a turn's states compete among themselves alone."""
    static: StaticConfig | None = None
    """Turns are read by static token vectors instead of by the encoder itself: ``model=fast`` and no other."""


class TfidfConfig(_Strict):
    name: Literal["tfidf"]
    history: NonNegativeInt
    """How many turns before the current one are read as well."""
    ngrams: PositiveInt
    min_count: PositiveInt
    c: PositiveFloat
    balanced: bool


class DecisionConfig(_Strict):
    rule: Literal["filter", "viterbi", "smooth"]
    thresholds: Literal["global", "per_tag"]
    once: bool
    score: Literal["onset", "fresh", "begun"] = "onset"
    """Which belief is thresholded: an onset now, an onset now given none before, or begun by now."""


class DistillConfig(_Strict):
    """How a student learns from ``teacher``, the folder of a trained run."""

    weight: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of the teacher's beliefs in the loss; the labels have the rest."""
    folds: NonNegativeInt = 5
    """The teacher is trained anew without each of so many parts of train, and believes what it does about that part;
    0 takes the trained teacher's own beliefs, which are near-hard labels on what it was trained on.
    """
    unlabelled: str | None = None
    """A file of dialogues that only the teacher says something about."""
    identity: str | None = None
    """Of the teacher and of the unlabelled file; training fills it in."""


class OptimConfig(_Strict):
    epochs: PositiveInt
    patience: PositiveInt
    """Epochs without a better validation score before training stops."""
    dialogues_per_step: PositiveInt
    encoder_lr: PositiveFloat
    head_lr: PositiveFloat
    weight_decay: Annotated[float, Field(ge=0)]
    warmup: Annotated[float, Field(ge=0, le=1)]
    """Share of all steps over which the learning rates rise; they then fall linearly to 0."""
    clip: PositiveFloat


class TrainerConfig(_Strict):
    accelerator: Literal["cpu", "gpu"]
    precision: Literal["32", "bf16"]
    """Of the turn encoder in training; chains, scoring and saved weights are float32 always."""
    devices: PositiveInt | Literal["auto"] = 1
    """How many share the dialogues of a training step; validation and scoring need one."""
    token_budget: PositiveInt
    """Word pieces, padding included, in one pass through the turn encoder."""
    trainable_layers: NonNegativeInt | Literal["all"] = "all"
    epochs: PositiveInt = 12
    encoder_lr: PositiveFloat = 5e-5
    """What ``encoder.trainable_layers``, ``optim.epochs`` and ``optim.encoder_lr`` are unless they are given: what the
    hardware makes pleasant."""
    tensorboard: bool
    progress: bool


_NO_RESULT: Any = {
    "run_dir": True,
    "runs_dir": True,
    "resume": True,
    "score_test": True,
    "report": True,
    "quiet": True,
    "teacher": True,  # a path: distill.identity says which teacher it is
    "trainer": {"progress", "tensorboard", "devices", "trainable_layers", "epochs", "encoder_lr"},
}
"""Keys that decide nothing about the tagger and its validation scores; scoring test adds files to the same run."""


class ReportConfig(_Strict):
    text: ReportText = "shown"
    """``hidden`` leaves the turns' text out of ``report.html``."""


class RunConfig(_Strict):
    model: Annotated[NeuralConfig | TfidfConfig, Field(discriminator="name")]
    head: Head
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


def check(values: dict[str, Any]) -> RunConfig:
    """The typed configuration, or an :class:`InputError` that names the first wrong key."""
    config = validated(RunConfig, values)
    _check_combinations(config)
    return config


def validated(model: type[Model], values: object) -> Model:
    """The values as a typed model, or an :class:`InputError` that names the first wrong key."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(_first_mistake(error)) from None


def _first_mistake(error: ValidationError) -> str:
    """One sentence on the first thing that pydantic found wrong."""
    first = error.errors(include_url=False)[0]
    models = ("hier_crf", "turn_only", "flat", "fast", "tfidf")
    key = ".".join(str(part) for part in first["loc"] if part not in models)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    found = "" if first["type"] in ("extra_forbidden", "missing") else f", found {str(first['input'])[:60]!r}"
    return f"configuration key '{key}': {first['msg'][0].lower()}{first['msg'][1:]}{found}{more}"


def _check_combinations(config: RunConfig) -> None:
    tags = config.data.tag_set  # also checks the names
    exclusive = config.head == "exclusive"
    if exclusive != tags.exclusive:
        kind = "exactly one class per user turn" if tags.exclusive else "any number of tags per user turn"
        fitting = "head=exclusive" if tags.exclusive else "head=onset, hazard, binary or independent"
        raise InputError(f"head={config.head} does not fit data={config.data.name}, which has {kind}: use {fitting}")
    _check_score(config)
    if config.distill.folds == 1:
        raise InputError("distill.folds=1 leaves nothing to train on: give 0 or two or more")
    if isinstance(config.model, TfidfConfig):
        if config.teacher:
            raise InputError("teacher=… needs a neural student, such as model=fast")
        return
    model = config.model
    if (model.static is None) == (model.name == "fast"):
        raise InputError("model.static belongs to model=fast")
    if config.decision.rule != "filter" and model.look != "full":
        raise InputError(
            f"decision.rule={config.decision.rule} looks at later turns; say so with model.look=full (offline analysis)"
        )
    if model.class_weights != "none" and config.loss != "filtered":
        raise InputError(f"model.class_weights={model.class_weights} needs loss=filtered, found loss={config.loss}")
    if not model.transitions and config.head not in ("binary", "exclusive"):
        raise InputError(
            f"model.transitions=false needs head=binary or exclusive: head={config.head} has none to leave"
        )
    if model.coarse and not (tags.alerts and tags.confirms and not tags.exclusive):
        raise InputError(f"model.coarse=true needs Alert and Confirm tags: data={config.data.name} has no such pair")
    if model.label_meaning == "features":
        if model.static is not None:
            raise InputError("model.label_meaning=features needs an encoder that reads definitions, not model=fast")
        _check_definitions(config.data)
    if model.turn_input == "flat" and model.dialogue_encoder != "none":
        raise InputError(
            f"model.turn_input=flat reads the window itself: use model=flat, found "
            f"model.dialogue_encoder={model.dialogue_encoder}"
        )
    if model.width % model.heads:
        raise InputError(f"model.width={model.width} must be a multiple of model.heads={model.heads}")


def _check_definitions(data: DataConfig) -> None:
    names, given = data.tag_set.names, data.definitions or {}
    unknown = [name for name in given if name not in names]
    undefined = [name for name in names if data.tags is not None and not given.get(name, "").strip()]
    if unknown:
        raise InputError(f"data.definitions: '{unknown[0]}' is no tag of data={data.name}")
    if undefined:
        raise InputError(
            f"model.label_meaning=features needs a sentence on what each tag means: data.definitions has none for "
            f"'{undefined[0]}'"
        )


def _check_score(config: RunConfig) -> None:
    decision, key = config.decision, f"decision.score={config.decision.score}"
    if decision.score == "onset":
        return
    if config.head == "exclusive":
        raise InputError(f"{key} does not fit head=exclusive, whose classes do not begin: the likeliest one is taken")
    if decision.rule != "filter":
        raise InputError(f"{key} is made of filtered beliefs: it needs decision.rule=filter, found {decision.rule}")
    if decision.score == "fresh" and config.head not in ("onset", "hazard"):
        raise InputError(f"{key} needs tags that begin once, so head=onset or hazard, found head={config.head}")
    if decision.score == "begun" and not decision.once:
        raise InputError(f"{key} fires on every turn after an onset: it needs decision.once=true")
