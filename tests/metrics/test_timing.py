"""Timing against hand-worked tables, tolerance against a slow maximal matching."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from crisis_turns.metrics.outcomes import Outcome, outcomes
from crisis_turns.metrics.timing import timing, tolerant_counts
from tests.support.tables import SMALL, A, B, C, P, random_dialogues, tagged

TABLE = [
    tagged([A, "", B, ""], ["", A, B, ""]),  # A one late, B on time
    tagged(["", "", "", B], ["", B, "", ""]),  # B two early
    tagged(["", C], ["", ""]),  # C missed
    tagged(["", ""], [P, ""]),  # a false Alert has no timing
]


def test_each_gold_tag_is_early_on_time_late_or_missed():
    found = timing(TABLE, SMALL, resamples=20)
    assert (found["n_gold"], found["early"], found["on_time"], found["late"], found["missed"]) == (4, *[1 / 4] * 4)
    assert found["difference"] == {"-2": 1, "0": 1, "1": 1}
    assert found["confirm"]["counts"] == {"early": 1, "on_time": 1, "late": 0, "missed": 1}
    assert found["alert"]["late"] == 1


def test_tolerance_forgives_one_or_two_user_turns():
    found = timing(TABLE, SMALL, resamples=20)
    # gold A B B C; predicted A B B P: hits 2 of 4 and 4 within one turn, 3 within two
    assert found["micro_f1_within_1"] == pytest.approx(2 * 2 / (4 + 4))
    assert found["micro_f1_within_2"] == pytest.approx(2 * 3 / (4 + 4))


def test_shares_of_nothing_are_null():
    found = timing([tagged(["", ""], ["", ""])], SMALL, resamples=5)
    assert found["on_time"] is None
    assert found["micro_f1_within_1"] is None
    assert found["on_time_ci95"] == [None, None]
    assert found["difference"] == {}


def test_first_prediction_is_compared_with_first_gold():
    found = timing([tagged([B, "", "", B], ["", B, "", B])], SMALL, resamples=5)
    assert found["counts"] == {"early": 0, "on_time": 0, "late": 1, "missed": 0}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3))
def test_tolerant_matching_is_maximal_and_one_to_one(seed, tolerance):
    for dialogue in random_dialogues(seed, n=4, n_tags=3, share=0.4):
        counts = tolerant_counts(dialogue.gold, dialogue.predicted, tolerance)
        for tag in range(3):
            due, came = (np.flatnonzero(side[:, tag]) for side in (dialogue.gold, dialogue.predicted))
            near = csr_array(np.abs(due[:, None] - came[None]) <= tolerance)
            hits = int((maximum_bipartite_matching(near, perm_type="column") >= 0).sum()) if near.size else 0
            assert counts[tag].tolist() == [hits, len(came) - hits, len(due) - hits]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_no_tolerance_is_the_turn_level_count_and_more_never_lowers_it(seed):
    dialogues = random_dialogues(seed)
    found = [sum(tolerant_counts(d.gold, d.predicted, k)[:, 0].sum() for d in dialogues) for k in range(4)]
    assert found[0] == sum((d.gold & d.predicted).sum() for d in dialogues)
    assert found == sorted(found)


def test_marks_stand_on_both_ends_of_a_shifted_tag():
    found = outcomes(TABLE[0].gold, TABLE[0].predicted)
    names = {(turn, SMALL.names[tag]): outcome for (turn, tag), outcome in found.items()}
    assert names == {(0, A): Outcome.LATE, (1, A): Outcome.LATE, (2, B): Outcome.HIT}


def test_marks_of_repeats():
    d = tagged([B, "", B, ""], ["", B, "", B])
    names = {turn: outcome for (turn, _), outcome in outcomes(d.gold, d.predicted).items()}
    assert names == {0: "late", 1: "late", 2: "missed", 3: "false_alarm"}
    alone = tagged(["", C], [P, ""])
    assert set(outcomes(alone.gold, alone.predicted).values()) == {"missed", "false_alarm"}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_every_gold_and_predicted_tag_has_one_mark(seed):
    for d in random_dialogues(seed):
        found = outcomes(d.gold, d.predicted)
        assert set(found) == {tuple(place) for place in np.argwhere(d.gold | d.predicted).tolist()}
        hits = sum(outcome is Outcome.HIT for outcome in found.values())
        assert hits == (d.gold & d.predicted).sum()
