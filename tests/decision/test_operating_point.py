"""Thresholds at a price against brute force over every combination of scores that occur."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.decision.flag_curve import FlagCurve
from crisis_turns.decision.operating_point import OperatingPoint, most_found, operating_point
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.tags import TagSet
from tests.support.tables import random_dialogues


def best_recall(dialogues, tags, at, once, shared) -> float:
    levels = [*np.unique(np.concatenate([d.onset.ravel() for d in dialogues])), 2.0]
    combinations = ([level] * tags for level in levels) if shared else itertools.product(levels, repeat=tags)
    points = (operating_point(Policy(np.array(c), once, exclusive=False).apply(dialogues)) for c in combinations)
    return max(o.recall for o in points if o.false_per_100 <= at)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), once=st.booleans(), at=st.sampled_from([1, 10, 25, 60]))
def test_the_most_is_found_at_the_price(seed, once, at):
    dialogues = random_dialogues(seed, n=3, n_tags=3, share=0.3, longest=5, levels=3)
    policy = most_found(dialogues, TagSet(("a", "b", "c")), at=at, scope="global", once=once, score="onset")
    found = operating_point(policy.apply(dialogues))
    assert found.false_per_100 <= at
    assert found.recall == pytest.approx(best_recall(dialogues, 3, at, once, shared=True))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), once=st.booleans(), at=st.sampled_from([2, 10, 30]))
def test_a_rate_is_shared_out_among_tags_as_well_as_can_be(seed, once, at):
    dialogues = random_dialogues(seed, n=30, n_tags=2, share=0.3, longest=5, levels=4)
    policy = most_found(dialogues, TagSet(("a", "b")), at=at, scope="per_tag", once=once, score="onset")
    found = operating_point(policy.apply(dialogues))
    assert found.false_per_100 <= at
    assert found.recall == pytest.approx(best_recall(dialogues, 2, at, once, shared=False))


def test_one_turn_late_is_neither_found_nor_a_false_alarm():
    gold = np.array([[True], [False], [False]])
    flags = [np.arange(3)[:, None] == turn for turn in range(3)]
    points = [operating_point([Tagged("d", (0, 1, 2), gold, flag)]) for flag in flags]
    assert [(o.recall, o.late, round(o.false_per_100)) for o in points] == [(1, 0, 0), (0, 1, 0), (0, 0, 33)]


def test_nothing_fires_where_no_false_alarm_is_allowed_and_none_can_be_avoided():
    dialogue = Tagged("d", (0, 1), np.array([[False], [False]]), np.zeros((2, 1), bool), np.array([[0.9], [0.2]]))
    policy = most_found([dialogue], TagSet(("a",)), at=1, scope="global", once=True, score="onset")
    assert not policy.apply([dialogue])[0].predicted.any()


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("scope", ["global", "per_tag"])
def test_the_price_is_kept_where_neighbouring_numbers_part_a_hit_from_a_false_alarm(once, scope):
    """Midway between neighbouring floats rounds to the lower one, which is the false alarm's."""
    above = np.nextafter(0.5, 1)
    hit = Tagged("d", (0,), np.array([[True]]), np.array([[False]]), np.array([[above]]))
    false = Tagged("e", (0, 1), np.zeros((2, 1), bool), np.zeros((2, 1), bool), np.array([[0.5], [0.1]]))
    dialogues = [hit] * 10 + [false]
    policy = most_found(dialogues, TagSet(("a",)), at=1, scope=scope, once=once, score="onset")
    assert operating_point(policy.apply(dialogues)) == OperatingPoint(false_per_100=0, recall=1, late=0)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), once=st.booleans())
def test_the_curve_counts_what_its_thresholds_flag(seed, once):
    dialogues = random_dialogues(seed, n=3, n_tags=3, share=0.3, longest=5, levels=4)
    curve = FlagCurve.over(dialogues, range(3), once=once, score="onset")
    assert (np.diff(curve.scores) < 0).all()
    turns = sum(len(d.gold) for d in dialogues)
    for point, score in enumerate(curve.scores.tolist()):
        for threshold in (score, curve.threshold(point)):
            decided = Policy(np.full(3, threshold), once, exclusive=False).apply(dialogues)
            assert curve.flags[point] == sum(d.predicted.sum() for d in decided)
            assert curve.found[point] == sum((d.predicted & d.gold).sum() for d in decided)
            assert curve.false[point] == pytest.approx(operating_point(decided).false_per_100 * turns / 100)
