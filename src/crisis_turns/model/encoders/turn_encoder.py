"""A pretrained encoder over each turn: word pieces to turn vectors by mean pooling over all of a turn's real tokens."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from crisis_turns.data.groups import PieceGroup
from crisis_turns.model.encoders.layer_split import lower_part, upper_part


class TurnEncoder(nn.Module):
    """Encodes groups of word-piece runs; each run is read alone, a turn's runs are pooled together.

    Args:
        backbone: a Hugging Face encoder; its pooler, if any, is not used.
        trainable_layers: 0 freezes everything, n trains the top n layers, ``all`` everything. Frozen parts never drop
            out.
        precision: ``bf16`` trains the encoder under autocast; pooling and everything after is float32.

    Attributes:
        scoring_precision: the same outside training; float32, or beliefs would differ from place to place.
    """

    def __init__(
        self,
        backbone: PreTrainedModel,
        *,
        trainable_layers: int | Literal["all"],
        precision: Literal["32", "bf16"] = "32",
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.precision = precision
        self.scoring_precision: Literal["32", "bf16"] = "32"
        self.width: int = backbone.config.hidden_size
        self.trainable_layers = trainable_layers
        if trainable_layers != "all":
            self.backbone.requires_grad_(False)
            layers = transformer_layers(backbone)
            for layer in layers[len(layers) - min(trainable_layers, len(layers)) :]:
                layer.requires_grad_(True)

    @property
    def frozen(self) -> bool:
        return self.trainable_layers == 0

    def train(self, mode: bool = True) -> "TurnEncoder":
        super().train(mode)
        if mode and self.trainable_layers != "all":
            self.backbone.train(False)
            for layer in transformer_layers(self.backbone):
                layer.train(next(layer.parameters()).requires_grad)
        return self

    @property
    def lower(self) -> PreTrainedModel:
        """The frozen part below the top ``trainable_layers``."""
        assert self.trainable_layers != "all"
        return lower_part(self.backbone, self.trainable_layers)

    def lower_states(self, group: PieceGroup) -> Tensor:
        """``(P, L, H)`` hidden states that enter the first trainable layer."""
        states: Tensor = self.lower(input_ids=group.ids, attention_mask=self._attention_mask(group)).last_hidden_state
        return states

    def forward(self, groups: Sequence[PieceGroup], n_turns: int) -> Tensor:
        """Vectors of the groups' turns, ``(n_turns, H)`` float32; 0 for a turn of which nothing is read."""
        device = next(self.parameters()).device
        bf16 = (self.precision if self.training else self.scoring_precision) == "bf16"
        sums = torch.zeros(n_turns, self.width, device=device)
        counts = torch.zeros(n_turns, 1, device=device)
        for group in groups:
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
                hidden = self._hidden(group)
            real = group.mask[..., None]
            sums = sums.index_add(0, group.turn, torch.where(real, hidden.float(), 0).sum(1))
            counts = counts.index_add(0, group.turn, real.sum(1).float())
        return sums / counts.clamp(min=1)

    def _hidden(self, group: PieceGroup) -> Tensor:
        """``(P, L, H)`` hidden states of the last layer."""
        hidden: Tensor
        mask = self._attention_mask(group)
        if group.states is None:
            hidden = self.backbone(input_ids=group.ids, attention_mask=mask).last_hidden_state
        else:
            assert self.trainable_layers != "all"
            upper = upper_part(self.backbone, self.trainable_layers)
            hidden = upper(inputs_embeds=group.states, attention_mask=mask).last_hidden_state
        return hidden

    def _attention_mask(self, group: PieceGroup) -> Tensor | None:
        """What the backbone is told of padding.

        The library looks into a two-dimensional mask to see whether it is needed, which would make a GPU's host wait.
        """
        if not group.padded:
            return None
        if self.backbone.config._attn_implementation != "sdpa":
            return group.mask
        return group.mask[:, None, None].expand(-1, -1, group.mask.shape[1], -1)


def transformer_layers(backbone: PreTrainedModel) -> nn.ModuleList:
    """The encoder's layers, bottom first: its one module list of ``num_hidden_layers`` entries."""
    count = backbone.config.num_hidden_layers
    for module in backbone.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    raise ValueError(f"{type(backbone).__name__} has no list of {count} layers")
