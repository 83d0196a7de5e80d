"""The systems of ``target=training``: fresh weights, what they do in one measurement, and how much that is."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

from crisis_turns.config import RunConfig
from crisis_turns.data.batch import Batch, Collate
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.model.encoders.architecture import inner_width
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.encoders.dropout import with_dropout
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.model.neural_tagger import build_tagger
from crisis_turns.speed.memory import alone, highest_mib
from crisis_turns.speed.settings import Part, Precision
from crisis_turns.training.optim import optimizer_and_schedule

TRAINING_BATCH, TAGGING_BATCH, PLAIN_BATCH = 8, 16, 4
_NO_LIMIT = 1 << 40
"""As budget and as cost of a group: all in one."""


@dataclass(frozen=True)
class Contender:
    """A system before it is built.

    Attributes:
        name: in tables and figures.
        config: of its training run.
        plain: batches of 4 dialogues with every turn padded to the longest of all, instead of groups of like length;
            layers as the library has them.
    """

    name: str
    config: RunConfig
    plain: bool = False

    def peak_mib(self, dialogues: Sequence[Dialogue], device: torch.device, part: Part, precision: Precision) -> float:
        """MiB at the highest point of two passes: of the GPU's memory, or of a whole process of its own on a CPU."""
        return alone(_peak_mib, self, dialogues, device, part, precision)


@dataclass(frozen=True)
class Cost:
    """What one pass is made of.

    Attributes:
        tokens: word pieces through the encoder, padding not counted.
        positions: the same with padding.
        flop: of the encoder's layers over the tokens; embeddings cost next to nothing. A backward pass costs twice the
            forward pass, of the layers that train.
    """

    tokens: int
    positions: int
    flop: float


class Workload:
    """A contender on a device with its optimiser and the dialogues that it reads.

    Args:
        contender: what to build.
        dialogues: read in each pass; encoded here, outside all measurements.
        device: where the model stands.
    """

    def __init__(self, contender: Contender, dialogues: Sequence[Dialogue], device: torch.device) -> None:
        config = contender.config
        budget = config.trainer.token_budget
        torch.manual_seed(config.seed)
        self.contender, self.device = contender, device
        self.tagger = build_tagger(load_backbone(config.encoder.name), config)
        self.model = self.tagger.model.to(device)
        assert isinstance(self.model.turn_encoder, TransformerTurnEncoder)
        self.encoder = self.model.turn_encoder
        if contender.plain:
            self.encoder.packs = False
            with_dropout([self.encoder.backbone], nn.Dropout)
        self.encoded = self.tagger.tokenizer(dialogues, self.tagger.tags)
        if config.encoder.trainable_layers != "all":
            with cache_of_its_own():
                self.encoded = self.encoder.with_frozen_part(self.encoded, token_budget=budget, to_train=True)
        self.optimizer, _ = optimizer_and_schedule(self.model, config.optim, steps=1000)

    def batches(self, part: Part) -> Iterator[Batch]:
        """The dialogues as this system batches them, on the device."""
        ours = TRAINING_BATCH if part == "training" else TAGGING_BATCH
        size = PLAIN_BATCH if self.contender.plain else ours
        for start in range(0, len(self.encoded), size):
            batch = self.collate(self.encoded[start : start + size], part)
            yield (batch.pin_memory() if self.device.type == "cuda" else batch).to(self.device)

    def collate(self, dialogues: Sequence[EncodedDialogue], part: Part) -> Batch:
        """One batch, where the system takes them together."""
        if self.contender.plain:
            return Collate(_NO_LIMIT, group_cost=_NO_LIMIT)(dialogues)
        precision = self.encoder.precision if part == "training" else self.encoder.scoring_precision
        cost = self.encoder.group_cost(self.device, precision)
        return Collate(self.contender.config.trainer.token_budget, group_cost=cost)(dialogues)

    def read(self, part: Part, precision: Precision) -> None:
        """One pass."""
        if part == "training":
            self.train(precision)
        else:
            self.tag(precision)

    def train(self, precision: Precision) -> None:
        """One epoch."""
        self.model.train()
        self.encoder.precision = precision
        for batch in self.batches("training"):
            self.step(batch)

    def step(self, batch: Batch) -> None:
        """One step of the optimiser, in training mode."""
        self.optimizer.zero_grad()
        loss = self.model.loss(self.model(batch), batch, kind=self.contender.config.loss)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(self.model.parameters(), self.contender.config.optim.clip)
        self.optimizer.step()

    @torch.no_grad()
    def tag(self, precision: Precision) -> None:
        """Beliefs about every user turn."""
        self.model.eval()
        self.encoder.scoring_precision = precision
        for batch in self.batches("tagging"):
            self.model.posterior(self.model(batch), batch).onset.cpu()

    @torch.no_grad()
    def encode(self, batches: Sequence[Batch], precision: Precision) -> None:
        """The turn encoder's forward pass alone, over batches made before."""
        self.model.eval()
        self.encoder.scoring_precision = precision
        for batch in batches:
            self.encoder(batch.groups, batch.n_distinct)

    def cost(self, part: Part) -> Cost:
        """The cost of one pass."""
        sizes, n = self.encoder.backbone.config, self.contender.config.encoder.trainable_layers
        width, inner = sizes.hidden_size, inner_width(sizes)
        layers = sizes.num_hidden_layers if n == "all" else n
        groups = [group for batch in self.batches(part) for group in batch.groups]
        lengths = torch.cat([group.mask.sum(1) for group in groups]).double()
        per_token = 2 * (4 * width**2 + 2 * width * inner)
        flop = layers * float((lengths * per_token + 4 * width * lengths**2).sum())
        positions = sum(group.mask.numel() for group in groups)
        return Cost(int(lengths.sum()), positions, flop * (3 if part == "training" else 1))


def _peak_mib(
    contender: Contender, dialogues: Sequence[Dialogue], device: torch.device, part: Part, precision: Precision
) -> float:
    workload = Workload(contender, dialogues, device)
    for _ in range(2):
        workload.read(part, precision)
    return torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else highest_mib()


@contextmanager
def cache_of_its_own() -> Iterator[None]:
    """Random text does not belong in the user's cache; what is mapped from it outlives the folder."""
    before = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        try:
            yield
        finally:
            del os.environ["XDG_CACHE_HOME"]
            if before is not None:
                os.environ["XDG_CACHE_HOME"] = before
