"""How often tags begin in dialogues without labels: expectation maximisation over the shift of their onset rates.

Saerens, Latinne and Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori probabilities: a simple
procedure", Neural Computation 14(1). There a text is in one class; here a tag begins on one of a dialogue's S user
turns or never, S + 1 alternatives, and its prior has one number, the hazard h (the chance of an onset on a turn on
which it could be): h (1 - h)^t for turn t, (1 - h)^S for never. What is assumed is as there: dialogues of a given onset
read as those of train do, and beliefs are calibrated under train's rates.

Few tags are frequent enough for a shift of their own: the estimate of a rare one follows the least miscalibration. So
all hazards of a group (Alerts, Confirms) are multiplied by one ratio, that of the onsets which are believed in to those
which train's hazards would have on the same turns. For a single tag that is the exact step of the algorithm, for
several rare ones the likeliest.
"""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.onset_counts import OnsetCounts
from crisis_turns.decision.tagged import Tagged

_ENOUGH = 1e-6
"""Onsets per dialogue by which a step moves any tag when it is the last."""
_MOST_STEPS = 2000


def shifted_rates(dialogues: Sequence[Tagged], trained: OnsetCounts, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """``(Y,)`` onsets per dialogue, estimated from beliefs alone; a tag that train never shows has none.

    Args:
        dialogues: at least one, each with a user turn; filtered beliefs of a chain whose tags begin once.
        trained: what was counted on train.
        groups: the tags whose hazards shift together.
    """
    at, never = (np.concatenate(parts) for parts in zip(*map(onset_alternatives, dialogues), strict=True))
    sizes = np.array([len(d.turn_ids) for d in dialogues])[:, None]  # (D, 1)
    starts = np.append(0, sizes.cumsum()[:-1])
    place = np.concatenate([np.arange(size) for size in sizes.ravel()])[:, None]  # (M, 1)
    shown = trained.onsets > 0
    before = np.where(shown, np.minimum(trained.hazards, 1 - 1e-9), 0.5)
    ratios, onsets = np.ones(len(before)), np.zeros(len(before))
    for _ in range(_MOST_STEPS):
        waits = (1 - np.minimum(ratios * before, 1 - 1e-9)) / (1 - before)
        begins = at * ratios * waits**place  # (M, Y), of each dialogue in proportion
        none = never * waits**sizes  # (D, Y)
        total = np.add.reduceat(begins, starts) + none
        none /= total
        begins /= np.repeat(total, sizes.ravel(), axis=0)
        earlier, onsets = onsets, np.where(shown, (1 - none).sum(0), 0)
        usual = np.where(shown, before * ((begins * (place + 1)).sum(0) + (none * sizes).sum(0)), 0)
        for group in map(list, groups):
            if shown[group].any():
                ratios[group] = onsets[group].sum() / usual[group].sum()
        if np.abs(onsets - earlier).max() < _ENOUGH * len(dialogues):
            break
    return np.asarray(onsets / len(dialogues))


def onset_alternatives(dialogue: Tagged) -> tuple[np.ndarray, np.ndarray]:
    """``(S, Y)`` p(the tag begins at turn t | all S turns) and ``(1, Y)`` p(never | all S turns), of filtered beliefs.

    What a later turn says about an onset behind it is in how the belief in such onsets changes there: by
    (begun - onset) now, over begun before.
    """
    onset, begun = dialogue.scores("onset").astype(float), dialogue.scores("begun").astype(float)
    behind = np.clip(begun - onset, 0, None)[1:]
    kept = np.divide(behind, begun[:-1], out=np.ones_like(behind), where=begun[:-1] > 0)
    later = np.concatenate((np.cumprod(kept[::-1], axis=0)[::-1], np.ones_like(begun[-1:])))
    return onset * later, np.clip(1 - begun[-1:], 0, None)
