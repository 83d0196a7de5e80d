"""Thresholds against brute force, the at-most-once rule, and that later turns change nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.decision import MIN_SUPPORT, Policy, Tagged, best_threshold, tune
from src.metrics.counts import f1, stacked
from src.tags import TagSet

TAGS = TagSet(("a", "b", "c"))


def tagged(onset, gold) -> Tagged:
    gold = np.asarray(gold, dtype=bool)
    return Tagged("d", tuple(range(len(gold))), gold, gold & False, onset=np.asarray(onset, dtype=float))


def random_dialogues(seed, n=6, levels=7) -> list[Tagged]:
    """Few distinct scores, so that ties are common."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 7, n)
    return [tagged(rng.integers(0, levels, (s, 3)) / levels, rng.random((s, 3)) < 0.25) for s in sizes]


def micro_f1(policy, dialogues) -> float:
    return float(np.nan_to_num(f1(stacked(policy.apply(dialogues), level="turn").sum((0, 1)))))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), once=st.booleans())
def test_the_tuned_threshold_is_the_best_of_all(seed, once):
    dialogues = random_dialogues(seed)
    policy = tune(dialogues, TAGS, once=once)
    candidates = np.unique(np.concatenate([d.onset.ravel() for d in dialogues]))
    best = max(micro_f1(Policy(np.full(3, c), once=once, exclusive=False), dialogues) for c in [*candidates, 2.0])
    assert micro_f1(policy, dialogues) == pytest.approx(best)


def test_the_threshold_lies_between_two_scores_that_occur():
    dialogues = [tagged([[0.9], [0.4], [0.2]], [[True], [True], [False]])]
    policy = tune(dialogues, TagSet(("a",)), once=False)
    assert policy.thresholds.tolist() == [pytest.approx(0.3)]


def test_a_tag_fires_at_most_once():
    policy = Policy(np.array([0.5]), once=True, exclusive=False)
    assert policy.decide(np.array([[0.2], [0.6], [0.4], [0.9]])).ravel().tolist() == [False, True, False, False]
    always = Policy(np.array([0.5]), once=False, exclusive=False)
    assert always.decide(np.array([[0.2], [0.6], [0.4], [0.9]])).ravel().tolist() == [False, True, False, True]


@given(seed=st.integers(0, 1000), once=st.booleans())
def test_decisions_use_the_past_only(seed, once):
    beliefs = np.random.default_rng(seed).random((8, 3))
    policy = Policy(np.full(3, 0.5), once=once, exclusive=False)
    for t in range(1, 8):
        assert (policy.decide(beliefs[:t]) == policy.decide(beliefs)[:t]).all()


def test_exclusive_tags_take_the_likeliest_class():
    policy = tune([tagged([[0.2, 0.5, 0.3]], [[False, True, False]])], TagSet(("a", "b", "c"), exclusive=True))
    assert policy.decide(np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])).argmax(1).tolist() == [1, 0]


def test_per_tag_thresholds_need_support():
    rng = np.random.default_rng(0)
    gold = np.zeros((40, 3), dtype=bool)
    gold[:MIN_SUPPORT, 0] = True
    gold[: MIN_SUPPORT - 1, 1] = True
    scores = np.where(gold, 0.6, 0.4) + rng.random((40, 3)) / 10
    scores[:, 0] -= 0.3
    policy = tune([tagged(s[None], g[None]) for s, g in zip(scores, gold, strict=True)], TAGS, scope="per_tag")
    assert policy.thresholds[1] == policy.thresholds[2] != policy.thresholds[0]


def test_nothing_to_hit_means_nothing_fires():
    assert best_threshold(np.zeros((0, 3)), 4) > 1
    assert best_threshold(np.array([[0.5, 1, 0]]), 4) > 1
    policy = tune([tagged([[0.9, 0.9, 0.9]], [[False] * 3])], TAGS)
    assert not policy.decide(np.ones((2, 3))).any()
