"""Intervals by resampling dialogues, the unit within which turns depend on each other.

Every score here is a function of sums over dialogues, so a resample is a vector of multiplicities and all resamples of
all sums are one matrix product. The same draws serve every figure of a split, and both sides of a comparison: that is
what makes a comparison paired.
"""

from functools import lru_cache

import numpy as np

from crisis_turns.metrics.counts import f1, ratio

SEED = 20260610
_AT_ONCE = 1000  # samples drawn in one go: bounds the memory, not the result


@lru_cache(maxsize=2)
def multiplicities(n: int, resamples: int, seed: int = SEED) -> np.ndarray:
    """``(resamples, n)`` float32: how often each of n dialogues occurs in each sample of n with replacement.

    Sums of counts below 2**24 stay exact in float32. The array is shared between callers and read-only.
    """
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, n), dtype=np.float32)
    for start in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - start)
        cells = generator.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
        drawn[start : start + rows] = np.bincount(cells.ravel(), minlength=rows * n).reshape(rows, n)
    drawn.setflags(write=False)
    return drawn


def resampled_sums(values: np.ndarray, *, resamples: int, seed: int = SEED) -> np.ndarray:
    """Sums of ``(D, ...)`` values over each bootstrap sample of the dialogues: ``(resamples, ...)``."""
    flat = values.reshape(len(values), -1).astype(np.float32)
    sums = multiplicities(len(values), resamples, seed) @ flat
    return sums.astype(np.float64).reshape(resamples, *values.shape[1:])


def resampled_micro_f1(counts: np.ndarray, *, resamples: int, seed: int = SEED) -> np.ndarray:
    """Micro F1 of bootstrap samples of the dialogues.

    Args:
        counts: ``(D, ..., 3)`` TP, FP, FN per dialogue; axes between are summed.
        resamples: how many samples of D dialogues, drawn with replacement.

    Returns:
        ``(resamples,)``.
    """
    per_dialogue = counts.reshape(len(counts), -1, 3).sum(1)  # (D, 3)
    return f1(resampled_sums(per_dialogue, resamples=resamples, seed=seed))


def resampled_share(parts: np.ndarray, wholes: np.ndarray, *, resamples: int, seed: int = SEED) -> np.ndarray:
    """Ratio of two sums over each bootstrap sample, both ``(D,)`` per dialogue; nan where the whole is 0."""
    sums = resampled_sums(np.stack((parts, wholes), axis=1), resamples=resamples, seed=seed)
    return ratio(sums[:, 0], sums[:, 1])


def interval(samples: np.ndarray, *, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval; undefined samples (nothing to score in the draw) are left out."""
    defined = samples[~np.isnan(samples)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def two_sided_p(differences: np.ndarray) -> float | None:
    """Bootstrap p value of "no difference": twice the smaller share of samples on one side of 0.

    ``None`` where no sample is defined.
    """
    defined = differences[~np.isnan(differences)]
    tail = min((defined <= 0).sum(), (defined >= 0).sum()) + 1  # one is added on each side, so that p is never 0
    return min(1.0, 2 * float(tail) / (len(defined) + 1)) if len(defined) else None
