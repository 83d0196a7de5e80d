"""The coarse chain against enumeration of its ordered paths, and what the tags' chains hear of it."""

import itertools

import pytest
import torch

from crisis_turns.model.chains import build_chain
from crisis_turns.model.chains.coarse import ALERTED, CONFIRMED, NOTHING, CoarseChain
from tests.support.tables import SMALL, A, B, C

ORDERED = [path for path in itertools.product(range(3), repeat=4) if list(path) == sorted(path)]


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def gold_of(*turns):
    return torch.tensor([[SMALL.multi_hot(turn.split()) for turn in turns]])


def with_coarse(head, seed=3):
    built = build_chain(head, SMALL, coarse=True).double()
    with torch.no_grad():
        for n, parameter in enumerate(built.parameters()):
            parameter.copy_(random(*parameter.shape, seed=seed + n))
    return built


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["", A, "", B, A], [NOTHING, ALERTED, ALERTED, CONFIRMED, CONFIRMED]),
        ([f"{A} {C}", "", ""], [CONFIRMED] * 3),
        (["", "", ""], [NOTHING] * 3),
        (["", B, A], [NOTHING, CONFIRMED, CONFIRMED]),
    ],
)
def test_states_by_hand(turns, expected):
    assert CoarseChain(SMALL).states(gold_of(*turns))[0].tolist() == expected


def test_likelihood_and_filtered_posterior_are_the_enumerated_ones():
    chain, scores = CoarseChain(SMALL).double(), random(1, 4, 3)
    mask = torch.ones(1, 4, dtype=torch.bool)
    weights = torch.stack([scores[0, range(4), list(path)].sum() for path in ORDERED]).softmax(0)
    for path, weight in zip(ORDERED, weights, strict=True):
        found = chain.log_likelihood(scores, torch.tensor([path]), mask)
        torch.testing.assert_close(found, weight.log()[None])
    for turns in range(1, 5):
        paths = [path for path in itertools.product(range(3), repeat=turns) if list(path) == sorted(path)]
        weights = torch.stack([scores[0, range(turns), list(path)].sum() for path in paths]).softmax(0)
        last = torch.tensor([path[-1] for path in paths])
        expected = torch.stack([weights[last == state].sum() for state in range(3)])
        torch.testing.assert_close(chain.log_filtered(scores)[0, turns - 1].exp(), expected)


def test_padding_stays_out_of_the_likelihood():
    chain, scores = CoarseChain(SMALL).double(), random(1, 5, 3)
    gold, mask = gold_of("", A, "", B, ""), torch.tensor([[True, True, True, False, False]])
    for kind in ("path", "filtered"):
        alone = chain.loss(scores[:, :3], gold[:, :3], mask[:, :3], kind=kind)
        torch.testing.assert_close(chain.loss(scores, gold, mask, kind=kind), alone)


@pytest.mark.parametrize("head", ["onset", "hazard", "binary", "independent"])
@pytest.mark.parametrize("kind", ["path", "filtered"])
def test_the_loss_is_that_of_the_tags_as_told_and_of_the_coarse_chain(head, kind):
    built, plain = with_coarse(head), build_chain(head, SMALL).double()
    plain.load_state_dict(built.chain.state_dict())
    scores = random(1, 4, 1, built.n_scores)
    gold, mask = gold_of("", A, "", B), torch.ones(1, 4, dtype=torch.bool)
    coarse = scores[0, :, 0, -3:]
    q = CoarseChain(SMALL).double().log_filtered(coarse[None])[0].exp()
    before = torch.cat((torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64), q[:-1]))
    told = scores[0, :, 0, :-3] + torch.cat((before, q), dim=1) @ built.tell.weight.T
    told = told.unflatten(-1, (plain.n_chains, plain.n_scores))[None]
    expected = plain.loss(told, gold, mask, kind=kind)
    expected = expected + CoarseChain(SMALL).double().loss(coarse[None], gold, mask, kind=kind)
    torch.testing.assert_close(built.loss(scores, gold, mask, kind=kind), expected)
    torch.testing.assert_close(
        built.posterior(built.emissions(scores)).onset, plain.posterior(plain.emissions(told)).onset
    )


def test_untrained_it_tells_the_tags_nothing():
    built, plain = build_chain("onset", SMALL, coarse=True), build_chain("onset", SMALL)
    scores = random(1, 4, 1, built.n_scores)
    apart = scores[..., 0, :-3].unflatten(-1, (plain.n_chains, plain.n_scores))
    torch.testing.assert_close(built.double().emissions(scores), plain.emissions(apart))


def test_later_turns_never_move_what_was_told():
    built, scores = with_coarse("onset"), random(1, 6, 1, 15)
    changed = torch.cat((scores[:, :3], 9 * random(1, 5, 1, 15, seed=8)), dim=1)
    torch.testing.assert_close(built.emissions(changed)[:, :3], built.emissions(scores)[:, :3])


def test_the_tags_loss_leaves_the_coarse_scores_alone():
    built = with_coarse("onset")
    scores = random(1, 4, 1, built.n_scores).requires_grad_()
    built.posterior(built.emissions(scores)).onset.sum().backward()
    assert scores.grad[..., -3:].abs().max() == 0
    assert scores.grad[..., :-3].abs().max() > 0
