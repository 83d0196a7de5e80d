"""An encoder cut in two below its top layers, so that what the frozen part gives can be kept.

Both halves share their modules with the whole: they train with it, move with it, and add no parameters of their own.
"""

import copy
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

SPLITTABLE = ("bert", "roberta", "xlm-roberta", "mpnet")
"""Model types known to be ``embeddings``, then ``encoder.layer`` from bottom to top, and nothing after."""


class _Given(nn.Module):
    """Stands where the embeddings were: hands on the states it is given."""

    def forward(self, inputs_embeds: Tensor, **_: object) -> Tensor:
        return inputs_embeds


def lower_part(backbone: PreTrainedModel, n: int) -> PreTrainedModel:
    """The encoder without its top n layers."""
    part: PreTrainedModel = _with_layers(backbone, lambda layers: layers[: len(layers) - n])
    return part


def upper_part(backbone: PreTrainedModel, n: int) -> PreTrainedModel:
    """The encoder's top n layers: ``inputs_embeds`` are the hidden states that enter the first of them."""
    part: PreTrainedModel = _with_layers(backbone, lambda layers: layers[len(layers) - n :])
    part.embeddings = _Given()
    return part


def _with_layers(backbone: Any, choose: Callable[[Any], nn.ModuleList]) -> Any:
    part = _shell(backbone)
    part.encoder = _shell(backbone.encoder)
    part.encoder.layer = choose(backbone.encoder.layer)
    return part


def _shell(module: nn.Module) -> Any:
    """The same module with a list of children of its own; the children are shared."""
    shell = copy.copy(module)
    shell._modules = dict(module._modules)
    return shell
