"""Scores by how early a dialogue's first Confirm stands: early, mid, late, or never.

The benchmark's dialogues were written with an early, mid or late reveal; the edges (3 and 6 user turns) are those of a
public reading of it, not confirmed by its authors.
"""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.numbers import interval95, number, share
from crisis_turns.metrics.score_sections import RevealScores
from crisis_turns.metrics.statistics.bootstrap import resampled_micro_f1
from crisis_turns.tags import TagSet

EARLY, MID = 3, 6
BINS = ("early", "mid", "late", "never")


def reveal(dialogue: Tagged, tags: TagSet) -> str:
    """The bin of the first Confirm's number among user turns, counted from 1."""
    turns = np.flatnonzero(dialogue.gold[:, list(tags.confirms)].any(1))
    if not len(turns):
        return "never"
    number_of_turn = turns[0] + 1
    return "early" if number_of_turn <= EARLY else "mid" if number_of_turn <= MID else "late"


def by_reveal(dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int) -> dict[str, RevealScores]:
    """Turn and dialogue micro F1 and the share never flagged, per bin."""
    bins = [reveal(d, tags) for d in dialogues]
    result: dict[str, RevealScores] = {}
    for name in BINS:
        kept = [d for d, b in zip(dialogues, bins, strict=True) if b == name]
        turn, whole = ([_counts(d, level) for d in kept] for level in ("turn", "dialogue"))
        result[name] = {
            "n_dialogues": len(kept),
            "n_labels": sum(int(d.gold.sum()) for d in kept),
            "turn_micro_f1": number(counting.f1(np.sum(turn, axis=(0, 1)))) if kept else None,
            "turn_micro_f1_ci95": interval95(resampled_micro_f1(np.stack(turn), resamples=resamples))
            if kept else [None, None],
            "dialogue_micro_f1": number(counting.f1(np.sum(whole, axis=(0, 1)))) if kept else None,
            "never_flagged": share(sum(not d.predicted.any() for d in kept), len(kept)),
        }  # fmt: skip
    return result


def _counts(dialogue: Tagged, level: str) -> np.ndarray:
    count = counting.turn_counts if level == "turn" else counting.dialogue_counts
    return count(dialogue.gold, dialogue.predicted)
