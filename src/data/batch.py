"""Batch: the seam between data and model, and how dialogues become one. Every shape of the project is named here.

Axes: B dialogues, T turns of one dialogue, N turns of the whole batch, P runs of word pieces in a group, L their
    length, S user
turns of the longest chain, M user turns of the whole batch, Y tags, H width of a turn vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from src.data.encode import EncodedDialogue


@dataclass(frozen=True)
class PieceGroup:
    """Runs of word pieces of about one length, encoded in one pass.

    Attributes:
        ids: ``(P, L)`` word-piece ids, 0 on padding.
        mask: ``(P, L)`` bool, true on real tokens.
        turn: ``(P,)`` index of the turn, 0 to N - 1, that each run belongs to.
    """

    ids: Tensor
    mask: Tensor
    turn: Tensor

    def to(self, device: torch.device) -> "PieceGroup":
        return PieceGroup(*(getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)))


@dataclass(frozen=True)
class Batch:
    """Whole dialogues, their turns laid end to end.

    Attributes:
        groups: the turns' word pieces, each run in exactly one group; empty if ``vectors`` are given.
        vectors: ``(N, H)`` turn vectors of a frozen encoder, or ``None``.
        is_user: ``(N,)`` bool.
        first: ``(N,)`` index of the first turn of each turn's dialogue.
        last: ``(N,)`` index of the last turn of each turn's dialogue.
        gold: ``(B, S, Y)`` bool, false on padding.
        mask: ``(B, S)`` bool, true on user turns: gap-free from step 0; read row by row they are the M user turns in
            order.
    """

    groups: tuple[PieceGroup, ...]
    vectors: Tensor | None
    is_user: Tensor
    first: Tensor
    last: Tensor
    gold: Tensor
    mask: Tensor

    @property
    def n_dialogues(self) -> int:
        return len(self.mask)

    def to(self, device: torch.device) -> "Batch":
        moved = {
            f.name: value.to(device, non_blocking=True)
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), Tensor)
        }
        return replace(self, groups=tuple(group.to(device) for group in self.groups), **moved)


class Collate:
    """Dialogues to a :class:`Batch`.

    Args:
        token_budget: most word pieces, padding included, in one group; a single longer run still goes alone.
    """

    def __init__(self, token_budget: int) -> None:
        self._budget = token_budget

    def __call__(self, dialogues: Sequence[EncodedDialogue]) -> Batch:
        lengths = np.array([len(d.is_user) for d in dialogues])
        ends = lengths.cumsum()
        chains = [len(d.turn_ids) for d in dialogues]
        gold = np.zeros((len(dialogues), max(chains), dialogues[0].gold.shape[1]), dtype=bool)
        for row, dialogue in zip(gold, dialogues, strict=True):
            row[: len(dialogue.gold)] = dialogue.gold
        vectors = [d.vectors for d in dialogues if d.vectors is not None]
        return Batch(
            groups=() if vectors else group_pieces([run for d in dialogues for run in d.pieces], self._budget),
            vectors=torch.from_numpy(np.concatenate(vectors)) if vectors else None,
            is_user=torch.from_numpy(np.concatenate([d.is_user for d in dialogues])),
            first=torch.from_numpy(np.repeat(ends - lengths, lengths)),
            last=torch.from_numpy(np.repeat(ends - 1, lengths)),
            gold=torch.from_numpy(gold),
            mask=torch.arange(max(chains)) < torch.tensor(chains)[:, None],
        )


def group_pieces(turns: Sequence[Sequence[Sequence[int]]], budget: int) -> tuple[PieceGroup, ...]:
    """Sort all runs by length and cut them into groups that stay under the token budget with their padding."""
    runs = sorted(((len(run), turn, run) for turn, pieces in enumerate(turns) for run in pieces), key=lambda r: r[:2])
    groups: list[list[tuple[int, int, Sequence[int]]]] = []
    for run in runs:
        if groups and (len(groups[-1]) + 1) * run[0] <= budget:  # ascending order: this run is the longest so far
            groups[-1].append(run)
        else:
            groups.append([run])
    return tuple(_group(group) for group in groups)


def _group(runs: list[tuple[int, int, Sequence[int]]]) -> PieceGroup:
    ids = np.zeros((len(runs), runs[-1][0]), dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=bool)
    for row, (length, _, run) in enumerate(runs):
        ids[row, :length] = run
        mask[row, :length] = True
    return PieceGroup(torch.from_numpy(ids), torch.from_numpy(mask), torch.tensor([turn for _, turn, _ in runs]))
