"""Vectorised resampling: quick, the same draws for both sides of a comparison, and right."""

import time

import numpy as np
import pytest

from crisis_turns.metrics.counts import f1, stacked
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.statistics.bootstrap import (
    interval,
    multiplicities,
    resampled_micro_f1,
    resampled_share,
    resampled_sums,
)
from crisis_turns.metrics.statistics.paired import compare, paired_difference
from crisis_turns.tags import CRADLE
from tests.support.tables import random_dialogues


def test_every_sample_draws_as_many_dialogues_as_there_are():
    drawn = multiplicities(7, 100)
    assert drawn.shape == (100, 7)
    assert (drawn.sum(1) == 7).all()
    assert not drawn.flags.writeable


def test_sums_are_those_of_the_drawn_dialogues():
    values = np.random.default_rng(0).integers(0, 5, (6, 4, 3))
    for sums, drawn in zip(resampled_sums(values, resamples=20), multiplicities(6, 20), strict=True):
        assert (sums == np.repeat(values, drawn.astype(int), axis=0).sum(0)).all()


def test_a_share_of_nothing_is_undefined():
    samples = resampled_share(np.zeros(3), np.zeros(3), resamples=10)
    assert np.isnan(samples).all()
    assert np.isnan(interval(samples)).all()


def test_ten_thousand_resamples_of_six_hundred_dialogues_take_under_two_seconds():
    dialogues = random_dialogues(1, n=600, share=0.02, beliefs=True)
    multiplicities.cache_clear()
    started = time.perf_counter()
    resampled_micro_f1(stacked(dialogues, level="turn"), resamples=10_000)
    assert time.perf_counter() - started < 2


def test_a_system_does_not_differ_from_itself():
    dialogues = random_dialogues(2)
    found = compare(dialogues, dialogues, CRADLE, resamples=200)
    assert set(found) == {"turn", "turn_confirm", "turn_alert", "dialogue", "dialogue_confirm"}
    assert all(row["difference"] == 0 and row["difference_ci95"] == [0, 0] and row["p"] == 1 for row in found.values())


def test_a_paired_interval_is_narrower_than_one_of_two_samples():
    rng = np.random.default_rng(3)
    ours = np.stack([stacked(random_dialogues(4, n=80), level="turn").sum(1)], axis=1)
    theirs = ours.copy()
    moved = rng.random(80) < 0.3  # the other system misses one hit in a few dialogues
    moved &= theirs[:, 0, 0] > 0
    theirs[moved, 0, 0] -= 1
    theirs[moved, 0, 2] += 1
    found = paired_difference(ours, theirs, resamples=2000)
    assert found["difference"] == pytest.approx(float(f1(ours.sum((0, 1))) - f1(theirs.sum((0, 1)))))
    low, high = found["difference_ci95"]
    assert low < found["difference"] < high
    assert found["p"] < 0.05
    apart = resampled_micro_f1(ours, resamples=2000) - resampled_micro_f1(theirs, resamples=2000, seed=1)
    assert high - low < np.subtract(*interval(apart)[::-1])


def test_the_same_predictions_give_the_same_figures():
    dialogues = random_dialogues(5, beliefs=True)
    first, second = (scored_sections(dialogues, CRADLE, resamples=100) for _ in range(2))
    assert first == second
