"""The network of every neural tagger: turn encoder, dialogue encoder, chains.

``turn_only`` and ``flat`` are the same with a dialogue encoder that sees the turn alone, ``fast`` has a turn encoder of
its own.
"""

import torch
from torch import Tensor, nn

from crisis_turns.data.batch import Batch
from crisis_turns.model.chains import Chain, LossKind, Posterior
from crisis_turns.model.dialogue_encoder import DialogueEncoder
from crisis_turns.model.encoders import TurnEncoder


class DialogueModel(nn.Module):
    """Turn vectors, dialogue states, logits, chains in a row.

    Args:
        turn_encoder: word pieces to ``(N, H)``; replaced by ``batch.vectors`` where a batch brings them.
        dialogue_encoder: ``(N, H)`` to ``(M, width)``.
        chain: the head.
        width: width of the dialogue states.
        dropout: on the states before the layer that gives logits.
    """

    def __init__(
        self,
        *,
        turn_encoder: TurnEncoder,
        dialogue_encoder: DialogueEncoder,
        chain: Chain,
        width: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.turn_encoder = turn_encoder
        self.dialogue_encoder = dialogue_encoder
        self.chain = chain
        self.dropout = nn.Dropout(dropout)
        # the name stands in every weights file
        self.score = nn.Linear(width, chain.n_chains * chain.n_logits)
        with torch.no_grad():
            self.score.weight.mul_(0.1)  # start from the tags' rarity, which the biases state
            self.score.bias.copy_(chain.initial_bias().flatten())

    def turn_vectors(self, batch: Batch) -> Tensor:
        """``(N, H)``; turns with the same word pieces are encoded once."""
        if batch.vectors is not None:
            return batch.vectors
        vectors: Tensor = self.turn_encoder(batch.groups, batch.n_distinct)  # (U, H)
        return vectors.index_select(0, batch.distinct)

    def forward(self, batch: Batch) -> Tensor:
        """Logits of the user turns, ``(B, S, C, n_logits)`` float32, 0 on padding."""
        states = self.dialogue_encoder(self.turn_vectors(batch), batch)  # (M, width)
        logits = self.logits(states)
        grid = logits.new_zeros(batch.mask.numel(), *logits.shape[1:])
        return grid.index_copy(0, batch.place, logits).reshape(*batch.mask.shape, *logits.shape[1:])

    def logits(self, states: Tensor) -> Tensor:
        """``(M, width)`` dialogue states to ``(M, C, n_logits)``."""
        logits: Tensor = self.score(self.dropout(states))
        return logits.reshape(len(states), self.chain.n_chains, self.chain.n_logits)

    def loss(
        self,
        logits: Tensor,
        batch: Batch,
        *,
        kind: LossKind,
        state_weights: Tensor | None = None,
        teacher_weight: float = 0.0,
    ) -> Tensor:
        """Sum over the batch's dialogues divided by their number, from the logits of :meth:`forward`.

        Args:
            teacher_weight: share of the teacher's beliefs in the loss, where the batch brings them; all of it for
                dialogues without labels.
        """
        losses = self.chain.loss(logits, batch.gold, batch.mask, kind=kind, state_weights=state_weights)
        if batch.beliefs is not None:
            taught = self.chain.distillation(logits, batch.beliefs, batch.mask)
            share = torch.where(batch.labelled, teacher_weight, 1.0)
            losses = (1 - share) * losses + share * taught
        return losses.sum() / batch.n_dialogues

    @torch.no_grad()
    def posterior(self, logits: Tensor, batch: Batch, *, rule: str = "filter") -> Posterior:
        """Beliefs about every tag at every user turn, from the logits of :meth:`forward`.

        Args:
            rule: ``filter`` uses the past only; ``smooth`` and ``viterbi`` (beliefs 0 or 1) look ahead.
        """
        with torch.autocast(logits.device.type, enabled=False):
            emissions = self.chain.emissions(logits)
            if rule == "smooth":
                return self.chain.smoothed(emissions, batch.mask)
            filtered = self.chain.posterior(emissions)
            if rule == "viterbi":
                return Posterior(onset=self.chain.viterbi(emissions, batch.mask).float(), begun=filtered.begun)
            return filtered
