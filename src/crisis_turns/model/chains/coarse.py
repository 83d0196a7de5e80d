"""One coarse chain per dialogue (nothing -> alerted -> confirmed) beside the chains of the tags.

The coarse chain is an ordered three-state chain of its own: steps back are forbidden, the others unscored, and it is
learnt by its likelihood, added to that of the tags. The tags hear of it through their emissions: at turn t the scores
of every tag get a linear function of q(t-1) and q(t), the coarse chain's filtered posteriors (three numbers each),
which starts at 0. So

    p(tags | x) = prod over tags of chain_y(path | W h(t) + U [q(t-1), q(t)]),    q(t) = p(coarse state | turns <= t).

Nothing is multiplied together at the decision: given the text, q is a number like any other feature, so each tag's
likelihood and posteriors stay the exact ones of its chain, and as q(t) looks back only, so do they. Three running sums
carry it from turn to turn. The tags' loss does not reach q (it is detached): the coarse chain stays a belief about
dialogues instead of becoming hidden units. Emissions now reach back to the dialogue's start, whatever the context
window: the chain is a second, named source of history.
"""

import torch
from torch import Tensor, nn

from crisis_turns.model.chains.base import Chain, LossKind, Posterior
from crisis_turns.model.chains.linear import forward_scores, last_step, next_scores, path_score
from crisis_turns.tags import TagSet

NOTHING, ALERTED, CONFIRMED = range(3)
_FORBIDDEN = -1e9


class CoarseChain(nn.Module):
    """The dialogue's own chain, over ``(B, S, 3)`` scores. It has no parameters.

    Args:
        tags: has Alerts and Confirms.
    """

    steps: Tensor

    def __init__(self, tags: TagSet) -> None:
        super().__init__()
        self.alerts, self.confirms = list(tags.alerts), list(tags.confirms)
        back = torch.full((1, 3, 3), _FORBIDDEN).tril(-1)  # (C, from, to)
        self.register_buffer("steps", back, persistent=False)

    def states(self, gold: Tensor) -> Tensor:
        """``(B, S, Y)`` bool gold tags to ``(B, S)``: confirmed from the first Confirm on, else alerted from the first
        Alert on.
        """
        alerted, confirmed = (gold[..., group].any(-1).cummax(1).values for group in (self.alerts, self.confirms))
        return torch.where(confirmed, CONFIRMED, torch.where(alerted, ALERTED, NOTHING))

    def log_filtered(self, scores: Tensor) -> Tensor:
        """log p(state of turn t | turns <= t), ``(B, S, 3)``."""
        return self._forward(scores).log_softmax(-1)

    def log_likelihood(self, scores: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Of each dialogue's whole path, ``(B,)``."""
        emissions, start = scores[:, :, None], self.steps.new_zeros(1, 3)
        score = path_score(emissions, start, self.steps, states[..., None], mask).squeeze(-1)
        return score - last_step(self._forward(scores).logsumexp(-1), mask)

    def loss(self, scores: Tensor, gold: Tensor, mask: Tensor, *, kind: LossKind) -> Tensor:
        """Negative log-likelihood per dialogue, ``(B,)``, as :meth:`Chain.loss`."""
        states = self.states(gold)
        if kind == "path":
            return -self.log_likelihood(scores, states, mask)
        terms = self.log_filtered(scores).gather(-1, states[..., None]).squeeze(-1)
        return -torch.where(mask, terms, 0).sum(1)

    def _forward(self, scores: Tensor) -> Tensor:
        return forward_scores(scores[:, :, None], self.steps.new_zeros(1, 3), self.steps).squeeze(2)


class WithCoarse(Chain):
    """A head of tag chains that hears of the coarse chain; its scores are those of the tags, then the coarse three.

    Args:
        chain: the tags' own chains.
        tags: their tag set.
    """

    n_chains = 1

    def __init__(self, chain: Chain, tags: TagSet) -> None:
        super().__init__()
        self.chain, self.coarse = chain, CoarseChain(tags)
        self.n_scores = chain.n_chains * chain.n_scores + 3
        self.tell = nn.Linear(6, chain.n_chains * chain.n_scores, bias=False)
        nn.init.zeros_(self.tell.weight)

    @property
    def start_state(self) -> tuple[float, ...]:
        """Those of the tags' chains end to end, log p of the coarse states, and whether there was a turn."""
        return (*self.chain.start_state * self.chain.n_chains, 0.0, _FORBIDDEN, _FORBIDDEN, 0.0)

    def step(self, scores: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        of_tags, of_coarse = self._split(scores[:, None])
        coarse = state[..., -4:]  # (B, 1, 4)
        alpha, begun = next_scores(of_coarse, coarse, self.coarse.steps.new_zeros(1, 3), self.coarse.steps)
        log_now = alpha.log_softmax(-1)
        told = self._told_of(of_tags, coarse[..., :3].exp(), log_now.exp()).squeeze(1)
        of_chains = state[..., :-4].reshape(len(state), self.chain.n_chains, -1)
        posterior, moved = self.chain.step(told, of_chains)
        return posterior, torch.cat((moved.flatten(1)[:, None], log_now, begun), dim=-1)

    def initial_bias(self) -> Tensor:
        return torch.cat((self.chain.initial_bias().flatten(), torch.zeros(3)))[None]

    def emissions(self, scores: Tensor) -> Tensor:
        """``(B, S, 1, n_scores)`` to the ``(B, S, C, K)`` emissions of the tags' chains."""
        return self.chain.emissions(self._told(*self._split(scores)))

    def loss(
        self, scores: Tensor, gold: Tensor, mask: Tensor, *, kind: LossKind, state_weights: Tensor | None = None
    ) -> Tensor:
        with torch.autocast(scores.device.type, enabled=False):
            of_tags, of_coarse = self._split(scores)
            told = self._told(of_tags, of_coarse)
            tags = self.chain.loss(told, gold, mask, kind=kind, state_weights=state_weights)
            return tags + self.coarse.loss(of_coarse, gold, mask, kind=kind)

    def states(self, gold: Tensor) -> Tensor:
        return self.chain.states(gold)

    def soft_states(self, beliefs: Tensor) -> Tensor:
        return self.chain.soft_states(beliefs)

    def log_filtered(self, emissions: Tensor) -> Tensor:
        return self.chain.log_filtered(emissions)

    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        return self.chain.log_likelihood(emissions, states, mask)

    def posterior(self, emissions: Tensor) -> Posterior:
        return self.chain.posterior(emissions)

    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        return self.chain.smoothed(emissions, mask)

    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        return self.chain.viterbi(emissions, mask)

    def _told(self, of_tags: Tensor, of_coarse: Tensor) -> Tensor:
        """The tags' scores, ``(B, S, C, n_scores)``, having heard of the coarse chain."""
        now = self.coarse.log_filtered(of_coarse.detach()).exp()
        at_start = torch.zeros_like(now[:, :1])
        at_start[..., NOTHING] = 1
        return self._told_of(of_tags, torch.cat((at_start, now[:, :-1]), dim=1), now)

    def _told_of(self, of_tags: Tensor, before: Tensor, now: Tensor) -> Tensor:
        told: Tensor = of_tags + self.tell(torch.cat((before, now), dim=-1))
        return told.reshape(*told.shape[:-1], self.chain.n_chains, self.chain.n_scores)

    def _split(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the tags, ``(B, S, C * n_scores)``, and of the coarse states, ``(B, S, 3)``, float32 or better."""
        exact = (scores if scores.dtype == torch.float64 else scores.float()).squeeze(2)
        return exact[..., :-3], exact[..., -3:]
