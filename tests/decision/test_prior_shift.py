"""Estimated onset rates: on invented beliefs whose true rates are known, and against the chains' own smoothing."""

import numpy as np
import pytest

from crisis_turns.decision.onset_counts import OnsetCounts
from crisis_turns.decision.prior_shift import onset_alternatives, shifted_rates
from crisis_turns.decision.tagged import Tagged
from tests.support.random_chains import chain, logits_for

TURNS = 8
TRAINED = (0.05, 0.03)


def counts(onsets=(500, 300)):
    """Train with these hazards: 5 and 3 %, unless another number of onsets is given."""
    return OnsetCounts(2_000, np.array(onsets), np.array(onsets), np.full(2, 10_000))


def drawn(hazards, n=3000, seed=0, told=2.0):
    """Dialogues whose onsets have these hazards, and exact filtered beliefs of who thinks that they have train's.

    Each turn gives a number with mean 0 before the onset, ``told`` at it and -1 after it.
    """
    rng = np.random.default_rng(seed)
    begins = (rng.random((n, TURNS, len(hazards))) < hazards).cumsum(1).cumsum(1)  # 1 at the first
    states = np.where(begins == 0, 0, np.where(begins == 1, 1, 2))
    means = np.array([0.0, told, -1.0])
    heard = rng.normal(means[states])
    evidence = np.exp(-((heard[..., None] - means) ** 2) / 2)  # (n, S, Y, 3)
    before, after = np.ones((n, len(hazards))), np.zeros((n, len(hazards)))
    onset, begun = np.zeros_like(heard), np.zeros_like(heard)
    for turn in range(TURNS):
        reached = np.stack((before * (1 - np.array(TRAINED)), before * TRAINED, after), axis=-1) * evidence[:, turn]
        still, now, over = np.moveaxis(reached / reached.sum(-1, keepdims=True), -1, 0)
        onset[:, turn], begun[:, turn] = now, now + over
        before, after = still, now + over
    nothing = np.zeros((TURNS, len(hazards)), dtype=bool)
    talks = [Tagged(str(i), tuple(range(TURNS)), nothing, nothing, onset[i], begun[i]) for i in range(n)]
    return talks, (states == 1).any(1).mean(0)


@pytest.mark.parametrize("hazards", [(0.05, 0.03), (0.15, 0.01), (0.01, 0.1)])
def test_shifted_rates_are_found_again(hazards):
    dialogues, true = drawn(hazards)
    found = shifted_rates(dialogues, counts(), [[0], [1]])
    np.testing.assert_allclose(found, true, atol=0.02)


def test_tags_of_a_group_shift_together():
    dialogues, true = drawn((0.1, 0.06))
    found = shifted_rates(dialogues, counts(), [[0, 1]])
    assert found.sum() == pytest.approx(true.sum(), abs=0.02)


def test_a_tag_that_train_never_shows_has_no_rate():
    dialogues, true = drawn((0.05, 0.03))
    found = shifted_rates(dialogues, counts(onsets=(500, 0)), [[0, 1]])
    assert found[1] == 0
    assert found[0] == pytest.approx(true[0], abs=0.02)


@pytest.mark.parametrize("head", ["onset", "hazard"])
def test_filtered_beliefs_say_what_smoothing_says(head):
    """p(onset at t | all turns), from beliefs that never looked ahead."""
    import torch

    built = chain(head)
    emissions = built.emissions(logits_for(built, 6))
    filtered = built.posterior(emissions)
    smoothed = built.smoothed(emissions, torch.ones(1, 6, dtype=torch.bool)).onset[0].numpy()
    nothing = np.zeros(smoothed.shape, dtype=bool)
    d = Tagged("d", tuple(range(6)), nothing, nothing, filtered.onset[0].numpy(), filtered.begun[0].numpy())
    at, never = onset_alternatives(d)
    np.testing.assert_allclose(at, smoothed, atol=1e-9)
    np.testing.assert_allclose(at.sum(0) + never[0], 1, atol=1e-9)
