"""The sections of a configuration: every key typed, unknown keys refused."""

import os
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt

from crisis_turns.config.chats import ChatConfig, Section
from crisis_turns.tags import CRADLE, TagSet

Split = Literal["train", "validation", "dev", "test"]
Scope = Literal["global", "group", "per_tag"]
"""Which tags share a threshold: all, Alerts and Confirms apart, or none."""
TurnInput = Literal["turn", "pair", "flat"]
ReportText = Literal["shown", "hidden"]


def _path(text: str) -> str:
    if not text:
        raise ValueError("a path has at least one character; null is none")
    return os.path.expanduser(text)


PathText = Annotated[str, AfterValidator(_path)]
"""The type of every key that may be a path: ``~`` is expanded, and the command line takes any text but none for it."""


class DataConfig(ChatConfig):
    name: str
    """What reports and run folders call the corpus."""
    path: PathText | None
    """Folder of the split files, in any format of conversations. ``hub:OWNER/NAME`` is a data set of the Hugging Face
    hub; but for the published name of ``data=cradle``, no other text is ever sent there. ``null`` is the corpus that
    ships with the package.
    """
    tags: tuple[str, ...] | None
    """The tags in their order; ``null`` means the benchmark's 16."""
    exclusive: bool
    """Whether every user turn has exactly one of the tags, instead of any number."""
    ignored_class: str | None = None
    """Of exclusive classes the one that says nothing in particular (``neutral``): micro F1 is told without it too."""
    dialogues_per_step: PositiveInt
    """What ``optim.dialogues_per_step`` is unless it is given."""
    parts: tuple[str, ...] | None = None
    """Of the corpus that ships with the package: ``plain`` (the benchmark's register), ``oblique``, or both."""
    train_limit: PositiveInt | None = None
    """Train on the first n dialogues only, of each part its share: for learning curves."""
    expected: dict[Split, dict[str, int]] = Field(default={})
    """Published counts per split; every difference is told."""
    source: str
    """What to say when the folder is missing."""

    @property
    def tag_set(self) -> TagSet:
        return CRADLE if self.tags is None else TagSet(self.tags, self.exclusive, self.ignored_class)


class EncoderConfig(Section):
    name: PathText
    """``minilm``, ``mpnet``, ``tiny``, or any Hugging Face encoder by hub name or folder."""
    trainable_layers: NonNegativeInt | Literal["all"]
    """0 freezes the encoder (its turn vectors are computed once), n trains the top n layers, ``all`` everything."""
    rank: PositiveInt | None = None
    """The trainable layers' matrices stay as they are, embeddings too, and what is added to each matrix has this rank
    (LoRA); ``null`` trains them themselves.
    """
    max_tokens: Annotated[int, Field(ge=8, le=8192)]
    """Word pieces; longer turns are cut into parts of this size and pooled over all of them."""


class StaticConfig(Section):
    """The turn encoder of ``model=fast``."""

    width: PositiveInt
    """Of a token's vector; at most the encoder's."""
    ngram: PositiveInt
    """Word pieces that one feature reads."""
    features: PositiveInt
    """Width of what the convolution makes of the n-grams."""
    word_dropout: Annotated[float, Field(ge=0, lt=1)]
    """Share of word pieces left out in training."""


class NeuralConfig(Section):
    name: Literal["hier_crf", "turn_only", "flat", "fast"]
    """Which of the neural taggers this is."""
    dialogue_encoder: Literal["transformer", "gru", "mean", "none"]
    """What makes one vector per user turn from the turns of the window."""
    context_window: NonNegativeInt | None
    """Turns before the current one that are seen, of both speakers; ``null``: all; 0: the turn alone."""
    look: Literal["past", "full"]
    """``full`` sees later turns as well: offline analysis only."""
    turn_input: TurnInput
    """What is read as one text: the turn, the turn after the one before it, or the whole window (``model=flat``)."""
    listener: bool
    """Whether the Listener's turns are seen."""
    width: PositiveInt
    """Of the dialogue encoder's vectors; a multiple of ``model.heads``."""
    layers: PositiveInt
    """Layers of the dialogue encoder."""
    heads: PositiveInt
    """Attention heads of a transformer layer."""
    dropout: Annotated[float, Field(ge=0, lt=1)]
    """Share of activations dropped in training."""
    class_weights: Literal["none", "balanced", "sqrt"]
    """Weights of positive turns in ``loss=filtered``: by rarity, its square root, or none."""
    detectors: Annotated[int, Field(ge=0, le=4096)] = 0
    """Features of word pieces whose maximum over a turn stands beside their mean; none where the encoder is frozen."""
    transitions: bool = True
    """``head=binary`` and ``exclusive``: whether a CRF scores steps between states; without, a turn's states compete
    among themselves alone.
    """
    static: StaticConfig | None = None
    """Turns are read by static token vectors instead of by the encoder itself: ``model=fast`` and no other."""


