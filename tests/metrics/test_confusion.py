"""Types and times taken for each other; scores by reveal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.metrics.by_reveal import by_reveal, reveal
from crisis_turns.metrics.by_tag import scores_by_type
from crisis_turns.metrics.confusion import class_confusion, time_confusion, type_confusion
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import random_dialogues, tagged

SH, SHP, DV, DVP, RA = (f"confirm_{x}" for x in ("SH_ongoing", "SH_past", "DV_ongoing", "DV_past", "RA_past"))


def cradle(gold, predicted):
    return tagged(gold, predicted, tags=CRADLE)


def cells(matrix):
    return {(g, p): n for g, row in matrix.items() for p, n in row.items() if n}


def test_types_unite_their_times():
    found = scores_by_type([cradle([SH, DV, ""], [SHP, "", DVP])], CRADLE)
    assert found["SH"] == {"f1": 1, "precision": 1, "recall": 1, "support": 1, "predicted": 1}
    assert found["DV"]["f1"] == 0
    assert found["alert"]["f1"] is None
    assert list(found) == ["alert", "SI_passive", "SI_active", "SH", "DV", "CA", "SHA", "RA"]


def test_past_taken_for_ongoing():
    found = time_confusion([cradle([SH, DV, "alert_past"], [SHP, DV, ""]), cradle(["", ""], ["", RA])], CRADLE)
    assert cells(found) == {("ongoing", "past"): 1, ("ongoing", "ongoing"): 1, ("past", "none"): 1, ("none", "past"): 1}


def test_a_type_taken_for_another_pairs_with_the_nearest_turn():
    found = type_confusion([cradle([SH, "", "", DV], ["", RA, "", "confirm_CA_past"])], CRADLE)
    assert cells(found) == {("SH", "RA"): 1, ("DV", "CA"): 1}
    found = type_confusion([cradle([SH, DV], [DVP, ""])], CRADLE)  # what is right is taken out first
    assert cells(found) == {("DV", "DV"): 1, ("SH", "none"): 1}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_confusions_keep_every_gold_and_every_prediction(seed):
    dialogues = random_dialogues(seed)
    matrix = type_confusion(dialogues, CRADLE)
    for name, indices in list(CRADLE.types.items())[1:]:
        gold = sum(bool(d.gold[:, list(indices)].any()) for d in dialogues)
        predicted = sum(bool(d.predicted[:, list(indices)].any()) for d in dialogues)
        assert sum(matrix[name].values()) == gold
        assert sum(row[name] for row in matrix.values()) == predicted


def test_classes_of_an_exclusive_corpus():
    classes = TagSet(("x", "y"), exclusive=True)
    found = class_confusion([tagged(["x", "y", "x"], ["x", "x", ""], tags=classes)], classes)
    assert cells(found) == {("x", "x"): 1, ("y", "x"): 1, ("x", "none"): 1}


@pytest.mark.parametrize(
    ("turns", "name"), [(0, "early"), (2, "early"), (3, "mid"), (5, "mid"), (6, "late"), (11, "late")]
)
def test_reveal_counts_user_turns_from_one(turns, name):
    assert reveal(cradle([*[""] * turns, SH], [""] * (turns + 1)), CRADLE) == name


def test_scores_by_reveal():
    dialogues = [cradle([SH], [SH]), cradle(["", "", "", DV], ["", "", DV, ""]), cradle(["alert_past"], [""])]
    found = by_reveal(dialogues, CRADLE, resamples=5)
    assert [found[b]["n_dialogues"] for b in ("early", "mid", "late", "never")] == [1, 1, 0, 1]
    assert found["early"]["turn_micro_f1"] == 1
    assert (found["mid"]["turn_micro_f1"], found["mid"]["dialogue_micro_f1"], found["mid"]["never_flagged"]) == (
        0,
        1,
        0,
    )
    assert found["late"]["turn_micro_f1"] is None
    assert found["never"]["never_flagged"] == 1
