"""Thresholds at a price in alerts per 1,000 conversations, against brute force over the scores that occur."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crisis_turns.decision.alert_price import AlertPrice, most_found_for_alerts
from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.decision.flag_curve import UNREACHABLE
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet
from tests.support.tables import random_dialogues

PAIR = TagSet(("a", "b"))


def found_and_alerts(dialogues, thresholds, once, prevalence):
    """Counted one by one: tags hit on their turn, and alerts of 1,000 conversations."""
    hits, alerts, sizes = 0, {True: 0, False: 0}, {True: 0, False: 0}
    for d in Policy(np.array(thresholds), once, exclusive=False).apply(dialogues):
        hits += int((d.predicted & d.gold).sum())
        alerts[bool(d.gold.any())] += bool(d.predicted.any())
        sizes[bool(d.gold.any())] += 1
    return hits, 1000 * (prevalence * alerts[True] / sizes[True] + (1 - prevalence) * alerts[False] / sizes[False])


def most(dialogues, once, price, combinations):
    """By brute force."""
    counted = [found_and_alerts(dialogues, c, once, price.prevalence) for c in combinations]
    return max(hits for hits, alerts in counted if alerts <= price.alerts_per_1000 + 1e-9)


def levels(dialogues):
    return [*np.unique(np.concatenate([d.onset.ravel() for d in dialogues])), 2.0]


def chosen(dialogues, once, price, scope="global"):
    return most_found_for_alerts(dialogues, PAIR, price=price, scope=scope, once=once, score="onset").thresholds


def mixed(seed, **options):
    dialogues = random_dialogues(seed, n_tags=2, **options)
    assume(len({bool(d.gold.any()) for d in dialogues}) == 2)
    return dialogues


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000), once=st.booleans(), alerts=st.sampled_from([1, 60, 250, 500, 1000]),
    prevalence=st.sampled_from([0.001, 0.05, 0.5]),
)  # fmt: skip
def test_one_threshold_finds_the_most_that_the_price_allows(seed, once, alerts, prevalence):
    dialogues, price = mixed(seed, n=8, share=0.1, longest=4, levels=6), AlertPrice(alerts, prevalence)
    thresholds = chosen(dialogues, once, price)
    assert thresholds[0] == thresholds[1]
    found, raised = found_and_alerts(dialogues, thresholds, once, prevalence)
    assert raised <= alerts + 1e-9
    assert found == most(dialogues, once, price, ([level] * 2 for level in levels(dialogues)))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), once=st.booleans(), alerts=st.sampled_from([60, 250, 500]))
def test_thresholds_of_their_own_keep_the_price_and_find_no_less(seed, once, alerts):
    dialogues, price = mixed(seed, n=60, share=0.1, longest=3, levels=5), AlertPrice(alerts, 0.05)
    found, raised = found_and_alerts(dialogues, chosen(dialogues, once, price, "per_tag"), once, 0.05)
    assert raised <= alerts + 1e-9
    assert found >= found_and_alerts(dialogues, chosen(dialogues, once, price), once, 0.05)[0]
    assert found <= most(dialogues, once, price, itertools.product(levels(dialogues), repeat=2))


def one(gold, score):
    return Tagged("d", (0,), np.array([gold]), np.zeros((1, 2), bool), np.array([score]))


def test_the_price_is_met_to_the_alert_and_an_alert_that_finds_nothing_is_not_paid_for():
    """Half of the conversations with a label and one of four others at 0.1: 0.1 * 500 + 0.9 * 250 = 275 alerts."""
    dialogues = [one([True, False], [0.9, 0]), one([True, False], [0.5, 0]),
                 *[one([False, False], [score, 0]) for score in (0.8, 0.7, 0.6, 0.1)]]  # fmt: skip
    for alerts, hits in ((49, 0), (50, 1), (500, 1), (775, 2)):
        thresholds = chosen(dialogues, True, AlertPrice(alerts, 0.1))
        assert found_and_alerts(dialogues, thresholds, True, 0.1)[0] == hits
    assert (chosen(dialogues, True, AlertPrice(49, 0.1)) == UNREACHABLE).all()
    spare = found_and_alerts(dialogues, chosen(dialogues, True, AlertPrice(500, 0.1)), True, 0.1)
    assert spare == (1, pytest.approx(50))


def test_a_tag_of_its_own_threshold_finds_what_a_shared_one_cannot():
    dialogues = [one([True, False], [0.9, 0]), one([False, True], [0, 0.3]), one([False, False], [0.5, 0.1])] * 10
    price = AlertPrice(10, 0.01)
    assert found_and_alerts(dialogues, chosen(dialogues, True, price), True, 0.01) == (10, pytest.approx(5))
    own = chosen(dialogues, True, price, "per_tag")
    assert found_and_alerts(dialogues, own, True, 0.01) == (20, pytest.approx(10))


@pytest.mark.parametrize("gold", [True, False])
def test_both_kinds_of_conversation_are_needed(gold):
    with pytest.raises(InputError, match=r"alerts_per_1000=5: .* with and without a label .* found [03] with and [03]"):
        chosen([one([gold, False], [0.5, 0])] * 3, True, AlertPrice(5, 0.01))


def test_rates_are_shares_of_their_own_conversations():
    rates = AlertRates.of_counts(np.array([[1, 2], [0, 0]]), np.array([[2, 8], [2, 0]]))
    assert rates.sensitivity.tolist() == [0.5, 0]
    assert rates.false_alarm_rate.tolist() == pytest.approx([0.25, np.nan], nan_ok=True)
