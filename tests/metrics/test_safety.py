"""False alarms and safety, as fractions worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.decision.policy import Policy
from crisis_turns.metrics.alarm_sections import STRETCHES
from crisis_turns.metrics.false_alarms import false_alarms
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.safety import detection_curve, safety
from crisis_turns.metrics.silent_misses import silent_misses, silent_record
from crisis_turns.metrics.threshold_curves import Sweep, threshold_curve
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import SMALL, A, B, C, P, random_dialogues, tagged

TABLE = [
    tagged(["", A, "", B, ""], [A, "", C, B, P]),  # one flag before, C and P after the first label
    tagged(["", "", ""], ["", A, ""]),  # label-free, flagged
    tagged(["", ""], ["", ""]),  # label-free, silent
    tagged(["", B], ["", C]),  # a wrong tag on a labelled turn
    tagged([C, ""], ["", ""]),  # a Confirm that nobody saw
]


def test_false_flags_stand_apart_by_stretch():
    found = false_alarms(TABLE, resamples=20)
    assert found["label_free_dialogues"] == 2
    assert found["label_free_flagged"] == 1 / 2
    stretches = {name: (found[name]["user_turns"], found[name]["flags"]) for name in STRETCHES}
    assert stretches == {
        "before_first_label": (1 + 1, 1),
        "after_first_label": (2 + 1, 2),  # turns 2 and 4 of the first dialogue, turn 1 of the last
        "label_free": (5, 1),
        "labelled_turns": (4, 1),
    }
    assert found["after_first_label"]["flags_per_100_turns"] == pytest.approx(100 * 2 / 3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_false_flags_add_up_to_the_false_positives_and_turns_to_all(seed):
    dialogues = random_dialogues(seed, share=0.05)
    found = false_alarms(dialogues, resamples=5)
    assert sum(found[name]["flags"] for name in STRETCHES) == sum((d.predicted & ~d.gold).sum() for d in dialogues)
    assert sum(found[name]["user_turns"] for name in STRETCHES) == sum(len(d.gold) for d in dialogues)


def test_confirmed_dialogues_are_flagged_before_on_after_or_never():
    found = safety(TABLE, SMALL, resamples=20)
    assert found["n_confirmed"] == 3
    assert found["never_flagged"] == pytest.approx(1 / 3)
    assert found["first_flag"] == pytest.approx({"before": 1 / 3, "same_turn": 1 / 3, "after": 0, "none": 1 / 3})
    assert found["difference"] == {"-3": 1, "0": 1}
    assert found["flagged_by_confirm"] == pytest.approx(2 / 3)
    # ten unlabelled user turns: two before, three after, five label-free; four flags on them
    assert found["false_alarms_per_100_turns"] == pytest.approx(100 * 4 / 10)
    assert found["curve"] is None


def test_flagging_the_first_turn_wins_the_lead_and_pays_in_false_alarms():
    eager = [tagged(["", "", B], [A, "", ""]), tagged(["", "", ""], [A, "", ""])]
    found = scored_sections(eager, SMALL, resamples=5)
    assert found["safety"]["first_flag"]["before"] == 1
    assert found["false_alarms"]["label_free_flagged"] == 1


def test_without_a_confirm_safety_is_null():
    found = safety([tagged([A], [A])], SMALL, resamples=5)
    assert found["never_flagged"] is None
    assert found["median_difference"] is None
    assert "safety" not in scored_sections([tagged(["x"], ["x"], tags=TagSet(("x",)))], TagSet(("x",)), resamples=5)


@pytest.mark.parametrize("by", ["onset", "fresh", "begun"])
@pytest.mark.parametrize("once", [True, False])
def test_the_sweep_fires_as_the_decision_does(once, by):
    dialogues = random_dialogues(5, beliefs=True)
    sweep = Sweep.over(dialogues, once=once, by=by)
    for threshold in sweep.thresholds[::7]:
        policy = Policy(np.full(16, threshold), once=once, exclusive=False, score=by)
        decided = np.concatenate([d.predicted for d in policy.apply(dialogues)])
        assert (sweep.fires(threshold) == decided).all()


def test_curves_agree_with_the_scores_of_each_threshold():
    dialogues = random_dialogues(6, n=20, share=0.05, beliefs=True)
    detection, scores = detection_curve(dialogues, CRADLE, once=True), threshold_curve(dialogues)
    assert detection[0]["detected"] == detection[0]["false_alarms_per_100_turns"] == 0
    for point, f1 in list(zip(detection, scores, strict=True))[::9]:
        policy = Policy(np.full(16, point["threshold"]), once=True, exclusive=False)
        found = scored_sections(policy.apply(dialogues), CRADLE, resamples=5)
        assert point["detected"] == pytest.approx(1 - found["safety"]["never_flagged"])
        assert point["detected_in_time"] == pytest.approx(found["safety"]["flagged_by_confirm"])
        assert point["false_alarms_per_100_turns"] == pytest.approx(found["safety"]["false_alarms_per_100_turns"])
        assert point["label_free_flagged"] == pytest.approx(found["false_alarms"]["label_free_flagged"])
        assert f1["f1"] == pytest.approx(found["turn"]["micro_f1"])


def test_silent_misses_are_believed_and_never_said():
    begun = [[0, 0, 0.3, 0.1], [0, 0, 0.6, 0.2], [0, 0, 0.9, 0.4]]
    d = tagged(["", B, C], ["", "", ""], begun=begun)
    (miss,) = silent_misses([d])
    assert (miss.tag, miss.gold_turn, miss.believed_turn, miss.begun) == (SMALL.index[B], 1, 1, 0.9)
    assert silent_record([d]) == {"n": 1, "n_missed": 2, "of_missed": 1 / 2, "begun_at_least": 0.5}
    assert silent_record([tagged([B], [""])]) is None
