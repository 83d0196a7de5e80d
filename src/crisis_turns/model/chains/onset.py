"""Onset chains: before -> onset -> after. One onset per path, by construction.

A path over S turns is "onset at turn s" or "never", so the likelihood is a softmax over S + 1 alternatives, each a
difference of cumulative sums, and the forward algorithm is a cumulative log-sum-exp: no loop, no transition parameters
(what a step could score, the emissions can). Sums run in float64: differences of long float32 sums lose the small ones.
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from crisis_turns.heads import HEADS
from crisis_turns.model.chains.base import Chain, Posterior
from crisis_turns.model.chains.linear import last_step

BEFORE, ONSET, AFTER = range(3)
FORBIDDEN = -1e9


class OnsetChain(Chain):
    """Three logits per turn and tag: of being before, at, and after the onset."""

    head = HEADS["onset"]
    n_logits = 3

    def __init__(self, n_tags: int) -> None:
        super().__init__()
        self.n_chains = n_tags

    @property
    def start_state(self) -> tuple[float, ...]:
        return (0.0, FORBIDDEN, FORBIDDEN)  # log p of before, onset, after

    def step(self, logits: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        emissions = self.emissions(logits)
        before, onset, after = state.unbind(-1)
        reached = torch.stack((before, before, torch.logaddexp(onset, after)), dim=-1)
        log_filtered = (reached + emissions).log_softmax(-1)
        begun = -torch.expm1(log_filtered[..., BEFORE].clamp(max=0))
        return Posterior(onset=log_filtered[..., ONSET].exp(), begun=begun), log_filtered

    def initial_bias(self) -> Tensor:
        return torch.tensor([0.0, -4.0, 0.0]).repeat(self.n_chains, 1)

    def states(self, gold: Tensor) -> Tensor:
        """Before, at and after the *first* gold turn of each tag; a repeated tag teaches nothing more."""
        seen = gold.long().cumsum(1)
        first = gold & (seen == 1)
        return torch.where(first, ONSET, torch.where(seen > 0, AFTER, BEFORE))

    def soft_states(self, beliefs: Tensor) -> Tensor:
        now, begun = beliefs.unbind(-1)
        return torch.stack((1 - begun, now, (begun - now).clamp(min=0)), dim=-1)

    def log_filtered(self, emissions: Tensor) -> Tensor:
        before, entry, onset_by, _ = self._sums(emissions)
        total = torch.logaddexp(before, onset_by)
        after_sum = emissions[..., AFTER].double().cumsum(1)
        earlier = torch.full_like(before[:, :1], FORBIDDEN)  # nothing is over at the first turn
        after = torch.cat((earlier, (onset_by - after_sum)[:, :-1]), dim=1) + after_sum
        return (torch.stack((before, entry, after), dim=-1) - total[..., None]).to(emissions.dtype)

    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        before, _, onset_by, alternatives = self._sums(emissions)
        never = last_step(before, mask)  # (B, C)
        total = torch.logaddexp(never, last_step(onset_by, mask))
        after_sum = last_step(emissions[..., AFTER].double().cumsum(1), mask)
        at = (states == ONSET) & mask[..., None]
        chosen = torch.where(at, alternatives, 0).sum(1) + after_sum
        return (torch.where(at.any(1), chosen, never) - total).sum(-1).to(emissions.dtype)

    def posterior(self, emissions: Tensor) -> Posterior:
        log_filtered = self.log_filtered(emissions)
        begun = -torch.expm1(log_filtered[..., BEFORE].clamp(max=0))
        return Posterior(onset=log_filtered[..., ONSET].exp(), begun=begun)

    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        onset = self._alternatives(emissions, mask).softmax(1)[:, :-1].to(emissions.dtype)
        return Posterior(onset=onset, begun=onset.cumsum(1))

    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        best = self._alternatives(emissions, mask).argmax(1)  # (B, C), S for "never"
        turns = torch.arange(mask.shape[1], device=mask.device)
        return (turns[:, None] == best[:, None]) & mask[..., None]

    def _alternatives(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """``(B, S + 1, C)`` log scores of "onset at turn s" over the whole dialogue, "never" last."""
        before, _, _, alternatives = self._sums(emissions)
        after_sum = last_step(emissions[..., AFTER].double().cumsum(1), mask)
        at = torch.where(mask[..., None], alternatives + after_sum[:, None], FORBIDDEN)
        return torch.cat((at, last_step(before, mask)[:, None]), dim=1)

    @staticmethod
    def _sums(emissions: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Float64 log scores, each ``(B, S, C)``: still before at t; onset at t; onset at or before t; and the score of
        onset at s relative to the sum of all after-emissions (add that sum up to t to get the path's score at t)."""
        before_step, onset_step, after_step = emissions.double().unbind(-1)
        before = before_step.cumsum(1)
        after_sum = after_step.cumsum(1)
        entry = before - before_step + onset_step
        relative = entry - after_sum
        onset_by = relative.logcumsumexp(1) + after_sum
        return before, entry, onset_by, relative


class HazardChain(OnsetChain):
    """The onset chain with locally normalised emissions (log sigmoid(-z), log sigmoid(z), 0): discrete-time survival.

    Each turn's logit is the log-odds of an onset now given none before, so turns after the onset leave the loss.
    """

    head = HEADS["hazard"]
    n_logits = 1

    def initial_bias(self) -> Tensor:
        return torch.full((self.n_chains, 1), -4.0)

    def emissions(self, logits: Tensor) -> Tensor:
        z = super().emissions(logits).squeeze(-1)
        return torch.stack((logsigmoid(-z), logsigmoid(z), torch.zeros_like(z)), dim=-1)
