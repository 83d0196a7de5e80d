"""The systems that are measured beside one another, and what they do in one measurement."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch.nn.utils import clip_grad_norm_

from crisis_turns.config import RunConfig
from crisis_turns.data.batch import Batch, Collate
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.encode import EncodedDialogue
from crisis_turns.data.groups import CPU_GROUP_COST, GPU_GROUP_COST
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.model.neural_tagger import build_tagger
from crisis_turns.speed.settings import Precision
from crisis_turns.training.optim import optimizer_and_schedule

TRAINING_BATCH, TAGGING_BATCH, PLAIN_BATCH = 8, 16, 4
_NO_LIMIT = 1 << 40
"""As budget and as cost of a group: all in one."""


@dataclass(frozen=True)
class Spec:
    """A system before it is built.

    Attributes:
        name: in tables and figures.
        config: of its training run.
        plain: batches of 4 dialogues with every turn padded to the longest of all, instead of groups of like length.
    """

    name: str
    config: RunConfig
    plain: bool = False


class System:
    """A tagger with fresh weights on a device, its optimiser, and dialogues to read.

    Args:
        spec: what to build.
        dialogues: read in each pass; encoded here, outside all measurements.
        device: where the model stands.
    """

    def __init__(self, spec: Spec, dialogues: Sequence[Dialogue], device: torch.device) -> None:
        config = spec.config
        torch.manual_seed(config.seed)
        self.spec, self.device = spec, device
        self.tagger = build_tagger(load_backbone(config.encoder.name), config)
        self.model = self.tagger.model.to(device)
        cost = GPU_GROUP_COST if device.type == "cuda" else CPU_GROUP_COST
        self.collate = (
            Collate(_NO_LIMIT, group_cost=_NO_LIMIT)
            if spec.plain
            else Collate(config.trainer.token_budget, group_cost=cost)
        )
        assert isinstance(self.model.turn_encoder, TransformerTurnEncoder)
        self.encoder = self.model.turn_encoder
        self.encoded = self.tagger.tokenizer(dialogues, self.tagger.tags)
        if config.encoder.trainable_layers != "all":
            with _cache_of_its_own():
                self.encoded = self.encoder.with_frozen_part(self.encoded, token_budget=config.trainer.token_budget)
        self.optimizer, _ = optimizer_and_schedule(self.model, config.optim, steps=1000)

    def batches(self, *, training: bool) -> Iterator[Batch]:
        """The dialogues as this system batches them, on the device."""
        ours = TRAINING_BATCH if training else TAGGING_BATCH
        for part in _parts(self.encoded, PLAIN_BATCH if self.spec.plain else ours):
            batch = self.collate(part)
            yield (batch.pin_memory() if self.device.type == "cuda" else batch).to(self.device)

    def train(self, precision: Precision) -> None:
        """One epoch."""
        self.model.train()
        self.encoder.precision = precision
        for batch in self.batches(training=True):
            self.optimizer.zero_grad()
            loss = self.model.loss(self.model(batch), batch, kind=self.spec.config.loss)
            loss.backward()  # type: ignore[no-untyped-call]
            clip_grad_norm_(self.model.parameters(), self.spec.config.optim.clip)
            self.optimizer.step()

    @torch.no_grad()
    def tag(self, precision: Precision) -> None:
        """Beliefs about every user turn."""
        self.model.eval()
        self.encoder.scoring_precision = precision
        for batch in self.batches(training=False):
            self.model.posterior(self.model(batch), batch).onset.cpu()

    @torch.no_grad()
    def encode(self, batches: Sequence[Batch], precision: Precision) -> None:
        """The turn encoder's forward pass alone, over batches made before."""
        self.model.eval()
        self.encoder.scoring_precision = precision
        for batch in batches:
            self.encoder(batch.groups, batch.n_distinct)


@dataclass(frozen=True)
class Work:
    """What a pass over some dialogues is made of.

    Attributes:
        tokens: word pieces through the encoder, padding not counted.
        positions: the same with padding.
        flop: of the encoder's layers in one forward pass over the tokens; embeddings cost next to nothing.
    """

    tokens: int
    positions: int
    flop: float


def work(system: System, *, training: bool) -> Work:
    """The work of one pass; a backward pass costs twice the forward pass, of the layers that train."""
    config, n = system.encoder.backbone.config, system.spec.config.encoder.trainable_layers
    width, inner = config.hidden_size, config.intermediate_size
    layers = config.num_hidden_layers if n == "all" else n
    groups = [group for batch in system.batches(training=training) for group in batch.groups]
    lengths = torch.cat([group.mask.sum(1) for group in groups]).double()
    per_token = 2 * (4 * width**2 + 2 * width * inner)
    flop = layers * float((lengths * per_token + 4 * width * lengths**2).sum())
    positions = sum(group.mask.numel() for group in groups)
    return Work(int(lengths.sum()), positions, flop * (3 if training else 1))


def _parts(encoded: Sequence[EncodedDialogue], size: int) -> Iterator[Sequence[EncodedDialogue]]:
    return (encoded[start : start + size] for start in range(0, len(encoded), size))


@contextmanager
def _cache_of_its_own() -> Iterator[None]:
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
