"""Alerts of a service as fractions worked by hand, and by counting a made-up service of conversations one by one."""

import numpy as np
import pytest

from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.metrics.alarm_sections import PREVALENCES
from crisis_turns.metrics.deployment import deployment
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.statistics.bootstrap import multiplicities
from crisis_turns.tags import CRADLE
from tests.support.tables import SMALL, A, B, C, random_dialogues, tagged

EVERY = range(len(SMALL))
TABLE = [
    tagged(["", A, B], [B, "", ""]),  # an alert before the first label: found
    tagged([B, ""], ["", C]),  # after it, and of another tag: found
    tagged(["", B], ["", B]),  # on it
    tagged(["", A], ["", ""]),  # missed
    tagged(["", ""], [A, ""]),  # a false alarm
    *[tagged(["", ""], ["", ""])] * 4,
]  # positive: 3 of 4 found; others: 1 of 5 flagged


def test_the_rates_of_a_corpus_are_carried_over_to_a_service():
    found = deployment(TABLE, EVERY, resamples=20)
    assert (found["n_positive"], found["n_negative"]) == (4, 5)
    assert (found["sensitivity"], found["false_alarm_rate"]) == (3 / 4, 1 / 5)
    assert found["found_before_first_label"] == 1 / 3
    at = found["1_in_100"]
    # 1,000 conversations: 10 with a label, 7.5 of them found; 990 without, 198 of them flagged
    assert at["alerts_per_1000"] == pytest.approx(7.5 + 198)
    assert at["misses_per_1000"] == pytest.approx(2.5)
    assert at["precision"] == pytest.approx(7.5 / 205.5)
    assert found["1_in_1000"]["precision"] == pytest.approx(0.75 / (0.75 + 199.8))
    assert found["1_in_20"]["alerts_per_1000"] == pytest.approx(37.5 + 190)
    assert {key: found[key]["prevalence"] for key in PREVALENCES} == PREVALENCES


def test_confirms_alone_leave_alerts_out_of_labels_and_flags():
    found = scored_sections(TABLE, SMALL, resamples=5)["deployment_confirm"]
    # three dialogues with a Confirm, each with a Confirm's flag; of the six others none has one
    assert (found["n_positive"], found["n_negative"]) == (3, 6)
    assert (found["sensitivity"], found["false_alarm_rate"]) == (1, 0)


def test_a_service_with_the_corpus_own_prevalence_has_the_corpus_own_counts():
    dialogues = random_dialogues(3, n=40, share=0.01)
    positive, alert = (np.array([getattr(d, side).any() for d in dialogues]) for side in ("gold", "predicted"))
    rates, own = AlertRates.of(dialogues), positive.mean()
    assert 0 < own < 1
    assert rates.alerts_per_1000(own) == pytest.approx(1000 * alert.mean())
    assert rates.misses_per_1000(own) == pytest.approx(1000 * (positive & ~alert).mean())
    assert rates.precision(own) == pytest.approx((positive & alert).sum() / alert.sum())


@pytest.mark.parametrize(
    ("flag", "precision", "alerts", "misses"),
    [(lambda d: d.gold, 1, 10, 0), (lambda d: ~d.gold | True, 0.01, 1000, 0), (lambda d: d.gold & False, None, 0, 10)],
    ids=["perfect", "always", "never"],
)
def test_systems_at_the_ends(flag, precision, alerts, misses):
    dialogues = [tagged(d.gold, flag(d)) for d in TABLE]
    found = deployment(dialogues, EVERY, resamples=50)["1_in_100"]
    assert found["precision"] == (None if precision is None else pytest.approx(precision))
    assert (found["alerts_per_1000"], found["misses_per_1000"]) == (pytest.approx(alerts), pytest.approx(misses))
    assert found["alerts_per_1000_ci95"] == pytest.approx([alerts, alerts])
    assert found["precision_ci95"] == ([None, None] if precision is None else pytest.approx([precision, precision]))


@pytest.mark.parametrize("gold", [B, ""])
def test_a_split_with_one_kind_of_conversation_alone_tells_nothing_of_a_service(gold):
    found = deployment([tagged([gold], [B])] * 3, EVERY, resamples=5)
    assert (found["sensitivity"], found["false_alarm_rate"]) == ((1, None) if gold else (None, 1))
    assert found["1_in_100"]["precision"] is found["1_in_100"]["alerts_per_1000"] is None
    assert found["1_in_100"]["alerts_per_1000_ci95"] == [None, None]


def test_intervals_are_those_of_the_drawn_dialogues():
    dialogues = random_dialogues(5, n=30, share=0.02)
    drawn = [
        AlertRates.of([dialogues[i] for i in np.repeat(np.arange(30), times.astype(int))])
        for times in multiplicities(30, 200)
    ]
    found = deployment(dialogues, range(len(CRADLE)), resamples=200)["1_in_20"]
    for name in ("precision", "alerts_per_1000", "misses_per_1000"):
        samples = [getattr(rates, name)(0.05) for rates in drawn]
        assert found[f"{name}_ci95"] == pytest.approx(list(np.nanquantile(samples, [0.025, 0.975])))
        assert found[f"{name}_ci95"][0] < found[name] < found[f"{name}_ci95"][1]
