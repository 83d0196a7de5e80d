"""Batch: the seam between data and model, and how dialogues become one. Every shape of the project is named here.

Axes: B dialogues, T turns of one dialogue, N turns of the whole batch, U distinct ones among them, P runs of word
pieces in a group, L their length, S user turns of the longest chain, M user turns of the whole batch, Y tags, H width
of a turn vector.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from src.data.encode import EncodedDialogue, Pieces

CPU_GROUP_COST, GPU_GROUP_COST = 64, 1024
"""What one more pass through the encoder costs, in word pieces: little on a CPU; launching kernels on a GPU."""


@dataclass(frozen=True)
class PieceGroup:
    """Runs of word pieces of about one length, encoded in one pass.

    Attributes:
        ids: ``(P, L)`` word-piece ids, 0 on padding.
        mask: ``(P, L)`` bool, true on real tokens.
        turn: ``(P,)`` index of the distinct turn, 0 to U - 1, that each run belongs to.
        states: ``(P, L, H)`` hidden states that enter the first trainable layer, 0 on padding, or ``None`` where they
            were not computed before.
        padded: whether there is any padding.
    """

    ids: Tensor
    mask: Tensor
    turn: Tensor
    states: Tensor | None = None
    padded: bool = True

    def to(self, device: torch.device) -> "PieceGroup":
        return replace(self, **_tensors(self, lambda tensor: tensor.to(device, non_blocking=True)))

    def pin_memory(self) -> "PieceGroup":
        return replace(self, **_tensors(self, Tensor.pin_memory))


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
        moved = _tensors(self, lambda tensor: tensor.to(device, non_blocking=True))
        return replace(self, groups=tuple(group.to(device) for group in self.groups), **moved)

    def pin_memory(self) -> "Batch":
        """The batch in page-locked memory, from which copies to a GPU overlap its work."""
        groups = tuple(group.pin_memory() for group in self.groups)
        return replace(self, groups=groups, **_tensors(self, Tensor.pin_memory))


def _tensors(record: PieceGroup | Batch, change: Callable[[Tensor], Tensor]) -> dict[str, Any]:
    """The record's own tensors, changed."""
    values = {f.name: getattr(record, f.name) for f in fields(record)}
    return {name: change(value) for name, value in values.items() if isinstance(value, Tensor)}


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
        beliefs = [d.beliefs for d in dialogues if d.beliefs is not None]
        mask = np.arange(max(chains)) < np.array(chains)[:, None]
        is_user = np.concatenate([d.is_user for d in dialogues])
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


class _Run(NamedTuple):
    length: int
    turn: int
    ids: Sequence[int]
    states: np.ndarray | None


def group_pieces(
    turns: Sequence[Sequence[Sequence[int]]],
    budget: int,
    states: Sequence[np.ndarray] | None = None,
    *,
    group_cost: int = CPU_GROUP_COST,
) -> tuple[PieceGroup, ...]:
    """Sort all runs by length and cut them into groups so that the encoder has least to do.

    Args:
        turns: the runs of each turn.
        budget: most word pieces, padding included, in one group.
        states: for each turn, ``(tokens, H)`` hidden states of its runs end to end.
        group_cost: what one more group costs, in word pieces: the less, the more groups and the less padding.
    """
    runs = []
    for turn, pieces in enumerate(turns):
        end = 0
        for run in pieces:
            begin, end = end, end + len(run)
            runs.append(_Run(len(run), turn, run, None if states is None else states[turn][begin:end]))
    runs.sort(key=lambda run: run[:2])
    return tuple(_group(runs[cut]) for cut in cheapest_cuts([run.length for run in runs], budget, group_cost))


def cheapest_cuts(lengths: Sequence[int], budget: int, group_cost: int) -> list[slice]:
    """The cuts of ascending lengths into groups with the fewest positions, padding and ``group_cost`` counted.

    By dynamic programming: the best way to cut off the first j goes through the best way to cut off some i before.
    """
    best, begin = np.zeros(len(lengths) + 1, dtype=np.int64), np.zeros(len(lengths) + 1, dtype=np.int64)
    for j, longest in enumerate(lengths, 1):
        first = max(0, j - max(1, budget // longest))
        costs = best[first:j] + np.arange(j - first, 0, -1) * longest + group_cost
        begin[j] = first + costs.argmin()
        best[j] = costs.min()
    cuts = []
    end = len(lengths)
    while end:
        cuts.append(slice(int(begin[end]), end))
        end = int(begin[end])
    return cuts[::-1]


def _group(runs: list[_Run]) -> PieceGroup:
    shape = (len(runs), runs[-1].length)
    ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    width = None if runs[0].states is None else runs[0].states.shape[1]
    states = None if width is None else np.zeros((*shape, width), dtype=np.float32)
    for row, run in enumerate(runs):
        ids[row, : run.length] = run.ids
        mask[row, : run.length] = True
        if states is not None:
            states[row, : run.length] = run.states
    return PieceGroup(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.tensor([run.turn for run in runs]),
        None if states is None else torch.from_numpy(states),
        padded=not mask.all(),
    )
