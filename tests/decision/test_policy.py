"""Thresholds against brute force, the at-most-once rule, and that later turns change nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.decision.flag_curve import FlagCurve
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.threshold_tuning import MIN_SUPPORT, best_threshold, tune
from crisis_turns.metrics.counts import turn_micro_f1
from crisis_turns.tags import TagSet
from tests.support.tables import random_dialogues, tagged

TAGS = TagSet(("a", "b", "c"))


SCORES = ("onset", "fresh", "begun")


def micro_f1(policy, dialogues) -> float:
    return turn_micro_f1(policy.apply(dialogues))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), once=st.booleans(), score=st.sampled_from(SCORES))
def test_the_tuned_threshold_is_the_best_of_all(seed, once, score):
    dialogues = random_dialogues(seed, n=6, n_tags=3, share=0.25, longest=6, levels=7)
    policy = tune(dialogues, TAGS, once=once, score=score)
    candidates = np.unique(np.concatenate([d.scores(score).ravel() for d in dialogues]))
    rivals = [Policy(np.full(3, c), once, exclusive=False, score=score) for c in [*candidates, 2.0]]
    assert micro_f1(policy, dialogues) == pytest.approx(max(micro_f1(rival, dialogues) for rival in rivals))


def test_the_threshold_lies_between_two_scores_that_occur():
    dialogues = [tagged([[True], [True], [False]], onset=[[0.9], [0.4], [0.2]])]
    policy = tune(dialogues, TagSet(("a",)), once=False)
    assert policy.thresholds.tolist() == [pytest.approx(0.3)]


def test_a_threshold_parts_neighbouring_numbers():
    above = np.nextafter(0.5, 1)
    policy = tune([tagged([[True], [False]], onset=[[above], [0.5]])], TagSet(("a",)), once=False)
    assert policy.decide(np.array([[above], [0.5]])).ravel().tolist() == [True, False]


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
    policy = tune([tagged([[False, True, False]], onset=[[0.2, 0.5, 0.3]])], TagSet(("a", "b", "c"), exclusive=True))
    assert policy.decide(np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])).argmax(1).tolist() == [1, 0]


def test_per_tag_thresholds_need_support():
    rng = np.random.default_rng(0)
    gold = np.zeros((40, 3), dtype=bool)
    gold[:MIN_SUPPORT, 0] = True
    gold[: MIN_SUPPORT - 1, 1] = True
    scores = np.where(gold, 0.6, 0.4) + rng.random((40, 3)) / 10
    scores[:, 0] -= 0.3
    policy = tune([tagged(g[None], onset=s[None]) for s, g in zip(scores, gold, strict=True)], TAGS, scope="per_tag")
    assert policy.thresholds[1] == policy.thresholds[2] != policy.thresholds[0]


def test_nothing_to_hit_means_nothing_fires():
    nothing, one = np.zeros(0), np.array([1])
    assert best_threshold(FlagCurve(nothing, nothing, nothing, nothing), 4) > 1
    assert best_threshold(FlagCurve(np.array([0.5]), one, one - 1, one), 4) > 1
    policy = tune([tagged([[False] * 3], onset=[[0.9, 0.9, 0.9]])], TAGS)
    assert not policy.decide(np.ones((2, 3))).any()


def test_fresh_is_the_onset_given_none_before():
    """Half of the belief is on earlier turns, a quarter on this one, a quarter on none so far."""
    d = tagged([[False]] * 3, onset=[[0.25], [0.0], [1.0]], begun=[[0.75], [1.0], [1.0]])
    assert d.scores("fresh").ravel().tolist() == [0.5, 0.0, 1.0]


def test_fresh_undoes_the_survival_of_a_hazard():
    hazard = np.array([[0.1], [0.6], [0.3], [0.9]])
    before = np.cumprod(1 - hazard, axis=0) / (1 - hazard)
    d = tagged([[False]] * 4, onset=before * hazard, begun=1 - np.cumprod(1 - hazard, axis=0))
    np.testing.assert_allclose(d.scores("fresh"), hazard)


def test_begun_fires_where_smeared_belief_crosses_although_no_onset_does():
    d = tagged([[False], [True], [False]], onset=[[0.3], [0.3], [0.3]], begun=[[0.3], [0.6], [0.9]])
    policies = [Policy(np.array([0.5]), once=True, exclusive=False, score=score) for score in SCORES]
    fired = {p.score: p.apply([d])[0].predicted.ravel().tolist() for p in policies}
    assert fired["onset"] == [False, False, False]
    assert fired["begun"] == [False, True, False]


def test_a_score_of_beliefs_that_are_not_there_is_an_error():
    for kind in ("fresh", "begun"):
        with pytest.raises(ValueError, match="begun"):
            tagged([[True]], onset=[[0.5]]).scores(kind)
