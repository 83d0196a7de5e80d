"""What the frozen part of a turn encoder gives, computed once and kept.

Where all of it is frozen these are turn vectors, where only lower layers are, the hidden states that enter the first
trainable layer. Frozen parts never drop out, so nothing else ever comes out of them.

What is scored (validation, test) is kept in float32 and computed in it. Hidden states that are trained from are many:
they are kept in half precision, and computed in the precision of training. float16 and not bf16, whose values are
three bits coarser: hidden states behind a layer norm are far below float16's largest number.

Each pass through the encoder has one thread, and as many run side by side as the process has threads: a group of turns
then gives the same numbers whoever computes it.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import DTypeLike
from transformers import PreTrainedModel

from crisis_turns.data.batch import distinct_index
from crisis_turns.data.piece_groups import group_pieces
from crisis_turns.data.tokenize import EncodedDialogue, Pieces
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.array_cache import cached_array, room
from crisis_turns.model.encoders.hidden_states import hidden_states
from crisis_turns.model.encoders.turn_encoder import Precision, TurnEncoder

log = logging.getLogger(__name__)
_CHUNK = 1024
"""Turns that are sorted by length together: one part of the work."""


def with_vectors(
    dialogues: Sequence[EncodedDialogue], encoder: TurnEncoder, backbone: PreTrainedModel, *, token_budget: int
) -> list[EncodedDialogue]:
    """The dialogues with ``vectors``, from the cache where it has them.

    Args:
        encoder: all of it frozen, in evaluation mode.
        backbone: whose configuration and weights decide the vectors.
    """
    turns, of_dialogue = _distinct(dialogues)

    def fill(array: np.ndarray, begin: int) -> None:
        part = turns[begin : begin + _CHUNK]
        groups = [group.to(backbone.device) for group in group_pieces(part, token_budget)]
        array[begin : begin + _CHUNK] = encoder(groups, len(part)).cpu().numpy()

    key = _key("vectors float32", turns, backbone)
    vectors = _kept(key, (len(turns), encoder.width), fill, len(turns), backbone.device)  # (U, H)
    return [replace(d, vectors=vectors[own]) for d, own in zip(dialogues, of_dialogue, strict=True)]


def with_states(
    dialogues: Sequence[EncodedDialogue], lower: PreTrainedModel, *, token_budget: int, precision: Precision | None
) -> list[EncodedDialogue]:
    """The dialogues with ``states``, from the cache where it has them.

    They come back as they are where the states are too many to keep; the log then says so.

    Args:
        lower: the frozen layers, in evaluation mode.
        precision: of training; ``None`` where nothing is trained from the states.

    Raises:
        InputError: if a hidden state is no number of half precision.
    """
    turns, of_dialogue = _distinct(dialogues)
    runs = [run for pieces in turns for run in pieces]
    of_run, of_turn = _spans([len(run) for run in runs]), _spans([sum(map(len, pieces)) for pieces in turns])
    shape = of_turn[-1].stop, lower.config.hidden_size  # the turns' runs end to end
    dtype = np.dtype(np.float16 if precision else np.float32)
    if (size := dtype.itemsize * shape[0] * shape[1]) > room():
        gib = f"{size / 2**30:.1f} GiB"
        log.info("hidden states are not kept: %s are more than half of the cache's limit or of the free disk", gib)
        return list(dialogues)

    def fill(array: np.ndarray, begin: int) -> None:
        for group in group_pieces([(run,) for run in runs[begin : begin + _CHUNK]], token_budget):
            with torch.autocast(lower.device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
                hidden = hidden_states(lower, group.to(lower.device))
            read = hidden.float().cpu().numpy()
            if precision and not np.abs(read).max() <= np.finfo(np.float16).max:
                raise InputError(
                    "encoder: its hidden states are too large to be kept in half precision; give "
                    "encoder.trainable_layers=all or encoder.trainable_layers=0"
                )
            for states, run in zip(read, group.turn.tolist(), strict=True):
                span = of_run[begin + run]
                array[span] = states[: span.stop - span.start]

    kind = f"states {f'float16, computed in {precision}' if precision else 'float32'}"
    states = _kept(_key(kind, turns, lower), shape, fill, len(runs), lower.device, dtype)
    return [
        replace(d, states=tuple(states[of_turn[turn]] for turn in own))
        for d, own in zip(dialogues, of_dialogue, strict=True)
    ]


def _kept(
    key: str,
    shape: tuple[int, int],
    fill: Callable[[np.ndarray, int], None],
    n: int,
    device: torch.device,
    dtype: DTypeLike = np.float32,
) -> np.ndarray:
    """The array of the key.

    Args:
        fill: writes what comes of the turns or runs from this number on.
        n: how many there are.
    """
    threads = torch.get_num_threads()

    @torch.no_grad()
    def fill_part(array: np.ndarray, part: int) -> None:
        torch.set_num_threads(1)
        fill(array, part * _CHUNK)

    try:
        workers = threads if device.type == "cpu" else 1
        return cached_array(key, shape, fill_part, dtype=dtype, parts=-(-n // _CHUNK), workers=workers)
    finally:
        torch.set_num_threads(threads)


def _distinct(dialogues: Sequence[EncodedDialogue]) -> tuple[list[Pieces], list[np.ndarray]]:
    """Every distinct turn once, and the numbers of each dialogue's turns among them."""
    turns = [pieces for dialogue in dialogues for pieces in dialogue.pieces]
    index = distinct_index(turns)
    of_dialogue = [index[a:b] for a, b in pairwise(np.cumsum([0, *(len(d.pieces) for d in dialogues)]))]
    return [turns[first] for first in np.unique(index, return_index=True)[1]], of_dialogue


def _key(kind: str, turns: Sequence[Pieces], part: PreTrainedModel) -> str:
    """Hash of all that decides the result; the word pieces stand for text and tokenizer."""
    digest = hashlib.sha256(f"{kind} {part.config.to_json_string()}".encode())
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
