"""Chains step by step against the same chains over whole dialogues."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.heads import HEADS
from tests.support.random_chains import chain, logits_for


@pytest.mark.parametrize("head", HEADS)
@settings(max_examples=20, deadline=None)
@given(turns=st.integers(1, 12), seed=st.integers(0, 10_000))
@torch.no_grad()
def test_step_by_step_gives_the_filtered_posteriors(head, turns, seed):
    built = chain(head, seed)
    logits = logits_for(built, turns, seed, batch=2)
    whole = built.posterior(built.emissions(logits))
    state = torch.tensor(built.start_state, dtype=torch.float64).expand(2, built.n_chains, -1)
    for t in range(turns):
        found, state = built.step(logits[:, t], state)
        torch.testing.assert_close(found.onset, whole.onset[:, t], atol=1e-9, rtol=0)
        if whole.begun is not None:
            torch.testing.assert_close(found.begun, whole.begun[:, t], atol=1e-9, rtol=0)


@pytest.mark.parametrize("head", HEADS)
@torch.no_grad()
def test_two_thousand_steps_in_float32_stay_near_float64(head):
    built = chain(head)
    logits = logits_for(built, 2000)
    exact = built.posterior(built.emissions(logits))
    built, state = built.float(), torch.tensor(built.start_state).expand(1, built.n_chains, -1)
    for t in range(2000):
        found, state = built.step(logits[:, t].float(), state)
        torch.testing.assert_close(found.onset.double(), exact.onset[:, t], atol=1e-4, rtol=0)
        if exact.begun is not None:
            torch.testing.assert_close(found.begun.double(), exact.begun[:, t], atol=1e-4, rtol=0)
