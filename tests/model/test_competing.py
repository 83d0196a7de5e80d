"""What competing risks add to the hazard chain. That they add up over all paths stands in ``test_chains.py``."""

import numpy as np
import pytest
import torch

from crisis_turns.model.chains import build_chain
from crisis_turns.model.chains.competing import CompetingChain
from crisis_turns.tags import CRADLE
from crisis_turns.training.class_weights import state_weights
from tests.support.invented import dialogue
from tests.support.random_chains import EVENTS, TAGS, chain, logits_for
from tests.support.tiny import tagger

BEFORE, PAST, ONGOING, AFTER = range(4)  # of the Alerts in EVENTS, whose first is the past one


def gold_of(*turns: str) -> torch.Tensor:
    """``(1, S, Y)`` from the tags of each turn, "; " between them."""
    return torch.tensor([[EVENTS.multi_hot(tags.split("; ") if tags else ()) for tags in turns]])


def test_the_benchmarks_tags_are_eight_events_of_two_times():
    assert CRADLE.events == tuple((2 * n, 2 * n + 1) for n in range(8))
    assert EVENTS.events == ((0, 2), (1,), (3,))


@pytest.mark.parametrize("kind", ["path", "filtered"])
def test_where_each_tag_is_its_own_event_it_is_the_hazard_chain(kind):
    hazard, competing = (build_chain(head, TAGS).double() for head in ("hazard", "competing"))
    torch.testing.assert_close(hazard.initial_bias(), competing.initial_bias())
    logits = logits_for(hazard, 6, batch=2)
    mask = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    gold = torch.zeros(2, 6, 2, dtype=torch.bool)
    gold[:, 2, 0] = True
    beliefs = torch.rand(2, 6, 2, 2, dtype=torch.float64).sort(-1).values

    def numbers(built):
        emissions = built.emissions(logits)
        yield emissions
        yield built.log_filtered(emissions).exp()
        yield built.loss(logits, gold, mask, kind=kind)
        yield built.distillation(logits, beliefs, mask)
        for found in (built.posterior(emissions), built.smoothed(emissions, mask)):
            yield from (found.onset, found.begun)
        yield built.viterbi(emissions, mask)
        yield built.by_state(torch.tensor([3.0, 5.0]))

    for a, b in zip(numbers(hazard), numbers(competing), strict=True):
        torch.testing.assert_close(a, b)


def test_of_an_events_tags_one_begins_or_none_does():
    """Sums over turns and tags, whoever believes: live, looking back, at best."""
    built = chain("competing")
    emissions, mask = built.emissions(logits_for(built, 9, batch=20)), torch.ones(20, 9, dtype=torch.bool)
    found, smoothed = built.posterior(emissions), built.smoothed(emissions, mask)
    for event in map(list, EVENTS.events):
        assert found.onset[..., event].sum((1, 2)).max() <= 1 + 1e-12
        assert found.begun[..., event].sum(-1).max() <= 1 + 1e-12
        assert smoothed.onset[..., event].sum((1, 2)).max() <= 1 + 1e-12
        assert built.viterbi(emissions, mask)[..., event].sum((1, 2)).max() <= 1
    hazards = emissions[:, :, 0, 1:3].exp()
    free = torch.cat((torch.ones(20, 1), (1 - hazards.sum(-1)).cumprod(1)[:, :-1]), dim=1)
    torch.testing.assert_close(found.onset[..., [0, 2]], free[..., None] * hazards)
    torch.testing.assert_close(found.begun, found.onset.cumsum(1))


def test_the_first_time_of_an_event_is_learnt_and_no_later_one():
    built = chain("competing")
    states = built.states(gold_of("", "alert_ongoing", "other", "alert_past; confirm_SH_ongoing"))[0].T.tolist()
    assert states == [[BEFORE, ONGOING, AFTER, AFTER], [0, 0, 0, 1], [0, 0, 1, 3]]
    both = built.states(gold_of("alert_ongoing; alert_past"))
    assert both[0, 0, 0] == PAST, "the tag set's first"


def test_an_onset_on_padding_is_none():
    built = chain("competing")
    emissions, mask = built.emissions(logits_for(built, 3)), torch.tensor([[True, True, False]])
    padded, legal = (built.states(gold_of("other", "", tags)) for tags in ("alert_past; confirm_SH_ongoing", ""))
    torch.testing.assert_close(
        built.log_likelihood(emissions, padded, mask), built.log_likelihood(emissions, legal, mask)
    )


def test_the_likeliest_path_has_the_likeliest_cause_at_its_likeliest_turn():
    """On the second turn an onset is likelier than on the first, but not one of the two causes there."""
    built = CompetingChain([(0, 1)])
    first, second, never = [0.4, 0.001], [0.3, 0.29], 0.009
    paths = torch.tensor([[[never, *first, 1.0], [1.0, *second, 1.0]]]).log()
    paths[0, 1, 1:3] -= torch.tensor(never).log()  # the path's score is what stands there, whatever came before
    best = built.viterbi(paths[:, :, None], torch.ones(1, 2, dtype=torch.bool))
    assert best[0].tolist() == [[True, False], [False, False]]


def test_an_onset_weighs_as_its_tag_does():
    built = tagger("head=competing")
    talks = [dialogue("U hi", "U a | alert_past", "U b | alert_ongoing; alert_ongoing", "U c | alert_ongoing")]
    weights = state_weights(built.tokenizer(talks, built.tags), built.model.chain, kind="balanced")
    assert weights.shape == (8, 4)
    assert weights[0].tolist() == [1, 1, 3, 1]  # 2 of 4 turns ongoing, 1 past
    mixed = chain("competing").by_state(torch.tensor([2.0, 3.0, 5.0, 7.0]))
    assert mixed.tolist() == [[1, 2, 5, 1], [1, 3, 1, 1], [1, 7, 1, 1]]


def test_a_teacher_that_believes_in_both_times_is_brought_to_one():
    built = CompetingChain([(0, 1)])
    beliefs = torch.tensor([[[[0.6, 0.9], [0.3, 0.6]], [[0.1, 0.2], [0.0, 0.3]]]])  # (B, S, Y, 2)
    found = built.soft_states(beliefs)[0, :, 0].numpy()
    np.testing.assert_allclose(found[0], np.array([0, 0.6, 0.3, 0.6]) / 1.5, rtol=1e-6)
    np.testing.assert_allclose(found[1], [0.5, 0.1, 0, 0.4], rtol=1e-6)
