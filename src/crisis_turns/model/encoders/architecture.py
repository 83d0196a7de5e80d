"""Which encoders can be turn encoders, and the facts about one that its configuration spells in several ways."""

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from crisis_turns.data.piece_groups import PieceGroup
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.hidden_states import hidden_states

_POSITIONS = ("position_embeddings", "embed_positions")
"""What the library calls the table of learnt or fixed position vectors; relative positions have none."""
_TOLERANCE = 1e-4
"""Of a hidden state beside padding, relative to the largest one: a hundred times what float32's rounding does."""


def check_kind(config: PreTrainedConfig, origin: str) -> None:
    """Refuse what is no encoder, before its weights are read.

    Raises:
        InputError: naming the encoder and its model type.
    """
    kind = config.model_type
    if config.is_encoder_decoder:
        raise InputError(f"encoder={origin}: expected an encoder alone, found {kind}, which has a decoder as well")
    if kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES or getattr(config, "is_decoder", False):
        raise InputError(
            f"encoder={origin}: expected an encoder that was trained as a masked language model (bert, roberta, …), "
            f"found {kind}"
        )


@torch.no_grad()
def check_reading(encoder: PreTrainedModel, short: list[int], long: list[int], origin: str) -> None:
    """Read two runs of word pieces alone and together: what is beside a text must not change its hidden states.

    Args:
        encoder: in evaluation mode.

    Raises:
        InputError: if it cannot read them, or reads padding as if it were text.
    """
    ids = torch.zeros(2, len(long), dtype=torch.int64)
    mask = torch.arange(len(long)) < torch.tensor([[len(short)], [len(long)]])
    for row, run in enumerate((short, long)):
        ids[row, : len(run)] = torch.tensor(run)
    rows = torch.arange(2)
    try:
        with torch.random.fork_rng(devices=[]):  # sparse attention draws
            together = hidden_states(encoder, PieceGroup(ids, mask, rows))
            alone = [
                hidden_states(encoder, PieceGroup(ids[row, None, :n], mask[row, None, :n], rows[:1], padded=False))
                for row, n in enumerate((len(short), len(long)))
            ]
    except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, AssertionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        kind = encoder.config.model_type
        raise InputError(f"encoder={origin}: {kind} cannot read two texts of unlike length ({reason})") from error
    if together.shape != (*ids.shape, encoder.config.hidden_size):
        raise InputError(
            f"encoder={origin}: expected hidden states of shape {(*ids.shape, encoder.config.hidden_size)}, one per "
            f"word piece, found {tuple(together.shape)}"
        )
    if not all(states.isfinite().all() for states in (together[mask], *alone)):
        raise InputError(f"encoder={origin}: its hidden states are no finite numbers; are its weights whole?")
    if any(_differ(states[0], together[row, : states.shape[1]]) for row, states in enumerate(alone)):
        raise InputError(
            f"encoder={origin}: {encoder.config.model_type} reads padding as if it were text, so a turn's vector would "
            "depend on the turns beside it"
        )


def _differ(states: Tensor, other: Tensor) -> bool:
    return bool((states - other).abs().max() > _TOLERANCE * states.abs().max())


def longest_run(encoder: PreTrainedModel) -> int | None:
    """How many word pieces, special tokens included, its positions reach; ``None`` where they are relative.

    RoBERTa and its kin count positions from the one behind the padding's.
    """
    tables = [
        table
        for name, table in encoder.named_modules()
        if isinstance(table, nn.Embedding) and name.rpartition(".")[2] in _POSITIONS
    ]
    if not tables:
        return None
    rows = min(table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1) for table in tables)
    configured: int = encoder.config.max_position_embeddings
    return min(rows, configured)


def inner_width(config: PreTrainedConfig) -> int:
    """Of the feed-forward part of a layer; XLM has no key for it."""
    keys = ("intermediate_size", "hidden_dim")
    return next((int(getattr(config, key)) for key in keys if hasattr(config, key)), 4 * config.hidden_size)


def transformer_layers(encoder: PreTrainedModel) -> nn.ModuleList:
    """The encoder's layers, bottom first: its one outermost list of ``num_hidden_layers`` modules.

    Raises:
        InputError: if they share weights (ALBERT) or are no list of layers (XLM).
    """
    count = encoder.config.num_hidden_layers
    lists = {name: module for name, module in encoder.named_modules() if isinstance(module, nn.ModuleList)}
    outer = [
        module
        for name, module in lists.items()
        if len(module) == count and not any(name.startswith(f"{other}.") for other in lists)
    ]
    if len(outer) != 1:
        raise InputError(
            f"encoder.trainable_layers: the layers of {encoder.config.model_type} are no list of {count} separate "
            "ones, so they cannot be trained in part; give encoder.trainable_layers=0 or encoder.trainable_layers=all"
        )
    return outer[0]
