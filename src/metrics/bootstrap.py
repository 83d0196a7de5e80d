"""Intervals by resampling dialogues, the unit within which turns depend on each other."""

import numpy as np

from src.metrics.counts import f1

SEED = 20260610


def resampled_micro_f1(counts: np.ndarray, *, resamples: int, seed: int = SEED) -> np.ndarray:
    """Micro F1 of bootstrap samples of the dialogues.

    Micro F1 is a function of summed counts, so a resample is a vector of multiplicities times the count matrix.

    Args:
        counts: ``(D, ..., 3)`` TP, FP, FN per dialogue; axes between are summed.
        resamples: how many samples of D dialogues, drawn with replacement.

    Returns:
        ``(resamples,)``.
    """
    per_dialogue = counts.reshape(len(counts), -1, 3).sum(1)  # (D, 3)
    draws = np.random.default_rng(seed).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=resamples)
    return f1(draws @ per_dialogue)


def interval(samples: np.ndarray, *, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval; undefined samples (nothing to score in the draw) are left out."""
    defined = samples[~np.isnan(samples)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
