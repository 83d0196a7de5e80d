"""Proper scores against scikit-learn and by hand; temperatures against a grid and a known truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.calibration import NOTICEABLE, calibration
from crisis_turns.metrics.temperature import HOTTEST, fit_temperature, log_loss, scaled
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import SMALL, random_dialogues, tagged

CLASSES = TagSet(("x", "y", "z"), exclusive=True)


def overconfident(temperature, *, n=4000, seed=0) -> Tagged:
    """Gold drawn from the truth, probabilities from log-odds that are too far from 0 by the factor."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 1.5, (n, 2))
    gold = rng.random((n, 2)) < 1 / (1 + np.exp(-odds))
    return Tagged("d", tuple(range(n)), gold, gold & False, onset=1 / (1 + np.exp(-odds * temperature)))


def classes(seed=0, n=60) -> Tagged:
    rng = np.random.default_rng(seed)
    gold = np.eye(3, dtype=bool)[rng.integers(0, 3, n)]
    return Tagged("d", tuple(range(n)), gold, gold & False, onset=rng.dirichlet(np.ones(3), n))


def test_scores_by_hand_and_by_group():
    found = calibration([tagged(["alert_past"], [""], onset=[[0.5, 0.8, 0.0, 0.1]])], SMALL)
    assert found["brier"] == pytest.approx((0.25 + 0.04 + 0 + 0.01) / 4)
    assert found["groups"]["alert"]["brier"] == pytest.approx((0.25 + 0.04) / 2)
    assert found["groups"]["alert"]["log_loss"] == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)
    assert found["groups"]["confirm"]["log_loss"] == pytest.approx(-np.log(0.9) / 2, abs=1e-6)
    assert found["expected_calibration_error"] == pytest.approx((0.5 + 0.2 + 0 + 0.1) / 4)


def test_scores_agree_with_scikit_learn():
    d = random_dialogues(3, beliefs=True)
    gold, beliefs = (np.concatenate([getattr(x, side) for x in d]).ravel() for side in ("gold", "onset"))
    found = calibration(d, CRADLE)
    assert found["brier"] == pytest.approx(sklearn_metrics.brier_score_loss(gold, beliefs))
    assert found["log_loss"] == pytest.approx(sklearn_metrics.log_loss(gold, beliefs))
    single = classes()
    expected = sklearn_metrics.log_loss(single.gold.argmax(1), single.onset)
    assert calibration([single], CLASSES)["log_loss"] == pytest.approx(expected)
    assert calibration([single], CLASSES)["groups"] == {}


def test_bins_above_the_noticeable_hold_equal_numbers():
    found = calibration(random_dialogues(4, beliefs=True), CRADLE)["above"]
    sizes = [row["n"] for row in found]
    assert max(sizes) - min(sizes) <= 1
    assert found[0]["from"] > NOTICEABLE
    assert all(row["from"] <= row["probability"] <= row["to"] for row in found)
    assert [row["to"] for row in found] == sorted(row["to"] for row in found)
    assert calibration([tagged([""], [""], onset=[[0.01] * 4])], SMALL)["above"] == []
    assert calibration([tagged([""], [""])], SMALL) is None


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_fit_finds_by_how_much_a_system_is_too_sure(temperature):
    d = overconfident(temperature)
    fitted = fit_temperature([d], exclusive=False)
    assert fitted == pytest.approx(temperature, rel=0.08)
    (after,) = scaled([d], fitted, exclusive=False)
    assert log_loss(after.beliefs, d.gold, exclusive=False) <= log_loss(d.beliefs, d.gold, exclusive=False)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), exclusive=st.booleans())
def test_no_temperature_is_better_than_the_fitted_one(seed, exclusive):
    d = classes(seed, n=12)
    fitted = fit_temperature([d], exclusive=exclusive)

    def loss(temperature):
        return log_loss(scaled([d], temperature, exclusive=exclusive)[0].beliefs, d.gold, exclusive=exclusive)

    assert loss(fitted) <= min(loss(t) for t in np.geomspace(1 / HOTTEST, HOTTEST, 60)) + 1e-6


def test_what_is_right_throughout_gets_the_coldest_temperature():
    assert fit_temperature([tagged(["alert_past"], [""], onset=[[0.1, 0.9, 0.1, 0.1]])], exclusive=False) == (
        pytest.approx(1 / HOTTEST)
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), temperature=st.floats(0.2, 5.0))
def test_scaling_moves_thresholds_and_no_decision(seed, temperature):
    dialogues = random_dialogues(seed, beliefs=True)
    threshold = 0.3
    moved = 1 / (1 + ((1 - threshold) / threshold) ** (1 / temperature))
    before = Policy(np.full(16, threshold), once=True, exclusive=False).apply(dialogues)
    after = Policy(np.full(16, moved), once=True, exclusive=False).apply(
        scaled(dialogues, temperature, exclusive=False)
    )
    assert all((a.predicted == b.predicted).all() for a, b in zip(before, after, strict=True))


def test_classes_stay_a_distribution_with_the_same_winner():
    d = classes()
    (after,) = scaled([d], 2.5, exclusive=True)
    np.testing.assert_allclose(after.beliefs.sum(1), 1)
    assert (after.beliefs.argmax(1) == d.beliefs.argmax(1)).all()
