"""A teacher's beliefs as what a student learns beside the labels: ``(S, Y, 2)``, begins now and has begun by now.

Of exclusive classes, which do not begin, the same twice.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.decision.opinion_pool import log_opinion_pool
from crisis_turns.decision.policy import at_most_once
from crisis_turns.decision.tagged import Tagged


def beliefs_of(tagged: Tagged) -> np.ndarray:
    """``(S, Y, 2)`` float32 of a tagger's own."""
    begun = tagged.beliefs if tagged.begun is None else tagged.begun
    return np.stack((tagged.beliefs, begun), axis=-1).astype(np.float32)


def beliefs_of_lines(
    predicted: np.ndarray, onset: np.ndarray, begun: np.ndarray, *, smoothing: float, once: bool
) -> np.ndarray:
    """``(S, Y, 2)`` float32 of the lines of a predictions file, each with probabilities or with tags alone.

    Tags alone begin where they stand and have begun from there on, but for the smoothing. Probabilities without
    ``begun`` are summed up: where a tag begins once, "begun by now" is one onset or the other, and no belief in a
    further onset goes beyond what is left of 1. Those are the beliefs of a hazard chain, by its definition; any other
    chain moves belief between turns as it goes on, which its probabilities alone do not tell.

    Args:
        predicted: ``(S, Y)`` bool.
        onset: ``(S, Y)``, nan on a line without probabilities.
        begun: ``(S, Y)``, nan on a line without them.
        smoothing: see ``distill.smoothing``.
        once: whether a tag begins at most once; a tag that stands again is no onset then.
    """
    so_far = np.logical_or.accumulate(predicted, axis=0)
    starts = at_most_once(predicted) if once else predicted
    hard = smoothing / 2 + (1 - smoothing) * np.stack((starts, so_far), axis=-1)
    believed = np.where(np.isnan(onset)[..., None], hard, np.stack((onset, begun), axis=-1))
    before = np.zeros(predicted.shape[1])
    for turn in believed:
        if np.isnan(turn[:, 1]).any():
            left = 1 - before
            if once:
                turn[:, 0] = np.minimum(turn[:, 0], left)
            turn[:, 1] = before + turn[:, 0] * (1 if once else left)
        before = turn[:, 1]
    return believed.astype(np.float32)


def classes_of_lines(predicted: np.ndarray, onset: np.ndarray, *, smoothing: float) -> np.ndarray:
    """The same of exclusive classes: the one class of a line without probabilities shares the smoothing with all."""
    hard = smoothing / predicted.shape[1] + (1 - smoothing) * predicted
    classes = np.where(np.isnan(onset), hard, onset)
    return np.stack((classes, classes), axis=-1).astype(np.float32)


def pooled(beliefs: Sequence[np.ndarray], *, exclusive: bool) -> np.ndarray:
    """``(S, Y, 2)`` float32 of several teachers as one; a single one's as they are."""
    return beliefs[0] if len(beliefs) == 1 else log_opinion_pool(beliefs, exclusive=exclusive).astype(np.float32)


def with_beliefs(dialogues: Sequence[EncodedDialogue], beliefs: Sequence[np.ndarray]) -> tuple[EncodedDialogue, ...]:
    """The dialogues, each with what a teacher believes about it: ``(S, Y, 2)``, in the same order."""
    return tuple(replace(d, beliefs=believed) for d, believed in zip(dialogues, beliefs, strict=True))
