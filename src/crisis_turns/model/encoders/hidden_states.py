"""What an encoder of the library makes of a group of runs."""

from torch import Tensor
from transformers import PreTrainedModel

from crisis_turns.data.piece_groups import PieceGroup
from crisis_turns.model.encoders.packed import WITH_BOOLEAN_MASK


def hidden_states(encoder: PreTrainedModel, group: PieceGroup) -> Tensor:
    """``(P, L, H)`` hidden states of the last layer of an encoder, or of a part of one."""
    read = {"input_ids": group.ids} if group.states is None else {"inputs_embeds": group.states.float()}
    hidden: Tensor = encoder(**read, attention_mask=_attention_mask(encoder, group)).last_hidden_state
    return hidden


def _attention_mask(encoder: PreTrainedModel, group: PieceGroup) -> Tensor | None:
    """What the encoder is told of padding.

    The library looks into a two-dimensional mask to see whether it is needed, which would make a GPU's host wait. A
    four-dimensional one it takes for the whole truth, so that layers with a window (ModernBERT) would lose theirs.
    """
    if not group.padded:
        return None
    windowed = "sliding_attention" in (getattr(encoder.config, "layer_types", None) or ())
    if encoder.config._attn_implementation not in WITH_BOOLEAN_MASK or windowed:
        return group.mask
    return group.mask[:, None, None].expand(-1, -1, group.mask.shape[1], -1)
