"""A teacher's beliefs as what a student learns beside the labels."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.decision.tagged import Tagged


def beliefs_of(tagged: Tagged) -> np.ndarray:
    """``(S, Y, 2)`` float32: begins now, has begun by now; of exclusive classes, which do not begin, the same twice."""
    begun = tagged.beliefs if tagged.begun is None else tagged.begun
    return np.stack((tagged.beliefs, begun), axis=-1).astype(np.float32)


def with_beliefs(dialogues: Sequence[EncodedDialogue], beliefs: Sequence[np.ndarray]) -> tuple[EncodedDialogue, ...]:
    """The dialogues, each with what a teacher believes about it: ``(S, Y, 2)``, in the same order."""
    return tuple(replace(d, beliefs=believed) for d, believed in zip(dialogues, beliefs, strict=True))