class TfidfConfig(Section):
    name: Literal["tfidf"]
    """TF-IDF and one logistic regression per tag."""
    history: NonNegativeInt
    """How many turns before the current one are read as well."""
    ngrams: PositiveInt
    """Longest sequence of words that is a feature."""
    min_count: PositiveInt
    """Texts that a feature must occur in."""
    c: PositiveFloat
    """Inverse strength of the L2 penalty."""
    balanced: bool
    """Whether classes are weighed by their rarity."""


class DecisionConfig(Section):
    rule: Literal["filter", "viterbi", "smooth"]
    """Beliefs by filtering, or by Viterbi or smoothing, which look ahead (``model.look=full``)."""
    thresholds: Scope
    """One threshold for all tags, one for Alerts and one for Confirms (``group``), or one for each tag."""
    once: bool
    """Whether each tag is given at most once per dialogue."""
    score: Literal["onset", "fresh", "begun"] = "onset"
    """Which belief is thresholded: an onset now, an onset now given none before, or begun by now."""


class DistillConfig(Section):
    """How a student learns from ``teacher``."""

    weight: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of the teacher's beliefs in the loss; the labels have the rest."""
    folds: NonNegativeInt = 5
    """A run that teaches is trained anew without each of so many parts of train, and believes what it does about that
    part; 0 takes the trained run's own beliefs, which are near-hard labels on what it was trained on. A predictions
    file is taken as it is.
    """
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.02
    """Where a predictions file has tags without probabilities: how far from certain they are taken to be. A tag is then
    believed at 1 - smoothing / 2, and any other at smoothing / 2, about the share of turns on which a tag begins.
    """
    unlabelled: PathText | None = None
    """A file of dialogues that only the teacher says something about."""
    identity: str | None = None
    """Of the teachers and of the unlabelled file; training fills it in."""


class OptimConfig(Section):
    epochs: PositiveInt
    """Passes over the training dialogues, at most."""
    patience: PositiveInt
    """Epochs without a better validation score before training stops. The score, by which the epoch that is kept is
    chosen too, is turn micro F1 on validation at that epoch's best threshold; macro F1 of exclusive classes.
    """
    dialogues_per_step: PositiveInt
    """Dialogues behind each step of the optimiser."""
    encoder_lr: PositiveFloat
    """Highest learning rate of the turn encoder, but for its detectors."""
    head_lr: PositiveFloat
    """Highest learning rate of detectors and of everything above the turn encoder."""
    weight_decay: Annotated[float, Field(ge=0)]
    """Of AdamW."""
    warmup: Annotated[float, Field(ge=0, le=1)]
    """Share of all steps over which the learning rates rise; they then fall linearly to 0."""
    clip: PositiveFloat
    """Largest norm of a step's gradient."""


class TrainerConfig(Section):
    accelerator: Literal["cpu", "gpu"]
    """Where the tagger is trained."""
    precision: Literal["32", "bf16"]
    """Of the turn encoder in training; chains, scoring and saved weights are float32 always."""
    devices: PositiveInt | Literal["auto"] = 1
    """How many share the dialogues of a training step; validation and scoring need one."""
    token_budget: PositiveInt
    """Word pieces, padding included, in one pass through the turn encoder."""
    tensorboard: bool
    """Whether TensorBoard's files are written too (the extra ``.[tensorboard]``)."""
    progress: bool
    """Whether a progress bar is shown."""
    threads: PositiveInt | Literal["auto"] = "auto"
    """Of the processor; ``auto``: the cores that nobody else uses at the start, or ``OMP_NUM_THREADS``. A run that goes
    on keeps its number: another one rounds differently.
    """


class ReportConfig(Section):
    text: ReportText = "shown"
    """``hidden`` leaves the turns' text out of ``report.html``."""
