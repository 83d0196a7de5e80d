"""The tagger one turn at a time: the recursion behind streams and exported graphs, with a state of fixed shape."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from crisis_turns.data.piece_groups import PieceGroup
from crisis_turns.model.context_window import Windows
from crisis_turns.model.dialogue_model import DialogueModel
from crisis_turns.model.encoders.turn_encoder import TurnEncoder, weighted_mean


class OneTurn(nn.Module):
    """The turn encoder for the runs of one turn."""

    def __init__(self, turn_encoder: TurnEncoder) -> None:
        super().__init__()
        self.turn_encoder = turn_encoder

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """``(P, L)`` word pieces of a turn's runs and which of them are real, to its vector, ``(1, H)``, and the
        vector's weight, ``(1, H)`` or ``(1, 1)``, beside the vectors of its other runs.
        """
        sums, weights = self.turn_encoder.pooled((PieceGroup(ids, mask, torch.zeros_like(ids[:, 0])),), 1)
        return weighted_mean(sums, weights), weights


class Carried(NamedTuple):
    """What one conversation carries from turn to turn; k turns of the window, C chains.

    Attributes:
        window: ``(k, width)`` the turns that may still be seen, newest last.
        distance: ``(k,)`` how many turns back from the coming turn each lies; 0 where there is none.
        chain: ``(C, D)`` the chains' filtered beliefs (:meth:`Chain.step`).
    """

    window: Tensor
    distance: Tensor
    chain: Tensor


class Step(nn.Module):
    """What :class:`DialogueModel` does with one more turn; over a dialogue it gives the same filtered posteriors.

    Raises:
        ValueError: if the window is unbounded or looks ahead.
    """

    def __init__(self, model: DialogueModel) -> None:
        super().__init__()
        encoder = model.dialogue_encoder
        size = 0 if encoder.kind == "none" else encoder.reach.size
        if size is None or encoder.reach.look != "past":
            raise ValueError("a stream needs a bounded window on the past")
        self.model = model
        self.size, self.listener = size, encoder.reach.listener

    def start(self) -> Carried:
        """Before the first turn."""
        chain = torch.tensor(self.model.chain.start_state).repeat(self.model.chain.n_chains, 1)
        slots = max(1, self.size)  # the ONNX exporter cannot join empty tensors: without a window one slot stays unseen
        window = torch.zeros(slots, self.model.score.in_features)
        return Carried(window, torch.zeros(slots, dtype=torch.int64), chain)

    def forward(
        self, vector: Tensor, is_user: Tensor, window: Tensor, distance: Tensor, chain: Tensor
    ) -> tuple[Tensor, Tensor | None, Tensor, Tensor, Tensor]:
        """One turn.

        Args:
            vector: ``(1, H)``.
            is_user: ``(1,)`` bool.
            window, distance, chain: a :class:`Carried`.

        Returns:
            ``(Y,)`` beliefs in an onset at this turn, and in one by now (``None`` for exclusive classes), which mean
            nothing on a Listener's turn; then the new :class:`Carried`.
        """
        turn = self.model.dialogue_encoder.turns(vector, is_user)
        turns = torch.cat((window, turn))  # (k + 1, width)
        logits = self.model.logits(self.model.dialogue_encoder.read(turns, _view(distance)))  # (1, C, n_logits)
        posterior, moved = self.model.chain.step(logits, chain[None])
        aged = torch.where((distance > 0) & (distance < self.size), distance + 1, 0)
        pushed = torch.cat((aged, torch.full_like(distance[:1], min(1, self.size))))[1:]
        keep = is_user | self.listener
        return (
            posterior.onset[0],
            None if posterior.begun is None else posterior.begun[0],
            torch.where(keep, turns[1:], window),
            torch.where(keep, pushed, aged),
            torch.where(is_user, moved[0], chain),
        )


def _view(distance: Tensor) -> Windows:
    """The one window of the turns carried and the new one after them, packed to the left as :func:`windows` does."""
    width = len(distance) + 1
    count = (distance > 0).sum() + 1
    place = torch.arange(width, device=distance.device)
    index = (place + width - count).clamp(max=width - 1)
    return Windows(
        index=index[None],
        seen=(place < count)[None],
        target=(count - 1)[None],
        distance=torch.cat((distance, torch.zeros_like(count)[None]))[index][None],
    )
