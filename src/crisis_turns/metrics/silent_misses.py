"""Silent misses: the model came to believe that a tag has begun, and never said so.

Belief can smear over several turns without any turn's posterior crossing the threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.numbers import share
from crisis_turns.metrics.score_sections import SilentMisses

BELIEVED = 0.5


@dataclass(frozen=True)
class SilentMiss:
    """A gold tag that never fired although its ``begun`` reached ``BELIEVED``; turns are user-turn indices."""

    dialogue: int
    tag: int
    gold_turn: int
    believed_turn: int
    begun: float


def silent_misses(dialogues: Sequence[Tagged]) -> list[SilentMiss] | None:
    """All of them, the strongest belief first; ``None`` if the system says nothing about ``begun``."""
    if any(d.begun is None for d in dialogues):
        return None
    found = []
    for n, d in enumerate(dialogues):
        begun = d.begun
        assert begun is not None
        for tag in np.flatnonzero(d.gold.any(0) & ~d.predicted.any(0) & (begun.max(0) >= BELIEVED)).tolist():
            believed = int((begun[:, tag] >= BELIEVED).argmax())
            gold_turn = int(d.gold[:, tag].argmax())
            found.append(SilentMiss(n, tag, gold_turn, believed, float(begun[:, tag].max())))
    return sorted(found, key=lambda miss: (-miss.begun, miss.dialogue, miss.tag))


def silent_record(dialogues: Sequence[Tagged]) -> SilentMisses | None:
    """Counts for the metrics file."""
    found = silent_misses(dialogues)
    if found is None:
        return None
    missed = sum(int((d.gold.any(0) & ~d.predicted.any(0)).sum()) for d in dialogues)
    return {"n": len(found), "n_missed": missed, "of_missed": share(len(found), missed), "begun_at_least": BELIEVED}
