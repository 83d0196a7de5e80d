"""How alike two taggers decide on the same user turns."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from crisis_turns.decision.tagged import Tagged


class Agreement(TypedDict):
    """The content of ``agreement.json``, beside ``thresholds``: the objective that they were chosen by, or ``null``."""

    n_user_turns: int
    turns_alike: int
    """With the same set of tags."""
    largest_difference: float
    """Of a probability."""


def agreement(dialogues: Sequence[Tagged], others: Sequence[Tagged]) -> Agreement:
    """Both with beliefs, about the same dialogues in the same order."""
    pairs = list(zip(dialogues, others, strict=True))
    assert all((a.dialogue_id, a.turn_ids) == (b.dialogue_id, b.turn_ids) for a, b in pairs)
    alike = np.concatenate([(a.predicted == b.predicted).all(1) for a, b in pairs])
    return {
        "n_user_turns": len(alike),
        "turns_alike": int(alike.sum()),
        "largest_difference": max(float(np.abs(a.beliefs - b.beliefs).max()) for a, b in pairs),
    }
