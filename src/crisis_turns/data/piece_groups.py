"""Word pieces of many turns in groups of like length: what the encoder reads in one pass each.

Axes: P runs of word pieces in a group, L their length, U distinct turns, H width of a hidden state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

CPU_GROUP_COST, CPU_BF16_GROUP_COST, GPU_GROUP_COST = 64, 512, 1024
"""What one more pass through the encoder costs, in word pieces: little on a CPU; compiling products there in bf16;
launching kernels on a GPU.
"""


@dataclass(frozen=True)
class PieceGroup:
    """Runs of word pieces of about one length, encoded in one pass.

    Attributes:
        ids: ``(P, L)`` word-piece ids, 0 on padding.
        mask: ``(P, L)`` bool, true on real tokens.
        turn: ``(P,)`` index of the distinct turn, 0 to U - 1, that each run belongs to.
        states: ``(P, L, H)`` hidden states that enter the first trainable layer, as they are kept (float32 or float16),
            0 on padding, or ``None`` where they were not computed before.
        padded: whether there is any padding.
    """

    ids: Tensor
    mask: Tensor
    turn: Tensor
    states: Tensor | None = None
    padded: bool = True

    def to(self, device: torch.device) -> "PieceGroup":
        return replace(self, **change_tensors(self, lambda tensor: tensor.to(device, non_blocking=True)))

    def pin_memory(self) -> "PieceGroup":
        return replace(self, **change_tensors(self, Tensor.pin_memory))


def change_tensors(record: Any, change: Callable[[Tensor], Tensor]) -> dict[str, Any]:
    """The record's own tensors, changed: what :func:`dataclasses.replace` takes."""
    values = {f.name: getattr(record, f.name) for f in fields(record)}
    return {name: change(value) for name, value in values.items() if isinstance(value, Tensor)}


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
    kept = runs[0].states
    states = None if kept is None else np.zeros((*shape, kept.shape[1]), dtype=kept.dtype)
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
