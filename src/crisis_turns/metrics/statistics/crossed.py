"""Scores of a system over dialogues and seeds: what one training run scores is luck of both.

The figure of a system is the mean of its seeds' scores. Its interval, and the test of a difference, come from a crossed
(pigeonhole) bootstrap: each sample draws the dialogues with replacement, for all systems and seeds alike, and the seeds
with replacement too (Owen 2007, arXiv 0712.1111, who shows that such intervals err on the safe side). Of n seeds n - 1
are drawn, which makes the bootstrap variance of a mean of few seeds unbiased (Rao and Wu 1988). Systems share their
draws of dialogues, and those with as many seeds share the draws of seeds, so that every comparison is paired.
"""

from collections.abc import Sequence

import numpy as np

from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.statistics.bootstrap import SEED, resampled_sums


def seed_scores(counts: np.ndarray, *, macro: bool = False) -> np.ndarray:
    """``(N,)`` F1 of each seed: micro, or the mean over tags with support. Takes ``(N, D, Y, 3)``."""
    return _scores(counts.sum(1), macro)


def resampled_scores(counts: np.ndarray, *, resamples: int, over_seeds: bool, macro: bool = False) -> np.ndarray:
    """``(resamples,)`` mean F1 over seeds in each sample of the dialogues and, if asked for, of the seeds.

    Args:
        counts: ``(N, D, Y, 3)`` TP, FP, FN of N seeds on the same D dialogues.
        over_seeds: whether seeds are drawn as well; a single seed always counts once.
    """
    if not macro:
        counts = counts.sum(2, keepdims=True)
    sums = resampled_sums(np.moveaxis(counts, 1, 0), resamples=resamples)  # (resamples, N, Y, 3)
    weights = seed_weights(len(counts), resamples) if over_seeds else np.full(len(counts), 1 / len(counts))
    return np.asarray((_scores(sums, macro) * weights).sum(-1))


def seed_weights(n: int, resamples: int) -> np.ndarray:
    """``(resamples, n)`` share of each of n seeds among the n - 1 drawn in each sample."""
    drawn = np.random.default_rng(SEED + 1).integers(0, n, size=(resamples, max(n - 1, 1)))
    return np.asarray((drawn[..., None] == np.arange(n)).mean(1))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction (1979) for several comparisons; undefined ones are left out of the count."""
    ordered = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(ordered):
        largest = max(largest, min(1.0, p * (len(ordered) - rank)))
        corrected[place] = largest
    return corrected


def _scores(sums: np.ndarray, macro: bool) -> np.ndarray:
    """F1 from ``(..., Y, 3)`` sums."""
    if not macro:
        return counting.f1(sums.sum(-2))
    scores = counting.f1(sums)
    defined = ~np.isnan(scores)
    mean = np.nansum(scores, -1) / np.maximum(defined.sum(-1), 1)
    return np.where(defined.any(-1), mean, np.nan)
