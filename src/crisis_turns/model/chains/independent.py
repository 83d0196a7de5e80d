"""Sigmoid per turn and tag: the usual multi-label head and the floor; a chain without links."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from crisis_turns.heads import HEADS
from crisis_turns.model.chains.base import Chain, Posterior


class IndependentChain(Chain):
    """States per chain: 0 absent, 1 present. One logit z per turn and tag; p(present) = sigmoid(z)."""

    head = HEADS["independent"]
    n_logits = 1

    def __init__(self, n_tags: int) -> None:
        super().__init__()
        self.n_chains = n_tags

    @property
    def start_state(self) -> tuple[float, ...]:
        return (0.0,)  # log p(absent at every turn so far)

    def step(self, logits: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        emissions = self.emissions(logits)
        never = state + logsigmoid(-emissions)
        return Posterior(onset=emissions.sigmoid().squeeze(-1), begun=-torch.expm1(never).squeeze(-1)), never

    def initial_bias(self) -> Tensor:
        return torch.full((self.n_chains, 1), -3.0)

    def states(self, gold: Tensor) -> Tensor:
        return gold.long()

    def soft_states(self, beliefs: Tensor) -> Tensor:
        now = beliefs[..., 0]
        return torch.stack((1 - now, now), dim=-1)

    def log_filtered(self, emissions: Tensor) -> Tensor:
        z = emissions.squeeze(-1)
        return torch.stack((logsigmoid(-z), logsigmoid(z)), dim=-1)

    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        terms = self.log_filtered(emissions).gather(-1, states[..., None]).squeeze(-1)
        return torch.where(mask[..., None], terms, 0).sum((1, 2))

    def posterior(self, emissions: Tensor) -> Posterior:
        absent, present = self.log_filtered(emissions).unbind(-1)
        return Posterior(onset=present.exp(), begun=-torch.expm1(absent.cumsum(1)))

    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        return self.posterior(emissions)  # without links, later turns say nothing about this one

    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        return (emissions.squeeze(-1) > 0) & mask[..., None]
