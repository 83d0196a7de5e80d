"""ERDE and F-latency against hand-worked sums, and against a plain implementation of the papers' formulas."""

from math import exp, log
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.metrics.early_risk import early_risk
from crisis_turns.metrics.statistics.bootstrap import multiplicities
from tests.support.tables import A, B, random_dialogues, tagged


def plain(dialogues, length) -> dict:
    """The definitions, case by case, as Losada and Crestani (2016) and Sadeque et al. (2018) write them."""
    cases = []  # at risk, turns read until the flag or None
    for d in dialogues:
        flags = [k for k, turn in enumerate(d.predicted, start=1) if turn.any()]
        cases.append((bool(d.gold.any()), flags[0] if flags else None))
    c_fp = sum(at_risk for at_risk, _ in cases) / len(cases)

    def cost(at_risk, k, o):
        if k is None:
            return 1 if at_risk else 0
        return 1 - 1 / (1 + exp(k - o)) if at_risk else c_fp

    hits = [k for at_risk, k in cases if at_risk and k]
    wrong = sum(at_risk != (k is not None) for at_risk, k in cases)
    f1 = 2 * len(hits) / (2 * len(hits) + wrong) if hits or wrong else None
    found = {f"erde_{o}": sum(cost(at_risk, k, o) for at_risk, k in cases) / len(cases) for o in (5, 50)}
    if not hits:
        return found | {"f1": f1, "speed": None, "f_latency": f1, "median_delay": None}
    if length == 1:
        speed = None
    else:
        p = log(3) / (length - 1)
        speed = 1 - median(-1 + 2 / (1 + exp(-p * (k - 1))) for k in hits)
    return found | {
        "f1": f1, "speed": speed, "f_latency": None if speed is None else f1 * speed, "median_delay": median(hits)
    }  # fmt: skip


def test_costs_worked_by_hand():
    dialogues = [
        tagged(["", "", B], [A, "", ""]),  # found after one turn, before the label
        tagged([A, "", ""], ["", "", A]),  # found after three
        tagged(["", B, ""], ["", "", ""]),  # missed
        tagged(["", "", ""], ["", A, B]),  # a false alarm: c_fp = 3 / 5
        tagged(["", "", ""], ["", "", ""]),
    ]
    found = early_risk(dialogues, resamples=10)
    late = [1 - 1 / (1 + exp(k - 5)) for k in (1, 3)]
    assert found["cost_of_false_alarm"] == 3 / 5
    assert found["erde_5"] == pytest.approx((sum(late) + 1 + 3 / 5) / 5)
    assert found["erde_50"] == pytest.approx((1 + 3 / 5) / 5)
    assert found["f1"] == pytest.approx(2 / 3)
    # the median length is three turns, so the penalties are 0 after one turn and one half after three
    assert (found["half_speed_at"], found["median_delay"]) == (3, 2)
    assert found["speed"] == pytest.approx(1 - (0 + 1 / 2) / 2)
    assert found["f_latency"] == pytest.approx(2 / 3 * 3 / 4)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0, 0.01, 0.05, 0.3]), longest=st.sampled_from([1, 5, 70]))
def test_it_is_the_plain_definition(seed, share, longest):
    dialogues = random_dialogues(seed, n=9, share=share, longest=longest)
    found = early_risk(dialogues, resamples=2)
    expected = plain(dialogues, median(len(d.gold) for d in dialogues))
    assert {key: found[key] for key in expected} == pytest.approx(expected)


def test_intervals_are_those_of_the_drawn_dialogues():
    dialogues = random_dialogues(2, n=25, share=0.02)
    found, length = early_risk(dialogues, resamples=300), median(len(d.gold) for d in dialogues)
    drawn = [
        plain([dialogues[i] for i in np.repeat(np.arange(25), times.astype(int))], length)
        for times in multiplicities(25, 300)
    ]
    for name in drawn[0]:
        samples = [figures[name] for figures in drawn if figures[name] is not None]
        assert found[f"{name}_ci95"] == pytest.approx(list(np.quantile(samples, [0.025, 0.975])))


def test_a_perfect_system_that_flags_the_first_turn_has_no_error_left_but_that_of_reading_it():
    dialogues = [tagged([B, "", ""], [B, "", ""]), tagged(["", "", ""], ["", "", ""])]
    found = early_risk(dialogues, resamples=10)
    assert found["f_latency"] == found["f1"] == found["speed"] == 1
    assert found["erde_5"] == pytest.approx((1 - 1 / (1 + exp(-4))) / 2)
    assert found["f_latency_ci95"] == [1, 1]


def test_a_silent_system_costs_as_much_as_there_are_cases_at_risk():
    found = early_risk([tagged([B, ""]), tagged(["", ""]), tagged(["", ""])], resamples=10)
    assert found["erde_5"] == found["erde_50"] == found["cost_of_false_alarm"] == pytest.approx(1 / 3)
    assert (found["f1"], found["f_latency"], found["speed"], found["median_delay"]) == (0, 0, None, None)
    nothing = early_risk([tagged(["", ""])], resamples=10)
    assert (nothing["f1"], nothing["f_latency"], nothing["erde_5"]) == (None, None, 0)
