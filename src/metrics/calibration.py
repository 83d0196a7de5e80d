"""Whether 70 % means 70 %: probabilities of an onset on this very turn against what the gold says."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from src.decision import Tagged
from src.metrics.plain import share

EDGES = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
"""Finer near 0, where nearly every (turn, tag) lies."""


def calibration(dialogues: Sequence[Tagged]) -> dict[str, Any] | None:
    """Brier score, expected calibration error and the bins of a reliability diagram over all (user turn, tag).

    ``None`` if the system gave no probabilities.
    """
    if any(d.onset is None for d in dialogues):
        return None
    scores = np.concatenate([d.beliefs.ravel() for d in dialogues])
    gold = np.concatenate([d.gold.ravel() for d in dialogues])
    place = np.clip(np.searchsorted(EDGES, scores, side="right") - 1, 0, len(EDGES) - 2)
    n = np.bincount(place, minlength=len(EDGES) - 1)
    hits = np.bincount(place, gold, minlength=len(n))
    total = np.bincount(place, scores, minlength=len(n))
    filled = np.flatnonzero(n)
    return {
        "brier": float(((scores - gold) ** 2).mean()),
        "expected_calibration_error": float(np.abs(hits - total).sum() / len(scores)),
        "bins": [
            {"from": float(EDGES[i]), "to": float(EDGES[i + 1]), "n": int(n[i]),
             "probability": share(total[i], n[i]), "observed": share(hits[i], n[i])}
            for i in filled
        ],
    }  # fmt: skip
