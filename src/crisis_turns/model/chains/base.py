"""The interface of all heads.

Axes: B dialogues, S user turns of the longest dialogue, C chains, K states, Y tags (C for multi-label heads, K for the
exclusive one). User turns stand gap-free from step 0 and padding comes last, so whatever is causal needs no mask.
No head has end scores: with them the posterior of a prefix would differ from the filtered posterior.

Logits come in; a score is the unnormalised log weight of a state, a step or a path, as in the literature on CRFs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from crisis_turns.heads import Head
from crisis_turns.tags import TagSet

LossKind = Literal["path", "filtered"]
_LEAST = -100.0
"""Log probability that a teacher's belief is held against at least: forbidden states have about -1e9, and the rounding
error of a belief of 0 times that would be a loss.
"""


@dataclass(frozen=True)
class Posterior:
    """Beliefs about every tag at every user turn.

    Attributes:
        onset: ``(B, S, Y)`` probability that the tag holds at this turn (for onset heads: begins at this turn).
        begun: ``(B, S, Y)`` probability that the tag has begun by this turn; ``None`` for exclusive classes.
    """

    onset: Tensor
    begun: Tensor | None


class Chain(nn.Module, ABC):
    """A family of chains: turns logits of user turns into a likelihood, posteriors and best paths.

    Args:
        n_tags: number of tags, Y.

    Attributes:
        head: what it is called and is like.
        n_chains: C.
        n_logits: logits per chain that the layer before must give; :meth:`emissions` makes K of them.
    """

    head: ClassVar[Head]
    n_chains: int
    n_logits: int

    @classmethod
    def over(cls, tags: TagSet) -> Self:
        """The chains over a tag set; most need its size alone."""
        return cls(len(tags))

    @property
    @abstractmethod
    def start_state(self) -> tuple[float, ...]:
        """``(D,)`` what a chain remembers before its first turn; the same for every chain."""

    @abstractmethod
    def step(self, logits: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        """One turn of :meth:`posterior`, for streams: bounded memory, float32.

        Args:
            logits: ``(B, C, n_logits)`` of this turn.
            state: ``(B, C, D)``, what the turn before gave; :attr:`start_state` at first.

        Returns:
            Beliefs without their turn axis, ``(B, Y)``, and the new ``(B, C, D)``.
        """

    @abstractmethod
    def initial_bias(self) -> Tensor:
        """``(C, n_logits)`` starting biases of the layer before: a tag's onset on a given turn is rare."""

    def by_state(self, weights: Tensor) -> Tensor:
        """``(Y,)`` weights of tags to ``(C, states)``: at the state in which a tag holds its own, at others 1."""
        by_state = torch.ones(self.n_chains, self.head.n_states or 0)
        by_state[:, 1] = weights
        return by_state

    def emissions(self, logits: Tensor) -> Tensor:
        """``(B, S, C, n_logits)`` logits to ``(B, S, C, K)`` emissions, in float32 or better."""
        return logits if logits.dtype == torch.float64 else logits.float()

    @abstractmethod
    def states(self, gold: Tensor) -> Tensor:
        """``(B, S, Y)`` bool gold tags to the ``(B, S, C)`` state path that the chain learns."""

    @abstractmethod
    def soft_states(self, beliefs: Tensor) -> Tensor:
        """``(B, S, Y, 2)`` beliefs (begins now, begun by now) to probabilities of the states, ``(B, S, C, states)``."""

    @abstractmethod
    def log_filtered(self, emissions: Tensor) -> Tensor:
        """``(B, S, C, K)`` emissions to log p(state of turn t | turns <= t), ``(B, S, C, states)``."""

    @abstractmethod
    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Log-likelihood of each dialogue's state paths, summed over its chains.

        Args:
            emissions: ``(B, S, C, K)``.
            states: ``(B, S, C)`` integers; padding may hold any legal state.
            mask: ``(B, S)`` bool, true on user turns.

        Returns:
            ``(B,)``.
        """

    @abstractmethod
    def posterior(self, emissions: Tensor) -> Posterior:
        """Filtered posteriors: turn t's use turns up to t and no other."""

    @abstractmethod
    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        """Posteriors given the whole dialogue (looks ahead: offline analysis only)."""

    @abstractmethod
    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """``(B, S, Y)`` bool tags of the likeliest paths (looks ahead: offline analysis only)."""

    def loss(
        self, logits: Tensor, gold: Tensor, mask: Tensor, *, kind: LossKind, state_weights: Tensor | None = None
    ) -> Tensor:
        """Negative log-likelihood per dialogue, ``(B,)``, computed with autocast off.

        Args:
            logits: ``(B, S, C, n_logits)``.
            gold: ``(B, S, Y)`` bool.
            mask: ``(B, S)`` bool.
            kind: ``path`` for the likelihood of the whole path, ``filtered`` for the sum over turns of
                log p(gold state | turns up to it), which is what live decoding uses.
            state_weights: ``(C, states)`` weights of the terms; only the filtered loss has separate terms to weigh.
        """
        with torch.autocast(logits.device.type, enabled=False):
            emissions = self.emissions(logits)
            states = self.states(gold)
            if kind == "path":
                if state_weights is not None:
                    raise ValueError("a path has one likelihood: state weights need the filtered loss")
                return -self.log_likelihood(emissions, states, mask)
            terms = self.log_filtered(emissions).gather(-1, states[..., None]).squeeze(-1)  # (B, S, C)
            if state_weights is not None:
                chains = torch.arange(self.n_chains, device=states.device)
                terms = terms * state_weights[chains, states]
            return -torch.where(mask[..., None], terms, 0).sum((1, 2))

    def distillation(self, logits: Tensor, beliefs: Tensor, mask: Tensor) -> Tensor:
        """Cross-entropy of the filtered posteriors to a teacher's, summed over turns and chains, ``(B,)``.

        Args:
            logits: ``(B, S, C, n_logits)``.
            beliefs: ``(B, S, Y, 2)``: the teacher's p(begins now) and p(begun by now).
            mask: ``(B, S)`` bool.
        """
        with torch.autocast(logits.device.type, enabled=False):
            log_filtered = self.log_filtered(self.emissions(logits)).clamp(min=_LEAST)
            terms = (self.soft_states(beliefs) * log_filtered).sum((-1, -2))  # (B, S)
            return -torch.where(mask, terms, 0).sum(1)
