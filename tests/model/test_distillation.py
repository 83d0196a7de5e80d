"""The distillation loss against its definition, summed term by term."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from crisis_turns.heads import HEADS
from crisis_turns.model.chains.onset import HazardChain, OnsetChain
from tests.support.invented import dialogue
from tests.support.random_chains import chain, logits_for
from tests.support.tiny import tagger

MASK = torch.tensor([[True, True, True], [True, True, False]])


def beliefs_of(built, logits) -> Tensor:
    """``(B, S, Y, 2)`` as a teacher's run gives them."""
    posterior = built.posterior(built.emissions(logits))
    begun = posterior.onset if posterior.begun is None else posterior.begun
    return torch.stack((posterior.onset, begun), dim=-1).detach()


@pytest.mark.parametrize("head", HEADS)
def test_it_is_the_cross_entropy_of_the_filtered_posteriors(head):
    built = chain(head)
    student, teacher = (logits_for(built, 3, seed=seed, batch=2) for seed in (1, 2))
    beliefs = beliefs_of(built, teacher)
    found = built.distillation(student, beliefs, MASK)
    mine, theirs = (built.log_filtered(built.emissions(logits)).exp().detach() for logits in (student, teacher))
    for b in range(2):
        expected = 0.0
        for t in range(int(MASK[b].sum())):
            for p, q in zip(mine[b, t].flatten().tolist(), theirs[b, t].flatten().tolist(), strict=True):
                expected -= q * math.log(p) if q > 1e-12 else 0.0
        assert found[b].item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("head", HEADS)
def test_who_believes_what_the_teacher_does_has_nothing_to_learn(head):
    built = chain(head)
    logits = logits_for(built, 3, batch=2).requires_grad_()
    (same,) = torch.autograd.grad(built.distillation(logits, beliefs_of(built, logits), MASK).sum(), logits)
    other = beliefs_of(built, logits_for(built, 3, seed=9, batch=2))
    (different,) = torch.autograd.grad(built.distillation(logits, other, MASK).sum(), logits)
    assert same.abs().max() < 1e-6
    assert different.abs().max() > 1e-2
    assert different[1, 2].abs().max() == 0  # padding


@pytest.mark.parametrize("kind", [OnsetChain, HazardChain])
def test_a_rounding_error_of_the_teacher_is_no_loss(kind):
    """Nothing is over at the first turn: a belief of 1e-7 in that must not be weighed by a log probability of -1e9."""
    built = kind(2)
    logits = torch.zeros(1, 3, 2, built.n_logits)
    exact = beliefs_of(built, logits)
    rounded = exact + torch.tensor([0.0, 1e-7])
    mask = torch.ones(1, 3, dtype=torch.bool)
    torch.testing.assert_close(
        built.distillation(logits, rounded, mask), built.distillation(logits, exact, mask), atol=1e-4, rtol=0
    )


def test_labels_and_teacher_share_the_loss_and_unlabelled_dialogues_have_the_teacher_alone():
    built = tagger()
    talk = dialogue("U hi | alert_ongoing", "L oh", "U yes")
    encoded = built.tokenizer([talk, talk], built.tags)
    beliefs = torch.full((2, 2, len(built.tags), 2), 0.25).numpy()
    taught = [replace(d, beliefs=b) for d, b in zip(encoded, beliefs, strict=True)]

    def loss(dialogues, weight):
        batch = built.collate(dialogues)
        return built.model.loss(built.model(batch), batch, kind="path", teacher_weight=weight).item()

    labels, teacher = loss(encoded, 0.7), loss(taught, 1.0)
    assert labels != pytest.approx(teacher)
    assert loss(taught, 0.25) == pytest.approx(0.75 * labels + 0.25 * teacher, rel=1e-5)
    mixed = [taught[0], replace(taught[1], labelled=False)]
    assert loss(mixed, 0.25) == pytest.approx((0.75 * labels + 0.25 * teacher + teacher) / 2, rel=1e-5)
