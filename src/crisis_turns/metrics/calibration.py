"""Whether 70 % means 70 %: probabilities of an onset on this very turn against what the gold says."""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.score_sections import Bin, Calibration, ProperScores, ScaledCalibration
from crisis_turns.metrics.temperature import log_loss, scaled
from crisis_turns.tags import TagSet

EDGES = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
"""Finer near 0, where nearly every (turn, tag) lies."""
NOTICEABLE, MASSES = 0.05, 10
"""Above this probability, reliability is also given in bins of equal numbers, this many."""


def calibration(dialogues: Sequence[Tagged], tags: TagSet) -> Calibration | None:
    """Brier score, log loss, expected calibration error and reliability over all (user turn, tag).

    ``bins`` have fixed edges; ``above`` holds bins of equal numbers of what lies above ``NOTICEABLE``, where the many
    certain noes do not drown the rest; ``groups`` the two scores over Alert tags and over Confirm tags. The log loss of
    exclusive classes is that of the gold class, per user turn. ``None`` if the system gave no probabilities.
    """
    if any(d.onset is None for d in dialogues):
        return None
    beliefs, gold = np.concatenate([d.beliefs for d in dialogues]), np.concatenate([d.gold for d in dialogues])
    scores, hits = beliefs.ravel(), gold.ravel()
    place = np.clip(np.searchsorted(EDGES, scores, side="right") - 1, 0, len(EDGES) - 2)
    n = np.bincount(place, minlength=len(EDGES) - 1)
    gap = np.bincount(place, hits, minlength=len(n)) - np.bincount(place, scores, minlength=len(n))
    noticeable = np.flatnonzero(scores > NOTICEABLE)
    ranked = noticeable[np.argsort(scores[noticeable], kind="stable")]
    groups = {"alert": list(tags.alerts), "confirm": list(tags.confirms)}
    return {
        **_proper_scores(beliefs, gold, tags.exclusive),
        "expected_calibration_error": float(np.abs(gap).sum() / len(scores)),
        "bins": [
            _bin(float(EDGES[i]), float(EDGES[i + 1]), scores[place == i], hits[place == i]) for i in np.flatnonzero(n)
        ],
        "above": [
            _bin(float(scores[part[0]]), float(scores[part[-1]]), scores[part], hits[part])
            for part in np.array_split(ranked, MASSES)
            if len(part)
        ],
        "groups": {
            name: _proper_scores(beliefs[:, kept], gold[:, kept], exclusive=False)
            for name, kept in groups.items()
            if kept
        },
    }


def scaled_calibration(dialogues: Sequence[Tagged], tags: TagSet, temperature: float) -> ScaledCalibration:
    """Calibration at this temperature, of dialogues that have probabilities."""
    after = calibration(scaled(dialogues, temperature, exclusive=tags.exclusive), tags)
    assert after is not None  # what gives no probabilities cannot be scaled
    return {"temperature": temperature, **after}


def _proper_scores(beliefs: np.ndarray, gold: np.ndarray, exclusive: bool) -> ProperScores:
    return {
        "brier": float(((beliefs - gold) ** 2).mean()),
        "log_loss": log_loss(beliefs, gold, exclusive=exclusive),
    }


def _bin(low: float, high: float, scores: np.ndarray, hits: np.ndarray) -> Bin:
    n = len(scores)
    return {
        "from": low,
        "to": high,
        "n": n,
        "probability": float(scores.sum()) / n,
        "observed": float(hits.sum()) / n,
    }
