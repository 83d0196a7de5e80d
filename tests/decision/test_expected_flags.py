"""Thresholds at a rate of flags against brute force over every score that occurs; no label is read."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.decision.expected_flags import Expected, at_rates, expected_flags
from crisis_turns.decision.onset_counts import OnsetCounts, read_onset_counts, write_onset_counts
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.threshold_tuning import sharing
from crisis_turns.errors import InputError
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import SMALL, A, B, C, P, random_dialogues, tagged

SCORES = ("onset", "fresh", "begun")
RATES = np.array([0.3, 0.1, 0.2, 0.4])
ONE = TagSet(("a",))


def flags(dialogues, own, threshold, once, score) -> int:
    """Raised by these tags at this threshold, counted turn by turn."""
    raised = 0
    for d in dialogues:
        for column in d.scores(score)[:, own].T:
            fires = [value >= threshold for value in column]
            raised += any(fires) if once else sum(fires)
    return raised


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    once=st.booleans(),
    score=st.sampled_from(SCORES),
    levels=st.sampled_from([3, 9]),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_no_threshold_raises_a_number_nearer_to_what_is_expected(seed, once, score, levels, shares):
    """Few levels make many beliefs equal, which fire together."""
    dialogues = random_dialogues(seed, n=6, n_tags=4, longest=5, levels=levels)
    groups = sharing(SMALL, "group")
    expected = [Expected("group", own, share * len(own)) for own, share in zip(groups, shares, strict=True)]
    policy = at_rates(dialogues, SMALL, expected, once=once, score=score)
    decided = policy.apply(dialogues)
    for _, own, per_dialogue in expected:
        wanted = per_dialogue * len(dialogues)
        levels_met = np.unique(np.concatenate([d.scores(score)[:, own].ravel() for d in dialogues]))
        counts = {level: flags(dialogues, own, level, once, score) for level in [*levels_met.tolist(), 2.0]}
        found = sum(int(d.predicted[:, own].sum()) for d in decided)
        nearest = min(abs(count - wanted) for count in counts.values())
        assert abs(found - wanted) == pytest.approx(nearest)
        assert len(set(policy.thresholds[own])) == 1
        above = [level for level in counts if level > policy.thresholds[own[0]]]
        assert all(abs(counts[level] - wanted) >= nearest for level in above)
        # beliefs below a turn's highest so far change nothing, so the threshold may lie under some of them
        highest = Policy(np.full(4, max(level for level in counts if counts[level] == found)), once, False, score)
        for d, highest_first in zip(decided, highest.apply(dialogues), strict=True):
            assert (d.predicted[:, own] == highest_first.predicted[:, own]).all()
    assert not once or all(d.predicted.sum(0).max() <= 1 for d in decided)


def test_each_tag_counts_once_per_dialogue_and_the_highest_threshold_is_taken():
    talk = [tagged([[False]] * 3, onset=[[0.2], [0.5], [0.9]], tags=ONE)] * 2
    expected = expected_flags(ONE, {"a": 1.0}, lambda: np.zeros(1), "group")
    once = at_rates(talk, ONE, expected, once=True, score="onset")
    assert once.thresholds.tolist() == [pytest.approx(0.7)]
    always = at_rates(talk, ONE, [Expected("a", [0], 2.0)], once=False, score="onset")
    assert always.thresholds.tolist() == [pytest.approx(0.35)]


def test_nothing_is_expected_and_nothing_fires():
    policy = at_rates([tagged([[False]], onset=[[1.0]])], ONE, [Expected("a", [0], 0.0)], once=True, score="onset")
    assert not policy.decide(np.ones((2, 1))).any()


def test_more_than_can_be_raised_is_refused():
    with pytest.raises(InputError, match=r"expected.a=1.5: at most 1 per dialogue can be raised here"):
        at_rates([tagged([[False]], onset=[[0.5]])], ONE, [Expected("a", [0], 1.5)], once=True, score="onset")


@pytest.mark.parametrize("seed", range(3))
def test_no_label_moves_a_threshold(seed):
    dialogues = random_dialogues(seed, n=6, n_tags=4, levels=5)
    poisoned = [dataclasses.replace(d, gold=~d.gold) for d in dialogues]
    expected = expected_flags(SMALL, {}, lambda: RATES, "group")
    one, other = (at_rates(each, SMALL, expected, once=True, score="onset") for each in (dialogues, poisoned))
    assert one.thresholds.tolist() == other.thresholds.tolist()


def names_and_rates(expected):
    return {each.name: (each.tags, pytest.approx(each.per_dialogue)) for each in expected}


def never_asked():
    raise AssertionError("everything is stated")


@pytest.mark.parametrize(
    ("stated", "scope", "found"),
    [
        ({}, "group", {"alert": ([0, 1], 0.4), "confirm": ([2, 3], 0.6)}),
        ({}, "per_tag", {A: ([0], 0.3), P: ([1], 0.1), B: ([2], 0.2), C: ([3], 0.4)}),
        ({}, "global", {"all": ([0, 1, 2, 3], 1.0)}),
        ({"alert": 0.5}, "group", {"alert": ([0, 1], 0.5), "confirm": ([2, 3], 0.6)}),
        ({"alert": 0.5}, "global", {"all": ([0, 1, 2, 3], 1.1)}),
        ({B: 0.7}, "group", {B: ([2], 0.7), "alert": ([0, 1], 0.4), "rest of confirm": ([3], 0.4)}),
    ],
)
def test_what_is_stated_goes_before_what_is_usual(stated, scope, found):
    assert names_and_rates(expected_flags(SMALL, stated, lambda: RATES, scope)) == found


def test_usual_rates_are_not_asked_for_where_all_is_stated():
    stated = {"alert": 0.39, "confirm": 0.79}
    assert [each.per_dialogue for each in expected_flags(CRADLE, stated, never_asked, "group")] == [0.39, 0.79]
    assert names_and_rates(expected_flags(TagSet(("a", "b")), {"other": 1}, never_asked, "group")) == {
        "other": ([0, 1], 1)
    }


@pytest.mark.parametrize(
    ("stated", "scope", "message"),
    [
        ({"crisis": 1}, "group", r"expected.crisis: expected alert, confirm or a tag of the run"),
        ({"alert": 1, P: 1}, "group", rf"expected.alert and expected.{P} speak of the same tag"),
        ({"alert": 1}, "per_tag", r"expected.alert is of several tags, which share a threshold then: give scope=group"),
    ],
)
def test_rates_that_do_not_fit_the_tags_are_refused(stated, scope, message):
    with pytest.raises(InputError, match=message):
        expected_flags(SMALL, stated, lambda: RATES, scope)


def test_onsets_are_counted_once_and_turns_up_to_them(tmp_path):
    """A tag that is written twice, one that begins on the first turn, one that never does."""
    gold = [np.array([[0, 1, 0], [1, 0, 0], [1, 0, 0]], bool), np.zeros((2, 3), bool), np.zeros((0, 3), bool)]
    tags = TagSet(("a", "b", "c"))
    write_onset_counts(tmp_path / "onsets.json", OnsetCounts.over(gold), tags)
    counts = read_onset_counts(tmp_path / "onsets.json", tags)
    assert counts.dialogues == 2
    assert [counts.labels.tolist(), counts.onsets.tolist(), counts.turns.tolist()] == [[2, 1, 0], [1, 1, 0], [4, 3, 5]]
    assert (counts.rates(once=True).tolist(), counts.rates(once=False).tolist()) == ([0.5, 0.5, 0], [1, 0.5, 0])
    assert counts.hazards.tolist() == [1 / 4, 1 / 3, 0]
    with pytest.raises(InputError, match=r"onsets.json: expected counts of each of the 2 tags"):
        read_onset_counts(tmp_path / "onsets.json", TagSet(("a", "b")))
    (tmp_path / "onsets.json").write_text("{}")
    with pytest.raises(InputError, match=r"onsets.json: configuration key 'dialogues'"):
        read_onset_counts(tmp_path / "onsets.json", tags)
