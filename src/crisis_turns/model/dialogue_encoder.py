"""From turn vectors to the state of the dialogue at each user turn, seen through a window.

The state of turn t depends on turns t-k..t and on nothing else. A banded mask would not do: stacked layers reach
further than one band. So each target's window is folded into the batch, ``(M, W, H)``, with distances to t as
positions, and every encoder reads windows. With ``look=full`` (offline analysis) the window is t-k..t+k.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from crisis_turns.data.batch import Batch
from crisis_turns.model.context_window import Reach, Windows, windows

MAX_DISTANCE = 64
_FOLD_BUDGET = 1 << 17
"""Window positions folded at a time when no gradient is needed: bounds the memory of long dialogues without a
window.
"""


class WindowLayer(nn.Module):
    """A pre-norm transformer layer (Xiong et al. 2020): some positions of a window ask, all of them answer."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm, self.output_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.output = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, asking: Tensor, folded: Tensor, seen: Tensor) -> Tensor:
        """New states of the asking positions, ``(M, Q, width)``.

        Args:
            asking: ``(M, Q, width)``.
            folded: ``(M, W, width)``.
            seen: ``(M, W)`` bool.
        """
        keys = self.attention_norm(folded)
        queries = keys if asking is folded else self.attention_norm(asking)
        asking = asking + self.attention(queries, keys, keys, key_padding_mask=~seen, need_weights=False)[0]
        states: Tensor = asking + self.output(self.output_norm(asking))
        return states


class DialogueEncoder(nn.Module):
    """Dialogue states of user turns, ``(M, width)``.

    Args:
        input_width: H, width of a turn vector.
        width: width of the states.
        kind: ``transformer`` attends over the window, ``gru`` reads it in order, ``mean`` averages the turns around
            the target, ``none`` sees the target alone.
        layers, heads, dropout: of the transformer; the GRU has one layer.
        context_window, look, listener: a :class:`Reach`.
    """

    def __init__(
        self,
        *,
        input_width: int,
        width: int,
        kind: Literal["transformer", "gru", "mean", "none"],
        layers: int,
        heads: int,
        dropout: float,
        context_window: int | None,
        look: Literal["past", "full"],
        listener: bool,
    ) -> None:
        super().__init__()
        self.kind = kind
        self.reach = Reach(context_window, look, listener)
        self.project = nn.Sequential(nn.Linear(input_width, width), nn.LayerNorm(width))
        self.speaker = nn.Embedding(2, width)
        self.dropout = nn.Dropout(dropout)
        self.body: nn.Module
        if kind == "transformer":
            self.distance = nn.Embedding(2 * MAX_DISTANCE + 1, width)
            nn.init.normal_(self.distance.weight, std=0.02)
            self.below = nn.ModuleList(WindowLayer(width, heads, dropout) for _ in range(layers - 1))
            self.body = WindowLayer(width, heads, dropout)
            self.norm = nn.LayerNorm(width)
        elif kind == "gru":
            both = look == "full"
            self.body = nn.GRU(width, width // 2 if both else width, batch_first=True, bidirectional=both)
        elif kind == "mean":
            self.body = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.LayerNorm(width))
        else:
            self.body = nn.Identity()
        nn.init.normal_(self.speaker.weight, std=0.02)

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        """``(N, H)`` turn vectors to ``(M, width)`` states of the user turns, in order."""
        turns = self.turns(vectors, batch.is_user)
        if self.kind == "none":
            return turns.index_select(0, batch.user)
        view = windows(batch, self.reach)
        rows = len(view.index) if torch.is_grad_enabled() else max(1, _FOLD_BUDGET // view.index.shape[1])
        columns = (view.index, view.seen, view.target, view.distance)
        parts = zip(*(torch.split(column, rows) for column in columns), strict=True)
        return torch.cat([self.read(turns, Windows(*part)) for part in parts])

    def turns(self, vectors: Tensor, is_user: Tensor) -> Tensor:
        """``(N, H)`` turn vectors and ``(N,)`` speakers to ``(N, width)``: what windows are made of."""
        turns: Tensor = self.dropout(self.project(vectors) + self.speaker(is_user.long()))
        return turns

    def read(self, turns: Tensor, view: Windows) -> Tensor:
        """``(N, width)`` turns to ``(M, width)`` states of the targets of these windows."""
        folded = turns[view.index]  # (M, W, width)
        rows = torch.arange(len(folded), device=folded.device)
        states: Tensor
        if self.kind == "transformer":
            folded = folded + self.distance(view.distance.clamp(-MAX_DISTANCE, MAX_DISTANCE) + MAX_DISTANCE)
            for layer in self.below:
                folded = layer(folded, folded, view.seen)
            # of the last layer only the target is wanted
            states = self.norm(self.body(folded[rows, view.target, None], folded, view.seen)).squeeze(1)
            return states
        if self.kind == "none":
            return folded[rows, view.target]
        if self.kind == "mean":
            others = view.seen.clone()
            others[rows, view.target] = False
            total = torch.where(others[..., None], folded, 0).sum(1)
            history = total / others.sum(1, keepdim=True).clamp(min=1)
            states = self.body(torch.cat((folded[rows, view.target], history), dim=-1))
            return states
        if self.reach.look == "past":  # the target is the last column seen: what lies beyond cannot reach it
            states = self.body(folded)[0][rows, view.target]
            return states
        packed = pack_padded_sequence(folded, view.seen.sum(1).cpu(), batch_first=True, enforce_sorted=False)
        read, _ = nn.utils.rnn.pad_packed_sequence(self.body(packed)[0], batch_first=True)
        states = read[rows, view.target]
        return states
