"""What the frozen part of a turn encoder gives, computed once and kept.

Where all of it is frozen these are turn vectors, where only lower layers are, the hidden states that enter the first
trainable layer. Frozen parts never drop out, so nothing else ever comes out of them. All is float32, whatever precision
trains the rest: the same file serves training, validation and scoring.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from transformers import PreTrainedModel

from crisis_turns.data.batch import distinct_index
from crisis_turns.data.encode import EncodedDialogue, Pieces
from crisis_turns.data.groups import group_pieces
from crisis_turns.model.encoders.array_cache import cached_array, room
from crisis_turns.model.encoders.layer_split import SPLITTABLE
from crisis_turns.model.encoders.turn_encoder import TurnEncoder

log = logging.getLogger(__name__)
_CHUNK = 1024
"""Turns that are sorted by length together."""


@torch.no_grad()
def with_frozen_part(
    dialogues: Sequence[EncodedDialogue], encoder: TurnEncoder, *, token_budget: int
) -> list[EncodedDialogue]:
    """The dialogues with ``vectors`` or ``states``, from the cache where it has them.

    They come back as they are where no part of the encoder can be left out; the log then says why. Puts the encoder
    into evaluation mode.
    """
    encoder.eval()
    turns = [pieces for dialogue in dialogues for pieces in dialogue.pieces]
    index = distinct_index(turns)
    distinct = [turns[first] for first in np.unique(index, return_index=True)[1]]
    of_dialogue = [index[a:b] for a, b in pairwise(np.cumsum([0, *(len(d.pieces) for d in dialogues)]))]
    if encoder.frozen:
        vectors = _vectors(distinct, encoder, token_budget)
        return [replace(d, vectors=vectors[own]) for d, own in zip(dialogues, of_dialogue, strict=True)]
    spans = _spans([sum(map(len, pieces)) for pieces in distinct])
    if reason := _no_states(encoder, n_tokens=spans[-1].stop):
        log.info("hidden states are not kept: %s", reason)
        return list(dialogues)
    states = _states(distinct, encoder, token_budget)
    return [
        replace(d, states=tuple(states[spans[turn]] for turn in own))
        for d, own in zip(dialogues, of_dialogue, strict=True)
    ]


def _no_states(encoder: TurnEncoder, *, n_tokens: int) -> str | None:
    """Why hidden states are not to be kept, if so."""
    config, n = encoder.backbone.config, encoder.trainable_layers
    size = 4 * n_tokens * encoder.width
    if n == "all" or n >= config.num_hidden_layers:
        return "no layer is frozen"
    if config.model_type not in SPLITTABLE:
        return f"the parts of a {config.model_type} encoder are not known here"
    if size > room():
        return f"{size / 2**30:.1f} GiB are more than half of the cache's limit or of the free disk"
    return None


def _vectors(turns: Sequence[Pieces], encoder: TurnEncoder, token_budget: int) -> np.ndarray:
    """``(U, H)``."""

    def fill(array: np.ndarray) -> None:
        for begin in range(0, len(turns), _CHUNK):
            part = turns[begin : begin + _CHUNK]
            groups = [group.to(device) for group in group_pieces(part, token_budget)]
            array[begin : begin + _CHUNK] = encoder(groups, len(part)).cpu().numpy()

    device = next(encoder.parameters()).device
    return cached_array(_key("vectors", turns, encoder.backbone), (len(turns), encoder.width), fill)


def _states(turns: Sequence[Pieces], encoder: TurnEncoder, token_budget: int) -> np.ndarray:
    """``(tokens, H)``: the turns' runs end to end."""
    runs = [run for pieces in turns for run in pieces]
    spans = _spans([len(run) for run in runs])

    def fill(array: np.ndarray) -> None:
        for begin in range(0, len(runs), _CHUNK):
            for group in group_pieces([(run,) for run in runs[begin : begin + _CHUNK]], token_budget):
                hidden = encoder.lower_states(group.to(device)).cpu().numpy()
                for states, run in zip(hidden, group.turn.tolist(), strict=True):
                    span = spans[begin + run]
                    array[span] = states[: span.stop - span.start]

    device = next(encoder.parameters()).device
    return cached_array(_key("states", turns, encoder.lower), (spans[-1].stop, encoder.width), fill)


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
