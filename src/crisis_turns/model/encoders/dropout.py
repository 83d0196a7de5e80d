"""Dropout of a tuned encoder at a third of its usual cost on a CPU, where drawing the mask one number at a time took as
long as the layer's matrix products did.

A mask comes from 16 random bits per element (Srivastava et al. 2014 for the method). On a GPU torch's own is used.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

_ATTENTION = "sdpa_without_slow_dropout"
WITH_BOOLEAN_MASK = ("sdpa", _ATTENTION)
"""Names of attention that takes a mask which says what is read."""
_PLAIN = ("bert", "roberta", "xlm-roberta")
"""Model types whose attention is no more than queries, keys, values and a mask; MPNet's is written out in modules."""
_BITS = torch.iinfo(torch.int16)


def dropped(x: Tensor, p: float) -> Tensor:
    """A copy of ``x`` with each element 0 with probability ``p``, in steps of 2 to the power of -16, the others divided
    by the share kept. Draws from torch's global generator.
    """
    if x.device.type != "cpu":
        return nn.functional.dropout(x, p)
    words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64)
    words.random_(torch.iinfo(torch.int64).min, None)  # all 64 bits, four elements' worth
    threshold = round(p * 2**_BITS.bits)
    kept = words.view(torch.int16)[: x.numel()].view(x.shape) >= _BITS.min + threshold
    scaled: Tensor = kept.to(x.dtype) * (1 / (1 - threshold / 2**_BITS.bits))
    return x * scaled


class Dropout(nn.Dropout):
    """Like torch's, by :func:`dropped`."""

    def forward(self, x: Tensor) -> Tensor:
        return dropped(x, self.p) if self.training and self.p else x


def with_dropout(encoder: PreTrainedModel, layers: Iterable[nn.Module]) -> None:
    """Give these layers of the encoder this dropout, between their parts and within attention. Weights, and whatever
    an encoder in evaluation computes, stay as they are.
    """
    for layer in layers:
        for module in list(layer.modules()):
            for name, child in module.named_children():
                if type(child) is nn.Dropout:
                    setattr(module, name, Dropout(child.p).train(child.training))
    if encoder.config.model_type in _PLAIN and encoder.config._attn_implementation == "sdpa":
        encoder.set_attn_implementation(_ATTENTION)


def _attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **rest: Any
) -> tuple[Tensor, Tensor | None]:
    """What the library asks of attention: ``(P, heads, L, width)`` each, to ``(P, L, heads, width)``.

    ``scaled_dot_product_attention`` has no kernel with dropout for the CPU and falls back to float32 products.
    """
    p = rest.get("dropout", 0.0)
    if not p or query.device.type != "cpu":
        return sdpa_attention_forward(module, query, key, value, attention_mask, **rest)
    scores = (query * rest["scaling"]) @ key.transpose(-1, -2)
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, -torch.inf)
    weights = scores.softmax(-1, dtype=torch.float32).to(value.dtype)
    return (dropped(weights, p) @ value).transpose(1, 2).contiguous(), None


AttentionInterface.register(_ATTENTION, _attention)
AttentionMaskInterface.register(_ATTENTION, sdpa_mask)
