"""What every kind of turn encoder does: for training, tagging, streams and export."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, Self

import torch
from torch import Tensor, nn

from crisis_turns.config import RunConfig
from crisis_turns.data.piece_groups import CPU_GROUP_COST, GPU_GROUP_COST, PieceGroup
from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.model.encoders.backbone import Backbone

Precision = Literal["32", "bf16"]


class TurnEncoder(nn.Module, ABC):
    """Groups of word-piece runs to turn vectors; a turn's runs are pooled together.

    Attributes:
        width: H, of a turn vector.
        has_frozen_part: whether some of it never trains, so that :meth:`with_frozen_part` saves work.
        precision: ``bf16`` trains it under autocast, where the kind has use for that; vectors are float32 always.
        scoring_precision: the same outside training; float32, or beliefs would differ from place to place.
    """

    width: int
    has_frozen_part: bool = False
    precision: Precision = "32"
    scoring_precision: Precision = "32"

    @classmethod
    @abstractmethod
    def configured(cls, backbone: Backbone, config: RunConfig) -> Self:
        """Untrained, over a pretrained encoder; fresh weights are drawn from torch's global generator."""

    @abstractmethod
    def pooled(self, groups: Sequence[PieceGroup], n_turns: int) -> tuple[Tensor, Tensor]:
        """Weighted sums over the tokens of each turn and their weights: ``(n_turns, H)`` and ``(n_turns, H or 1)``
        float32, both 0 for a turn of which nothing is read. Of a turn that is read in parts both add up.
        """

    def forward(self, groups: Sequence[PieceGroup], n_turns: int) -> Tensor:
        """Vectors of the groups' turns, ``(n_turns, H)`` float32; 0 for a turn of which nothing is read."""
        return weighted_mean(*self.pooled(groups, n_turns))

    def group_cost(self, device: torch.device, precision: Precision) -> int:
        """What one more group costs on this device, in training where that is bf16: see :func:`group_pieces`."""
        return GPU_GROUP_COST if device.type == "cuda" else CPU_GROUP_COST

    def initialise(self, backbone: Backbone, dialogues: Sequence[EncodedDialogue], *, token_budget: int) -> None:
        """Start from what the encoder and the training dialogues say, where the kind does; before the first step."""

    def with_frozen_part(
        self, dialogues: Sequence[EncodedDialogue], *, token_budget: int, to_train: bool = False
    ) -> list[EncodedDialogue]:
        """The dialogues with ``vectors`` or ``states``, which :meth:`forward` and batches take in place of word pieces.

        They come back as they are where no part of the encoder can be left out.

        Args:
            to_train: whether they are trained from, so that states may be of half precision; never scored then.
        """
        return list(dialogues)


def weighted_mean(sums: Tensor, weights: Tensor) -> Tensor:
    """Quotient of what :meth:`TurnEncoder.pooled` gives; 0 where nothing was read."""
    return sums / torch.where(weights > 0, weights, 1)
