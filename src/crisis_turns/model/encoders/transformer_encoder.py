"""A pretrained encoder over each turn: word pieces to turn vectors by mean pooling over all of a turn's real tokens,
beside it what :mod:`~crisis_turns.model.encoders.detectors` find.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Literal, Self

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from crisis_turns.config import RunConfig
from crisis_turns.data.piece_groups import CPU_BF16_GROUP_COST, PieceGroup
from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.architecture import longest_run, transformer_layers
from crisis_turns.model.encoders.backbone import Backbone
from crisis_turns.model.encoders.detectors import Detectors
from crisis_turns.model.encoders.dropout import with_dropout
from crisis_turns.model.encoders.frozen_part import with_states, with_vectors
from crisis_turns.model.encoders.hidden_states import hidden_states
from crisis_turns.model.encoders.layer_split import SPLITTABLE, lower_part, upper_part
from crisis_turns.model.encoders.low_rank import with_low_rank
from crisis_turns.model.encoders.packed import packed_hidden_states, with_packs
from crisis_turns.model.encoders.turn_encoder import Precision, TurnEncoder

log = logging.getLogger(__name__)


class TransformerTurnEncoder(TurnEncoder):
    """Reads each run alone.

    Args:
        backbone: a Hugging Face encoder; its pooler, if any, is not used.
        trainable_layers: 0 freezes everything, n trains the top n layers, ``all`` everything. Frozen parts never drop
            out.
        rank: of what is added to each matrix of the trainable layers, which then stays as it is, as embeddings do;
            ``None`` trains them.
        precision: ``bf16`` trains the encoder under autocast; pooling and everything after is float32.
        token_budget: most word pieces in one pass where groups are trained on together.
        detectors: number of features whose maximum over a turn stands beside the mean; of an encoder that is trained.
    """

    def __init__(
        self,
        backbone: PreTrainedModel,
        *,
        trainable_layers: int | Literal["all"],
        rank: int | None = None,
        precision: Precision = "32",
        token_budget: int = 4096,
        detectors: int = 0,
    ) -> None:
        super().__init__()
        assert not detectors or trainable_layers != 0, "turn vectors of a frozen encoder are computed once"
        self.backbone = backbone
        self.precision = precision
        self.token_budget = token_budget
        self.detectors = Detectors(backbone.config.hidden_size, detectors) if detectors else None
        self.width = backbone.config.hidden_size + detectors
        self.trainable_layers = trainable_layers
        self.has_frozen_part = trainable_layers != "all"
        tuned = _tuned(backbone, trainable_layers)
        backbone.requires_grad_(False)
        for part in tuned:
            part.requires_grad_(True)
            if rank is not None:
                with_low_rank(part, rank)  # embeddings stay as they are as well
        with_dropout(tuned)
        self.packs = trainable_layers != 0 and with_packs(backbone)

    @classmethod
    def configured(cls, backbone: Backbone, config: RunConfig) -> Self:
        layers, max_tokens = config.encoder.trainable_layers, config.encoder.max_tokens
        longest = longest_run(backbone.model)
        if longest is not None and max_tokens > longest:
            raise InputError(
                f"encoder.max_tokens={max_tokens} is more than the {longest} word pieces that the positions of "
                f"encoder={backbone.origin} reach; give encoder.max_tokens={longest} or less"
            )
        width = backbone.model.config.hidden_size
        if config.encoder.rank is not None and config.encoder.rank > width:
            raise InputError(
                f"encoder.rank={config.encoder.rank} is more than the width of encoder={backbone.origin}; give "
                f"encoder.rank={width} or less"
            )
        return cls(
            backbone.model,
            trainable_layers=layers,
            rank=config.encoder.rank,
            precision=config.trainer.precision,
            token_budget=config.trainer.token_budget,
            detectors=config.neural.detectors if layers else 0,
        )

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if mode and self.trainable_layers != "all":
            self.backbone.train(False)
            for part in _tuned(self.backbone, self.trainable_layers):
                part.train()
        return self

    def group_cost(self, device: torch.device, precision: Precision) -> int:
        compiles = device.type == "cpu" and precision == "bf16" and not self.packs
        return CPU_BF16_GROUP_COST if compiles else super().group_cost(device, precision)

    def with_frozen_part(
        self, dialogues: Sequence[EncodedDialogue], *, token_budget: int, to_train: bool = False
    ) -> list[EncodedDialogue]:
        """See :class:`TurnEncoder`; where nothing can be left out the log says why. Puts it into evaluation mode."""
        self.eval()
        if self.trainable_layers == 0:
            return with_vectors(dialogues, self, self.backbone, token_budget=token_budget)
        if self.trainable_layers == "all" or self.trainable_layers >= self.backbone.config.num_hidden_layers:
            reason = "no layer is frozen"
        elif self.backbone.config.model_type not in SPLITTABLE:
            reason = f"the parts of a {self.backbone.config.model_type} encoder are not known here"
        else:
            lower = lower_part(self.backbone, self.trainable_layers)
            precision = self.precision if to_train else None
            return with_states(dialogues, lower, token_budget=token_budget, precision=precision)
        log.info("hidden states are not kept: %s", reason)
        return list(dialogues)

    def pooled(self, groups: Sequence[PieceGroup], n_turns: int) -> tuple[Tensor, Tensor]:
        device = next(self.parameters()).device
        bf16 = (self.precision if self.training else self.scoring_precision) == "bf16"
        sums = torch.zeros(n_turns, self.width, device=device)
        weights = torch.zeros(n_turns, self.width if self.detectors else 1, device=device)
        # a cached copy of a weight would have the gradients of all groups added up in bf16
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16, cache_enabled=False):
            for group, hidden in zip(groups, self._read(groups, device), strict=True):
                with torch.autocast(device.type, enabled=False):
                    of_runs = self._pool(hidden.float(), group.mask[..., None])
                sums, weights = (
                    total.index_add(0, group.turn, part) for total, part in zip((sums, weights), of_runs, strict=True)
                )
        return sums, weights

    def _pool(self, hidden: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums and weights of runs, ``(P, H)`` and ``(P, H or 1)``."""
        hidden = torch.where(real, hidden, 0)  # some encoders leave no number beside a text
        total, count = hidden.sum(1), real.sum(1).float()
        if self.detectors is None:
            return total, count
        peaks, weights = self.detectors(hidden, real)
        return torch.cat((total, peaks), dim=-1), torch.cat((count.expand_as(total), weights), dim=-1)

    def _read(self, groups: Sequence[PieceGroup], device: torch.device) -> Iterator[Tensor]:
        """``(P, L, H)`` hidden states of the last layer for each group, no more of them at once than need be."""
        encoder = self.backbone
        if groups and groups[0].states is not None:
            assert self.trainable_layers != "all"
            encoder = upper_part(self.backbone, self.trainable_layers)
        if self.packs and self.training and device.type == "cpu":
            return packed_hidden_states(encoder, groups, budget=self.token_budget)
        return (hidden_states(encoder, group) for group in groups)


def _tuned(backbone: PreTrainedModel, trainable_layers: int | Literal["all"]) -> list[nn.Module]:
    """The parts that train: the top layers, the whole encoder, or nothing."""
    if trainable_layers == "all":
        return [backbone]
    if trainable_layers == 0:
        return []
    layers = transformer_layers(backbone)
    return list(layers[len(layers) - min(trainable_layers, len(layers)) :])
