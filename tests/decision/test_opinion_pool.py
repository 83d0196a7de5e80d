"""Averages in log odds against numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_turns.decision.opinion_pool import log_opinion_pool


def some(seed, n, shape=(5, 3)):
    return list(np.random.default_rng(seed).uniform(0.001, 0.999, (n, *shape)))


def test_odds_are_averaged_by_their_geometric_mean():
    one, other, third = np.array([[0.8, 0.5]]), np.array([[0.5, 0.9]]), np.array([[0.2, 0.9]])
    # odds 4 and 1: 2, so 2/3; odds 1 and 9: 3, so 3/4; odds 4, 1, 1/4: 1, so 1/2
    np.testing.assert_allclose(log_opinion_pool([one, other], exclusive=False), [[2 / 3, 3 / 4]], rtol=1e-14)
    np.testing.assert_allclose(log_opinion_pool([one, other, third], exclusive=False)[0, 0], 0.5, rtol=1e-14)


def test_classes_are_averaged_by_their_geometric_mean_and_add_up_to_one():
    one, other = np.array([[0.8, 0.1, 0.1]]), np.array([[0.2, 0.4, 0.4]])
    found = log_opinion_pool([one, other], exclusive=True)
    np.testing.assert_allclose(found, [[0.5, 0.25, 0.25]], rtol=1e-14)  # roots of 0.16, 0.04, 0.04: 0.4, 0.2, 0.2


def test_a_certain_belief_is_outvoted_and_nothing_is_undefined():
    certain = np.array([[0.0, 1.0]])
    found = log_opinion_pool([certain, 1 - certain], exclusive=False)
    np.testing.assert_allclose(found, 0.5, rtol=1e-9)
    sure = log_opinion_pool([certain, certain], exclusive=False)
    np.testing.assert_allclose(sure, [[1e-6, 1 - 1e-6]], rtol=1e-9)


@given(seed=st.integers(0, 1000), n=st.integers(2, 5), exclusive=st.booleans())
def test_one_said_by_all_stays_and_order_does_not_matter(seed, n, exclusive):
    beliefs = some(seed, n)
    if exclusive:
        beliefs = [b / b.sum(1, keepdims=True) for b in beliefs]
    same = log_opinion_pool([beliefs[0]] * n, exclusive=exclusive)
    np.testing.assert_allclose(same, beliefs[0], atol=1e-12)
    found = log_opinion_pool(beliefs, exclusive=exclusive)
    np.testing.assert_allclose(log_opinion_pool(beliefs[::-1], exclusive=exclusive), found, atol=1e-12)
    assert (found <= np.max(beliefs, 0) + 1e-12).all() or exclusive
    assert (found >= np.min(beliefs, 0) - 1e-12).all() or exclusive


def test_what_has_begun_is_no_less_than_what_begins_after_the_average_too():
    begun = some(1, 4)
    begins = [b * share for b, share in zip(begun, some(2, 4), strict=True)]
    assert (log_opinion_pool(begins, exclusive=False) <= log_opinion_pool(begun, exclusive=False)).all()


def test_further_axes_stay_as_they_are():
    beliefs = some(3, 2, (4, 3, 2))
    found = log_opinion_pool(beliefs, exclusive=False)
    expected = [log_opinion_pool([b[..., k] for b in beliefs], exclusive=False) for k in range(2)]
    assert found == pytest.approx(np.stack(expected, -1))
