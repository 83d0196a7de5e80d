"""The sections of a configuration: every key typed, unknown keys refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from crisis_turns.tags import CRADLE, TagSet

Split = Literal["train", "validation", "test"]
TurnInput = Literal["turn", "pair", "flat"]
ReportText = Literal["shown", "hidden"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
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
    source: str
    """What to say when the folder is missing."""

    @property
    def tag_set(self) -> TagSet:
        return CRADLE if self.tags is None else TagSet(self.tags, self.exclusive)


class EncoderConfig(Section):
    name: str
    """``minilm``, ``mpnet``, ``tiny``, or any Hugging Face encoder by hub name or folder."""
    trainable_layers: NonNegativeInt | Literal["all"]
    """0 freezes the encoder (its turn vectors are computed once), n trains the top n layers, ``all`` everything."""
    max_tokens: Annotated[int, Field(ge=8, le=8192)]


class StaticConfig(Section):
    """The turn encoder of ``model=fast``."""

    width: PositiveInt
    """Of a token's vector; at most the encoder's."""
    ngram: PositiveInt
    """Word pieces that one feature reads."""
    features: PositiveInt
    word_dropout: Annotated[float, Field(ge=0, lt=1)]
    """Share of word pieces left out in training."""


class NeuralConfig(Section):
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
    transitions: bool = True
    """Whether a CRF scores steps between states; without, a turn's states compete among themselves alone."""
    static: StaticConfig | None = None
    """Turns are read by static token vectors instead of by the encoder itself: ``model=fast`` and no other."""


class TfidfConfig(Section):
    name: Literal["tfidf"]
    history: NonNegativeInt
    """How many turns before the current one are read as well."""
    ngrams: PositiveInt
    min_count: PositiveInt
    c: PositiveFloat
    balanced: bool


class DecisionConfig(Section):
    rule: Literal["filter", "viterbi", "smooth"]
    thresholds: Literal["global", "per_tag"]
    once: bool
    score: Literal["onset", "fresh", "begun"] = "onset"
    """Which belief is thresholded: an onset now, an onset now given none before, or begun by now."""


class DistillConfig(Section):
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


class OptimConfig(Section):
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


class TrainerConfig(Section):
    accelerator: Literal["cpu", "gpu"]
    precision: Literal["32", "bf16"]
    """Of the turn encoder in training; chains, scoring and saved weights are float32 always."""
    devices: PositiveInt | Literal["auto"] = 1
    """How many share the dialogues of a training step; validation and scoring need one."""
    token_budget: PositiveInt
    """Word pieces, padding included, in one pass through the turn encoder."""
    tensorboard: bool
    progress: bool


class ReportConfig(Section):
    text: ReportText = "shown"
    """``hidden`` leaves the turns' text out of ``report.html``."""
