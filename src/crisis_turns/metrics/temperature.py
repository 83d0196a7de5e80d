"""Temperature scaling (Guo et al. 2017) of whatever probabilities a system gives: one number fitted on validation.

A chain's scores could be divided by T before its sums, which tempers the law of whole paths. Here the log-odds of the
posteriors are divided instead (log-probabilities of exclusive classes, then normalised). For sigmoids the two are the
same; for chains this one needs the posteriors alone, so it serves TF-IDF, chains and other people's files alike, and
being monotone in each probability it changes how much is believed and no decision: a threshold goes where its
probability goes. What it gives up is that a tag's onsets over a dialogue still sum to at most 1.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crisis_turns.decision.tagged import Tagged

EPSILON = 5e-7
"""Probabilities are kept this far from 0 and 1: prediction files have six digits."""
HOTTEST = 50.0
"""Largest temperature tried; the smallest is its inverse."""


def fit_temperature(dialogues: Sequence[Tagged], *, exclusive: bool) -> float:
    """The temperature with the lowest log loss on these (validation) dialogues.

    The loss is convex in 1/T, so its slope has one zero: bisection finds it.
    """
    beliefs, gold = np.concatenate([d.beliefs for d in dialogues]), np.concatenate([d.gold for d in dialogues])
    logs, chosen = _alternatives(beliefs, exclusive), _chosen(gold, exclusive)

    def slope(sharpness: float) -> float:
        weights = _normalised(sharpness * logs)
        return float((np.exp(weights) * logs).sum() - logs[chosen].sum())

    low, high = -np.log(HOTTEST), np.log(HOTTEST)  # of 1/T
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(np.exp(middle)) > 0 else (middle, high)
    return float(np.exp(-(low + high) / 2))


def scaled(dialogues: Sequence[Tagged], temperature: float, *, exclusive: bool) -> list[Tagged]:
    """The dialogues with their probabilities of an onset at this temperature; nothing else changes."""
    return [replace(d, onset=_scaled(d.beliefs, temperature, exclusive)) for d in dialogues]


def log_loss(beliefs: np.ndarray, gold: np.ndarray, *, exclusive: bool) -> float:
    """Mean negative log-probability of what is so: of each tag's presence or absence, or of each turn's class.

    Args:
        beliefs: ``(M, Y)`` probabilities.
        gold: ``(M, Y)`` bool.
    """
    return float(-_normalised(_alternatives(beliefs, exclusive))[_chosen(gold, exclusive)].mean())


def _scaled(beliefs: np.ndarray, temperature: float, exclusive: bool) -> np.ndarray:
    found: np.ndarray = np.exp(_normalised(_alternatives(beliefs, exclusive) / temperature))
    return found if exclusive else found[..., 1]


def _alternatives(beliefs: np.ndarray, exclusive: bool) -> np.ndarray:
    """Log-probabilities of what could be so, alternatives last: ``(M, Y)`` of classes, else ``(M, Y, 2)``."""
    kept = np.clip(beliefs, EPSILON, 1 - EPSILON)
    return np.asarray(np.log(kept if exclusive else np.stack((1 - kept, kept), axis=-1)))


def _chosen(gold: np.ndarray, exclusive: bool) -> np.ndarray:
    """A mask of what is so, shaped like :func:`_alternatives`."""
    return gold if exclusive else np.stack((~gold, gold), axis=-1)


def _normalised(logs: np.ndarray) -> np.ndarray:
    shifted = logs - logs.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))
