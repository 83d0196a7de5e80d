"""Scores over dialogues and seeds: against direct computation, and against what the theory says of the variance."""

import numpy as np
import pytest

from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.statistics.bootstrap import multiplicities, two_sided_p
from crisis_turns.metrics.statistics.crossed import holm, resampled_scores, seed_scores, seed_weights


@pytest.fixture
def counts():
    return np.random.default_rng(3).integers(0, 4, size=(3, 20, 5, 3))  # 3 seeds, 20 dialogues, 5 tags


def test_scores_of_seeds_are_micro_or_macro_f1(counts):
    summed = counts.sum(1)
    np.testing.assert_allclose(seed_scores(counts), [counting.f1(one.sum(0)) for one in summed])
    np.testing.assert_allclose(seed_scores(counts, macro=True), [counting.macro_f1(one) for one in summed])


@pytest.mark.parametrize("macro", [False, True])
def test_samples_are_the_mean_score_of_drawn_seeds_on_drawn_dialogues(counts, macro):
    found = resampled_scores(counts, resamples=7, over_seeds=True, macro=macro)
    drawn, weights = multiplicities(20, 7), seed_weights(3, 7)
    for sample in range(7):
        scores = seed_scores(counts * drawn[sample][None, :, None, None], macro=macro)
        assert found[sample] == pytest.approx(weights[sample] @ scores)
    fixed = resampled_scores(counts, resamples=7, over_seeds=False, macro=macro)
    assert fixed[0] == pytest.approx(seed_scores(counts * drawn[0][None, :, None, None], macro=macro).mean())


def test_n_minus_one_seeds_are_drawn_so_that_the_variance_of_their_mean_is_unbiased():
    values = np.array([0.2, 0.5, 0.1, 0.4, 0.3])
    weights = seed_weights(5, 200_000)
    np.testing.assert_allclose(weights.sum(1), 1)
    assert (weights @ values).var() == pytest.approx(values.var(ddof=1) / 5, rel=0.02)
    assert seed_weights(1, 4).tolist() == [[1.0]] * 4


def test_a_system_beside_itself_differs_in_nothing_and_a_silent_one_in_all(counts):
    samples = resampled_scores(counts, resamples=500, over_seeds=True)
    assert two_sided_p(samples - samples) == 1
    silent = counts * 0
    silent[..., counting.FN] = counts[..., counting.TP] + counts[..., counting.FN]
    assert two_sided_p(samples - resampled_scores(silent, resamples=500, over_seeds=True)) == pytest.approx(2 / 501)


def test_the_test_keeps_its_level_when_two_systems_are_alike():
    """Both are drawn from one distribution of seeds and dialogues: p under 0.05 comes rarely, as the bootstrap is
    cautious.
    """
    rng = np.random.default_rng(0)
    rejected = 0
    for _ in range(200):
        hard = rng.uniform(0.2, 0.8, size=(1, 40, 1))
        sides = [rng.random((5, 40, 3)) < hard + rng.normal(0, 0.1, size=(5, 1, 1)) for _ in range(2)]
        pair = [np.stack((hit.sum(-1), 3 - hit.sum(-1), 3 - hit.sum(-1)), axis=-1)[:, :, None] for hit in sides]
        ours, theirs = (resampled_scores(side, resamples=200, over_seeds=True) for side in pair)
        rejected += (two_sided_p(ours - theirs) or 1.0) < 0.05
    assert rejected / 200 < 0.09


def test_undefined_samples_are_left_out():
    assert two_sided_p(np.array([np.nan, np.nan])) is None
    assert two_sided_p(np.array([np.nan, 0.1, 0.2])) == pytest.approx(2 / 3)
    nothing = np.zeros((2, 4, 3, 3))
    assert np.isnan(resampled_scores(nothing, resamples=5, over_seeds=True)).all()
    assert np.isnan(resampled_scores(nothing, resamples=5, over_seeds=True, macro=True)).all()


def test_holm_corrects_step_by_step():
    """Hand-worked: 0.01 × 4, 0.02 × 3, 0.03 × 2 (kept at the 0.06 before it), 0.04 × 1."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, None, 0.4]) == [0.8, None, 0.8]
    assert holm([]) == []
