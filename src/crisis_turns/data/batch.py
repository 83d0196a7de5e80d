"""Batch: the seam between data and model, and how dialogues become one. Every shape of the project is named here.

Axes: B dialogues, T turns of one dialogue, N turns of the whole batch, U distinct ones among them, P runs of word
pieces in a group, L their length, S user turns of the longest chain, M user turns of the whole batch, Y tags, H width
of a turn vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from crisis_turns.data.piece_groups import CPU_GROUP_COST, PieceGroup, change_tensors, group_pieces
from crisis_turns.data.tokenize import EncodedDialogue, Pieces


@dataclass(frozen=True)
class Batch:
    """Whole dialogues, their turns laid end to end.

    What a step needs to know of its shape stands here as Python numbers, known before anything is on a device: asking a
    GPU for a value means waiting for it.

    Attributes:
        groups: the word pieces of the distinct turns, each run in exactly one group; empty if ``vectors`` are given.
        distinct: ``(N,)`` index of each turn among the U distinct ones: turns with the same word pieces share one.
        n_distinct: U.
        vectors: ``(N, H)`` turn vectors of a frozen encoder, or ``None``.
        is_user: ``(N,)`` bool.
        user: ``(M,)`` indices of the user turns.
        place: ``(M,)`` their places in a row-by-row ``(B, S)`` grid.
        longest: turns of the longest dialogue.
        first: ``(N,)`` index of the first turn of each turn's dialogue.
        last: ``(N,)`` index of the last turn of each turn's dialogue.
        gold: ``(B, S, Y)`` bool, false on padding.
        mask: ``(B, S)`` bool, true on user turns: gap-free from step 0; read row by row they are the M user turns in
            order.
        beliefs: ``(B, S, Y, 2)`` a teacher's, 0 on padding, or ``None`` (see :class:`EncodedDialogue`).
        labelled: ``(B,)`` bool: where ``gold`` is to be learnt from.
    """

    groups: tuple[PieceGroup, ...]
    distinct: Tensor
    n_distinct: int
    vectors: Tensor | None
    is_user: Tensor
    user: Tensor
    place: Tensor
    longest: int
    first: Tensor
    last: Tensor
    gold: Tensor
    mask: Tensor
    beliefs: Tensor | None
    labelled: Tensor

    @property
    def n_dialogues(self) -> int:
        return len(self.mask)

    def to(self, device: torch.device) -> "Batch":
        moved = change_tensors(self, lambda tensor: tensor.to(device, non_blocking=True))
        return replace(self, groups=tuple(group.to(device) for group in self.groups), **moved)

    def pin_memory(self) -> "Batch":
        """The batch in page-locked memory, from which copies to a GPU overlap its work."""
        groups = tuple(group.pin_memory() for group in self.groups)
        return replace(self, groups=groups, **change_tensors(self, Tensor.pin_memory))


class Collate:
    """Dialogues to a :class:`Batch`.

    Args:
        token_budget: most word pieces, padding included, in one group; a single longer run still goes alone.
        group_cost: see :func:`group_pieces`.
    """

    def __init__(self, token_budget: int, *, group_cost: int = CPU_GROUP_COST) -> None:
        self._budget, self._group_cost = token_budget, group_cost

    def __call__(self, dialogues: Sequence[EncodedDialogue]) -> Batch:
        lengths = np.array([len(d.is_user) for d in dialogues])
        ends = lengths.cumsum()
        chains = [len(d.turn_ids) for d in dialogues]
        mask = np.arange(max(chains)) < np.array(chains)[:, None]
        is_user = np.concatenate([d.is_user for d in dialogues])
        beliefs = [d.beliefs for d in dialogues if d.beliefs is not None]
        vectors = [d.vectors for d in dialogues if d.vectors is not None]
        states = [turn for d in dialogues if d.states is not None for turn in d.states]
        turns = [pieces for d in dialogues for pieces in d.pieces]
        index = distinct_index(turns)
        firsts = np.unique(index, return_index=True)[1]
        return Batch(
            groups=()
            if vectors
            else group_pieces(
                [turns[i] for i in firsts],
                self._budget,
                [states[i] for i in firsts] if states else None,
                group_cost=self._group_cost,
            ),
            distinct=torch.from_numpy(index),
            n_distinct=len(firsts),
            vectors=torch.from_numpy(np.concatenate(vectors)) if vectors else None,
            is_user=torch.from_numpy(is_user),
            user=torch.from_numpy(np.flatnonzero(is_user)),
            place=torch.from_numpy(np.flatnonzero(mask)),
            longest=int(lengths.max()),
            first=torch.from_numpy(np.repeat(ends - lengths, lengths)),
            last=torch.from_numpy(np.repeat(ends - 1, lengths)),
            gold=_padded([d.gold for d in dialogues]),
            mask=torch.from_numpy(mask),
            beliefs=_padded(beliefs) if beliefs else None,
            labelled=torch.tensor([d.labelled for d in dialogues]),
        )


def _padded(rows: Sequence[np.ndarray]) -> Tensor:
    """``(S, ...)`` arrays of several lengths, stacked with zeros behind."""
    stacked = np.zeros((len(rows), max(map(len, rows)), *rows[0].shape[1:]), dtype=rows[0].dtype)
    for row, values in zip(stacked, rows, strict=True):
        row[: len(values)] = values
    return torch.from_numpy(stacked)


def distinct_index(turns: Sequence[Pieces]) -> np.ndarray:
    """``(N,)`` number of each turn's word pieces, counted from 0 by first appearance."""
    seen: dict[Pieces, int] = {}
    return np.array([seen.setdefault(pieces, len(seen)) for pieces in turns])
