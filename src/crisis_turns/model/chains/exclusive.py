"""One chain over K classes, for corpora with exactly one label per user turn.

The likelihood and Viterbi are pytorch-crf's (``torchcrf``); this is the only file that imports it. Its end scores stay
0 and untrained. Marginals it does not have: filtering and smoothing use our forward and backward scores over its
parameters.
"""

import torch
from torch import Tensor
from torchcrf import CRF

from crisis_turns.heads import HEADS
from crisis_turns.model.chains.base import Chain, Posterior
from crisis_turns.model.chains.linear import backward_scores, forward_scores, next_scores


class ExclusiveChain(Chain):
    """States are the classes; every step is allowed."""

    head = HEADS["exclusive"]
    n_chains = 1

    def __init__(self, n_tags: int) -> None:
        super().__init__()
        self.n_logits = n_tags
        self.crf = CRF(n_tags, batch_first=True)
        with torch.no_grad():
            for parameter in self.crf.parameters():
                parameter.zero_()
        self.crf.end_transitions.requires_grad_(False)

    @property
    def start_state(self) -> tuple[float, ...]:
        return (0.0,) * (self.n_logits + 1)  # log p of each class, and whether the chain has begun

    def step(self, logits: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        start, transitions = self.crf.start_transitions[None], self.crf.transitions[None]
        alpha, begun = next_scores(self.emissions(logits), state, start, transitions)
        log_filtered = alpha.log_softmax(-1)
        return Posterior(onset=log_filtered.exp().squeeze(1), begun=None), torch.cat((log_filtered, begun), dim=-1)

    def initial_bias(self) -> Tensor:
        return torch.zeros(1, self.n_logits)

    def by_state(self, weights: Tensor) -> Tensor:
        return weights[None]

    def states(self, gold: Tensor) -> Tensor:
        return gold.long().argmax(-1, keepdim=True)

    def soft_states(self, beliefs: Tensor) -> Tensor:
        return beliefs[..., 0].unsqueeze(2)

    def log_filtered(self, emissions: Tensor) -> Tensor:
        return self._forward(emissions).log_softmax(-1)

    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        likelihood: Tensor = self.crf(emissions.squeeze(2), states.squeeze(2), mask=mask, reduction="none")
        return likelihood

    def posterior(self, emissions: Tensor) -> Posterior:
        return Posterior(onset=self._forward(emissions).softmax(-1).squeeze(2), begun=None)

    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        beta = backward_scores(emissions, self.crf.transitions[None], mask)
        return Posterior(onset=(self._forward(emissions) + beta).softmax(-1).squeeze(2), begun=None)

    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        tags = torch.zeros(*mask.shape, self.n_logits, dtype=torch.bool, device=mask.device)
        for b, path in enumerate(self.crf.decode(emissions.squeeze(2), mask=mask)):
            tags[b, torch.arange(len(path)), torch.tensor(path)] = True
        return tags

    def _forward(self, emissions: Tensor) -> Tensor:
        return forward_scores(emissions, self.crf.start_transitions[None], self.crf.transitions[None])
