"""Layers that are tuned by a difference of low rank (Hu et al. 2021, LoRA): all of an encoder's layers in the room of
one.
"""

import math
from collections.abc import Callable
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import linear


class LowRankLinear(nn.Linear):
    """``x (W + up @ down)ᵀ + b``, W as it was, the rest trained; the difference is zero at first.

    Attributes:
        down: ``(rank, in)``.
        up: ``(out, rank)``.
    """

    down: nn.Parameter
    up: nn.Parameter

    @classmethod
    def around(cls, layer: nn.Linear, rank: int) -> Self:
        """Shares weight and bias with the layer; ``down`` is drawn from torch's global generator."""
        new = cls(layer.in_features, layer.out_features, bias=layer.bias is not None, device="meta")
        new.weight, new.bias = layer.weight.requires_grad_(False), layer.bias
        device = layer.weight.device
        new.down = nn.Parameter(torch.empty(rank, layer.in_features, device=device))
        nn.init.uniform_(new.down, -1 / math.sqrt(layer.in_features), 1 / math.sqrt(layer.in_features))
        new.up = nn.Parameter(torch.zeros(layer.out_features, rank, device=device))
        return new

    def forward(self, x: Tensor) -> Tensor:
        if self.training:  # two thin products: no gradient of the size of W
            return super().forward(x) + linear(linear(x, self.down), self.up)
        return linear(x, self.sum(), self.bias)

    def sum(self) -> Tensor:
        """``W + up @ down``."""
        return self.weight + self.up @ self.down

    def plain(self) -> nn.Linear:
        """One linear layer that gives the same numbers to the bit as this one in evaluation mode."""
        layer = nn.Linear(self.in_features, self.out_features, bias=self.bias is not None, device="meta")
        layer.weight, layer.bias = nn.Parameter(self.sum().detach(), requires_grad=False), self.bias
        return layer.train(self.training)


def with_low_rank(module: nn.Module, rank: int) -> None:
    """Put a :class:`LowRankLinear` in the place of every linear layer inside the module; embeddings are not trained."""
    for inside in module.modules():
        if isinstance(inside, nn.Embedding):
            inside.requires_grad_(False)
    _replace(module, nn.Linear, lambda layer: LowRankLinear.around(layer, rank))


def without_low_rank(module: nn.Module) -> None:
    """Undo it, the differences added to the weights."""
    _replace(module, LowRankLinear, LowRankLinear.plain)


def _replace(module: nn.Module, kind: type[nn.Linear], by: Callable[[Any], nn.Linear]) -> None:
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if type(child) is kind:
                setattr(parent, name, by(child))
