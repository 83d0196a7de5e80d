"""Linear layers, norms and activations see all word pieces of a step as one matrix; attention works group by group.

With a matrix per group oneDNN compiled kernels for new numbers of rows at every step, which took as long as the
products. So the rows are also filled up to a multiple of ``_ROWS``: few numbers of rows in all.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from crisis_turns.data.piece_groups import PieceGroup
from crisis_turns.model.encoders.dropout import dropped
from crisis_turns.model.encoders.hidden_states import PACKING, read_from
from crisis_turns.model.encoders.layer_split import upper_part

_ROWS = 256
"""Word pieces: half as many are filler in a pack, on average, and a step has thousands."""
_PLAIN = ("bert", "roberta", "xlm-roberta")
"""Model types whose attention is no more than queries, keys, values and a mask."""


def with_packs(encoder: PreTrainedModel) -> bool:
    """Give the encoder the attention for :func:`packed_hidden_states`, if it can have it, and say whether it has. Group
    by group it is the library's to the bit.
    """
    if encoder.config.model_type in _PLAIN and encoder.config._attn_implementation == "sdpa":
        encoder.set_attn_implementation(PACKING)
    chosen: str | None = encoder.config._attn_implementation
    return chosen == PACKING


def packed_hidden_states(encoder: Any, groups: Sequence[PieceGroup], *, budget: int) -> Iterator[Tensor]:
    """``(P, L, H)`` hidden states of the last layer for each group, gradients included.

    Args:
        encoder: one :func:`with_packs`, or its part above the states that the groups hold.
        budget: most word pieces in a pack, if it holds more than one group.
    """
    layers = upper_part(encoder, len(encoder.encoder.layer))
    for pack in _packs(groups, budget):
        rows = torch.cat([encoder.embeddings(**read_from(group)).flatten(0, 1) for group in pack])
        filled = nn.functional.pad(rows, (0, 0, 0, -len(rows) % _ROWS))
        hidden = layers(inputs_embeds=filled[None], groups=pack).last_hidden_state[0]
        sizes = [group.mask.numel() for group in pack]
        for group, states in zip(pack, hidden[: len(rows)].split(sizes), strict=True):
            yield states.view(*group.mask.shape, -1)


def _packs(groups: Sequence[PieceGroup], budget: int) -> Iterator[list[PieceGroup]]:
    pack: list[PieceGroup] = []
    size = 0
    for group in groups:
        if pack and size + group.mask.numel() > budget:
            yield pack
            pack, size = [], 0
        pack.append(group)
        size += group.mask.numel()
    if pack:
        yield pack


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    groups: Sequence[PieceGroup] | None = None,
    **rest: Any,
) -> tuple[Tensor, Tensor | None]:
    """What the library asks of attention: ``(1, heads, T, width)`` each, to ``(1, T, heads, width)``.

    Products are in float32, which on a CPU compiles nothing; of short runs they are a fiftieth of a layer's.
    """
    if groups is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **rest)
    sizes = [group.mask.numel() for group in groups]
    filled = query.shape[2] - sum(sizes)
    by_group = zip(*(x[0].split_with_sizes([*sizes, filled], 1) for x in (query, key, value)), strict=True)
    parts = []
    with torch.autocast(query.device.type, enabled=False):
        for group, rows in zip(groups, by_group, strict=False):
            q, k, v = (x.view(len(x), *group.mask.shape, -1).float() for x in rows)
            scores = (q * rest["scaling"]) @ k.transpose(-1, -2)
            if group.padded:
                scores = scores.masked_fill(~group.mask[:, None], -torch.inf)
            parts.append((dropped(scores.softmax(-1), rest["dropout"]) @ v).to(query.dtype).flatten(1, 2))
    parts.append(query.new_zeros(query.shape[1], filled, query.shape[3]))
    return torch.cat(parts, 1).transpose(0, 1)[None], None


AttentionInterface.register(PACKING, _attention)
AttentionMaskInterface.register(PACKING, sdpa_mask)
