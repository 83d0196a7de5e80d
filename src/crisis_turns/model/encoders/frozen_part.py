"""What the frozen part of a turn encoder gives, computed once and kept.

Where all of it is frozen these are turn vectors, where only lower layers are, the hidden states that enter the first
trainable layer. Frozen parts never drop out, so nothing else ever comes out of them. All is float32, whatever precision
trains the rest: the same file serves training, validation and scoring.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from crisis_turns.data.batch import distinct_index
from crisis_turns.data.piece_groups import PieceGroup, group_pieces
from crisis_turns.data.tokenize import EncodedDialogue, Pieces
from crisis_turns.model.encoders.array_cache import cached_array, room
from crisis_turns.model.encoders.turn_encoder import TurnEncoder

log = logging.getLogger(__name__)
_CHUNK = 1024
"""Turns that are sorted by length together."""


@torch.no_grad()
def with_vectors(
    dialogues: Sequence[EncodedDialogue], encoder: TurnEncoder, backbone: PreTrainedModel, *, token_budget: int
) -> list[EncodedDialogue]:
    """The dialogues with ``vectors``, from the cache where it has them.

    Args:
        encoder: all of it frozen, in evaluation mode.
        backbone: whose configuration and weights decide the vectors.
    """
    turns, of_dialogue = _distinct(dialogues)

    def fill(array: np.ndarray) -> None:
        for begin in range(0, len(turns), _CHUNK):
            part = turns[begin : begin + _CHUNK]
            groups = [group.to(backbone.device) for group in group_pieces(part, token_budget)]
            array[begin : begin + _CHUNK] = encoder(groups, len(part)).cpu().numpy()

    vectors = cached_array(_key("vectors", turns, backbone), (len(turns), encoder.width), fill)  # (U, H)
    return [replace(d, vectors=vectors[own]) for d, own in zip(dialogues, of_dialogue, strict=True)]


@torch.no_grad()
def with_states(
    dialogues: Sequence[EncodedDialogue],
    lower: PreTrainedModel,
    read: Callable[[PieceGroup], Tensor],
    *,
    token_budget: int,
) -> list[EncodedDialogue]:
    """The dialogues with ``states``, from the cache where it has them.

    They come back as they are where the states are too many to keep; the log then says so.

    Args:
        lower: the frozen layers, in evaluation mode.
        read: a group's ``(P, L, H)`` hidden states after them.
    """
    turns, of_dialogue = _distinct(dialogues)
    runs = [run for pieces in turns for run in pieces]
    of_run, of_turn = _spans([len(run) for run in runs]), _spans([sum(map(len, pieces)) for pieces in turns])
    shape = of_turn[-1].stop, lower.config.hidden_size  # the turns' runs end to end
    if (size := 4 * shape[0] * shape[1]) > room():
        gib = f"{size / 2**30:.1f} GiB"
        log.info("hidden states are not kept: %s are more than half of the cache's limit or of the free disk", gib)
        return list(dialogues)

    def fill(array: np.ndarray) -> None:
        for begin in range(0, len(runs), _CHUNK):
            for group in group_pieces([(run,) for run in runs[begin : begin + _CHUNK]], token_budget):
                hidden = read(group.to(lower.device)).cpu().numpy()
                for states, run in zip(hidden, group.turn.tolist(), strict=True):
                    span = of_run[begin + run]
                    array[span] = states[: span.stop - span.start]

    states = cached_array(_key("states", turns, lower), shape, fill)
    return [
        replace(d, states=tuple(states[of_turn[turn]] for turn in own))
        for d, own in zip(dialogues, of_dialogue, strict=True)
    ]


def _distinct(dialogues: Sequence[EncodedDialogue]) -> tuple[list[Pieces], list[np.ndarray]]:
    """Every distinct turn once, and the numbers of each dialogue's turns among them."""
    turns = [pieces for dialogue in dialogues for pieces in dialogue.pieces]
    index = distinct_index(turns)
    of_dialogue = [index[a:b] for a, b in pairwise(np.cumsum([0, *(len(d.pieces) for d in dialogues)]))]
    return [turns[first] for first in np.unique(index, return_index=True)[1]], of_dialogue


def _key(kind: str, turns: Sequence[Pieces], part: PreTrainedModel) -> str:
    """Hash of all that decides the result; the word pieces stand for text and tokenizer."""
    digest = hashlib.sha256(f"{kind} float32 {part.config.to_json_string()}".encode())
    for name, weight in sorted(part.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    for pieces in turns:
        for run in pieces:
            digest.update(np.array([-1, *run], dtype=np.int32).tobytes())
        digest.update(b"turn")
    return digest.hexdigest()[:32]


def _spans(lengths: Sequence[int]) -> list[slice]:
    """Where each of some rows of these lengths stands when they are laid end to end."""
    return [slice(a, b) for a, b in pairwise(np.cumsum([0, *lengths]).tolist())]
