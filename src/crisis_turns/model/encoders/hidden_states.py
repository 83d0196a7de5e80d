"""What an encoder of the library makes of a group of runs."""

from torch import Tensor
from transformers import PreTrainedModel

from crisis_turns.data.piece_groups import PieceGroup

PACKING = "sdpa_or_packed"
"""The attention of :mod:`.packed`; with groups one by one it is the library's ``sdpa``, mask included."""


def hidden_states(encoder: PreTrainedModel, group: PieceGroup) -> Tensor:
    """``(P, L, H)`` hidden states of the last layer of an encoder, or of a part of one."""
    hidden: Tensor = encoder(**read_from(group), attention_mask=_attention_mask(encoder, group)).last_hidden_state
    return hidden


def read_from(group: PieceGroup) -> dict[str, Tensor]:
    """What an encoder, or its part above the kept states, is given of a group, but for the mask."""
    return {"input_ids": group.ids} if group.states is None else {"inputs_embeds": group.states.float()}


def _attention_mask(encoder: PreTrainedModel, group: PieceGroup) -> Tensor | None:
    """What the encoder is told of padding.

    The library looks into a two-dimensional mask to see whether it is needed, which would make a GPU's host wait. A
    four-dimensional one it takes for the whole truth, so that layers with a window (ModernBERT) would lose theirs.
    """
    if not group.padded:
        return None
    windowed = "sliding_attention" in (getattr(encoder.config, "layer_types", None) or ())
    if encoder.config._attn_implementation not in ("sdpa", PACKING) or windowed:
        return group.mask
    return group.mask[:, None, None].expand(-1, -1, group.mask.shape[1], -1)
