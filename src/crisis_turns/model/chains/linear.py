"""Linear-chain CRFs, C of them side by side (Lafferty et al. 2001), and the binary head made of them.

Forward, backward and Viterbi are loops over S with all dialogues and chains in each step: S is about 8 here, and a few
large kernels beat an associative scan at that length.
"""

import torch
from torch import Tensor, nn

from crisis_turns.heads import HEADS
from crisis_turns.model.chains.base import Chain, Posterior


def forward_scores(emissions: Tensor, start: Tensor, transitions: Tensor) -> Tensor:
    """Log total score of all paths that end in each state at each turn.

    Args:
        emissions: ``(B, S, C, K)``.
        start: ``(C, K)`` scores of the first state.
        transitions: ``(C, K, K)``, from the second axis to the third.

    Returns:
        ``(B, S, C, K)``.
    """
    alpha = start + emissions[:, 0]  # (B, C, K)
    steps = [alpha]
    for t in range(1, emissions.shape[1]):
        alpha = torch.logsumexp(alpha[..., None] + transitions, dim=-2) + emissions[:, t]
        steps.append(alpha)
    return torch.stack(steps, dim=1)


def next_scores(emissions: Tensor, state: Tensor, start: Tensor, transitions: Tensor) -> tuple[Tensor, Tensor]:
    """One step of :func:`forward_scores`.

    Args:
        emissions: ``(B, C, K)`` of this turn.
        state: ``(B, C, >= K + 1)``: the scores after the turn before, and last 1, or 0 if there was no turn before.

    Returns:
        Scores ``(B, C, K)`` and the new last entry, ``(B, C, 1)`` ones.
    """
    before = torch.logsumexp(state[..., : emissions.shape[-1], None] + transitions, dim=-2)
    begun = state[..., -1:]
    return torch.where(begun > 0, before, start) + emissions, torch.ones_like(begun)


def backward_scores(emissions: Tensor, transitions: Tensor, mask: Tensor) -> Tensor:
    """Log total score of all ways on from each state at each turn, ``(B, S, C, K)``; 0 at a dialogue's last turn."""
    beta = torch.zeros_like(emissions[:, 0])
    steps = [beta]
    for t in range(emissions.shape[1] - 1, 0, -1):
        onward = torch.logsumexp(transitions + (emissions[:, t] + beta)[..., None, :], dim=-1)
        beta = torch.where(mask[:, t, None, None], onward, beta)
        steps.append(beta)
    return torch.stack(steps[::-1], dim=1)


def best_states(emissions: Tensor, start: Tensor, transitions: Tensor, mask: Tensor) -> Tensor:
    """Viterbi: ``(B, S, C)`` states of the highest-scoring paths; 0 on padding."""
    score = start + emissions[:, 0]
    pointers: list[Tensor] = []
    for t in range(1, emissions.shape[1]):
        best, pointer = (score[..., None] + transitions).max(dim=-2)  # (B, C, K)
        live = mask[:, t, None, None]
        stay = torch.arange(score.shape[-1], device=score.device).expand_as(pointer)
        score = torch.where(live, best + emissions[:, t], score)
        pointers.append(torch.where(live, pointer, stay))
    state = score.argmax(-1)
    path = [state]
    for pointer in reversed(pointers):
        state = pointer.gather(-1, state[..., None]).squeeze(-1)
        path.append(state)
    return torch.where(mask[..., None], torch.stack(path[::-1], dim=1), 0)


def path_score(emissions: Tensor, start: Tensor, transitions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
    """Score of given paths, ``(B, C)``."""
    chains = torch.arange(emissions.shape[2], device=emissions.device)
    score = torch.where(mask[..., None], emissions.gather(-1, states[..., None]).squeeze(-1), 0).sum(1)
    steps = transitions[chains, states[:, :-1], states[:, 1:]]  # (B, S - 1, C)
    return score + start[chains, states[:, 0]] + torch.where(mask[:, 1:, None], steps, 0).sum(1)


def last_step(values: Tensor, mask: Tensor) -> Tensor:
    """``(B, S, ...)`` to ``(B, ...)``: the entry of each dialogue's last user turn."""
    return values[torch.arange(len(values), device=values.device), mask.sum(1) - 1]


class BinaryChain(Chain):
    """One two-state CRF per tag (0 off, 1 on), every step allowed, transitions and start scores of its own."""

    head = HEADS["binary"]
    n_logits = 2

    def __init__(self, n_tags: int) -> None:
        super().__init__()
        self.n_chains = n_tags
        self.start = nn.Parameter(torch.zeros(n_tags, 2))
        self.transitions = nn.Parameter(torch.zeros(n_tags, 2, 2))

    @property
    def start_state(self) -> tuple[float, ...]:
        return (0.0,) * 4  # log p(off), log p(on), log p(off at every turn so far), whether the chain has begun

    def step(self, logits: Tensor, state: Tensor) -> tuple[Posterior, Tensor]:
        emissions = self.emissions(logits)
        alpha, begun = next_scores(emissions, state, self.start, self.transitions)
        total = alpha.logsumexp(-1, keepdim=True)
        stayed = torch.where(state[..., -1:] > 0, state[..., 2:3] + self.transitions[:, 0, :1], self.start[:, :1])
        never = stayed + emissions[..., :1] - total
        log_filtered = alpha - total
        posterior = Posterior(onset=log_filtered[..., 1].exp(), begun=-torch.expm1(never.clamp(max=0)).squeeze(-1))
        return posterior, torch.cat((log_filtered, never, begun), dim=-1)

    def initial_bias(self) -> Tensor:
        return torch.tensor([1.5, -1.5]).repeat(self.n_chains, 1)

    def states(self, gold: Tensor) -> Tensor:
        return gold.long()

    def soft_states(self, beliefs: Tensor) -> Tensor:
        now = beliefs[..., 0]
        return torch.stack((1 - now, now), dim=-1)

    def log_filtered(self, emissions: Tensor) -> Tensor:
        return forward_scores(emissions, self.start, self.transitions).log_softmax(-1)

    def log_likelihood(self, emissions: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        score = path_score(emissions, self.start, self.transitions, states, mask)
        total = forward_scores(emissions, self.start, self.transitions).logsumexp(-1)  # (B, S, C)
        return (score - last_step(total, mask)).sum(-1)

    def posterior(self, emissions: Tensor) -> Posterior:
        alpha = forward_scores(emissions, self.start, self.transitions)
        stay_off = self.transitions[:, 0, 0] * torch.arange(emissions.shape[1], device=alpha.device)[:, None]  # (S, C)
        never = self.start[:, 0] + emissions[..., 0].cumsum(1) + stay_off  # (B, S, C)
        begun = -torch.expm1((never - alpha.logsumexp(-1)).clamp(max=0))
        return Posterior(onset=alpha.softmax(-1)[..., 1], begun=begun)

    def smoothed(self, emissions: Tensor, mask: Tensor) -> Posterior:
        alpha = forward_scores(emissions, self.start, self.transitions)
        beta = backward_scores(emissions, self.transitions, mask)
        onset = (alpha + beta).softmax(-1)[..., 1]
        return Posterior(onset=onset, begun=self.posterior(emissions).begun)

    def viterbi(self, emissions: Tensor, mask: Tensor) -> Tensor:
        return best_states(emissions, self.start, self.transitions, mask) == 1
