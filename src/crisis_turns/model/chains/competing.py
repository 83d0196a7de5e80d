"""Competing risks: before -> onset of one cause -> after. One onset per event on each path, whichever tag it is.

An event is what a tag speaks of, a cause the time that the tag gives it: of an event's tags, one begins or none does.
Of a turn on which nothing of the event has begun, a softmax says: no onset (logit 0), or one of cause 1, 2, ... These
are the cause-specific hazards of discrete-time survival analysis (Prentice et al. 1978, Biometrics 34; Tutz and Schmid
2016, Modeling Discrete Time-to-Event Data, chapter 8). A tag's belief in having begun is its cumulative incidence.
"""

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from crisis_turns.heads import HEADS
from crisis_turns.model.chains.base import Posterior
from crisis_turns.model.chains.onset import AFTER, BEFORE, FORBIDDEN, ONSET, OnsetChain
from crisis_turns.tags import TagSet


class CompetingChain(OnsetChain):
    """The onset chain of each event (its hazard is the sum over causes), and which cause an onset has.

    States: 0 before, k the onset of cause k, last after. Events with fewer causes than others have onsets that are
    forbidden. Where each tag is an event of its own, this is the hazard chain.

    Args:
        events: the tags of each event, all tags once; C is their number, and ``n_logits`` the most causes of one.
    """

    head = HEADS["competing"]
    tag: Tensor
    """``(C, n_logits)`` index of the tag of each cause; where there is no such cause, of the event's first tag."""
    caused: Tensor
    """``(C, n_logits)`` whether there is such a cause."""
    place: Tensor
    """``(Y,)`` where the tags stand in those, row by row."""

    def __init__(self, events: Sequence[Sequence[int]]) -> None:
        super().__init__(len(events))
        self.n_logits = causes = max(len(event) for event in events)
        tag = torch.tensor([[*event, *[event[0]] * (causes - len(event))] for event in events])
        caused = torch.tensor([[k < len(event) for k in range(causes)] for event in events])
        # not saved: the names of the tags say it
        self.register_buffer("tag", tag, persistent=False)
        self.register_buffer("caused", caused, persistent=False)
        self.register_buffer("place", caused.flatten().nonzero()[:, 0][tag[caused].argsort()], persistent=False)

    @classmethod
    def over(cls, tags: TagSet) -> Self:
        return cls(tags.events)

    @property
    def start_state(self) -> tuple[float, ...]:
        return (0.0,) + (FORBIDDEN,) * self.n_logits  # log p of nothing so far, and of each cause's onset so far

    def step(self, logits: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        stay, hazards, _ = self._parts(self.emissions(logits))
        before, begun = state[..., :1], state[..., 1:]
        onset = before + hazards
        reached = torch.cat((before + stay, torch.logaddexp(begun, onset)), dim=-1).log_softmax(-1)
        return Posterior(onset=self._by_tag(onset.exp()), begun=self._by_tag(reached[..., 1:].exp())), reached

    def initial_bias(self) -> Tensor:
        return torch.full((self.n_chains, self.n_logits), -4.0)

    def by_state(self, weights: Tensor) -> Tensor:
        ones = torch.ones(self.n_chains, 1)
        return torch.cat((ones, torch.where(self.caused, weights[self.tag], 1), ones), dim=-1)

    def emissions(self, logits: Tensor) -> Tensor:
        z = torch.where(self.caused, super().emissions(logits), FORBIDDEN)
        none = torch.zeros_like(z[..., :1])
        return torch.cat((torch.cat((none, z), dim=-1).log_softmax(-1), none), dim=-1)

    def states(self, gold: Tensor) -> Tensor:
        """Before, at and after the first gold turn of each event. Of several tags of the event on that turn, the tag
        set's first is its cause (``ongoing``, of the benchmark's); what comes later teaches nothing more.
        """
        of_event = gold[..., self.tag]  # (B, S, C, causes); a cause that is not there comes after the first, its copy
        states = super().states(of_event.any(-1))
        cause = of_event.long().argmax(-1)
        return torch.where(states == ONSET, ONSET + cause, torch.where(states == AFTER, self.n_logits + 1, BEFORE))

    def soft_states(self, beliefs: Tensor) -> Tensor:
        """Beliefs that go beyond 1 over the tags of an event, as another head may have them, are scaled down to it."""
        now, begun = torch.where(self.caused[..., None], beliefs[..., self.tag, :], 0).unbind(-1)
        after = (begun - now).clamp(min=0).sum(-1, keepdim=True)
        before = (1 - begun.sum(-1, keepdim=True)).clamp(min=0)
        states = torch.cat((before, now, after), dim=-1)
        return states / states.sum(-1, keepdim=True)

    def log_filtered(self, emissions: Tensor) -> Tensor:
        before, onset, after = self._parts(super().log_filtered(self._events(emissions)))
        return torch.cat((before, onset + self._log_shares(emissions), after), dim=-1)

    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        over = states == self.n_logits + 1
        at = (states > BEFORE) & ~over
        of_events = torch.where(over, AFTER, at.long())
        cause = torch.where(at, states - ONSET, 0)
        shares = self._log_shares(emissions).gather(-1, cause[..., None]).squeeze(-1)
        causes = torch.where(at & mask[..., None], shares, 0).sum((1, 2))
        return super().log_likelihood(self._events(emissions), of_events, mask) + causes

    def posterior(self, emissions: Tensor) -> Posterior:
        return self._beliefs(self._parts(self.log_filtered(emissions))[1].exp())

    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        onset = super().smoothed(self._events(emissions), mask).onset
        return self._beliefs(onset[..., None] * self._log_shares(emissions).exp())

    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        stay, onset, after = self._parts(emissions)
        best, cause = onset.max(-1, keepdim=True)
        at = super().viterbi(torch.cat((stay, best, after), dim=-1), mask)
        return self._by_tag(at[..., None] & (torch.arange(self.n_logits, device=cause.device) == cause))

    def _beliefs(self, onset: Tensor) -> Posterior:
        """From ``(B, S, C, causes)`` onset beliefs; later turns take nothing back, so they add up over turns."""
        begun = onset.double().cumsum(1).clamp(max=1).to(onset.dtype)
        return Posterior(onset=self._by_tag(onset), begun=self._by_tag(begun))

    def _by_tag(self, of_causes: Tensor) -> Tensor:
        """``(..., C, causes)`` to ``(..., Y)``."""
        return of_causes.flatten(-2).index_select(-1, self.place)

    @staticmethod
    def _parts(by_state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(..., states)`` as before, onset of each cause, after; the last axis stays."""
        return by_state[..., :1], by_state[..., 1:-1], by_state[..., -1:]

    def _events(self, emissions: Tensor) -> Tensor:
        """``(B, S, C, 3)`` emissions of the events' onset chains, whatever the cause."""
        before, onset, after = self._parts(emissions)
        return torch.cat((before, onset.logsumexp(-1, keepdim=True), after), dim=-1)

    def _log_shares(self, emissions: Tensor) -> Tensor:
        """``(B, S, C, causes)`` log probability of each cause, given an onset of its event at that turn."""
        return self._parts(emissions)[1].log_softmax(-1)
