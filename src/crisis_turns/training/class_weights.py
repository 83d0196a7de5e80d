"""Weights of the filtered loss's terms by the rarity of their gold state in train."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from crisis_turns.data.tokenize import EncodedDialogue

MAX_WEIGHT = 50.0


def state_weights(
    dialogues: Sequence[EncodedDialogue], *, kind: Literal["sqrt", "balanced"], exclusive: bool, n_states: int
) -> Tensor:
    """``(C, states)`` weights, from the dialogues whose labels are to be learnt.

    Exclusive classes are weighed by (turns / classes / turns of the class). A multi-label tag's positive state 1 gets
    (turns without it / turns with it), at most ``MAX_WEIGHT``, its other states 1. ``sqrt`` takes the root of that.
    """
    gold = np.concatenate([d.gold for d in dialogues if d.labelled])  # (M, Y)
    positive = np.maximum(gold.sum(0), 1)
    if exclusive:
        weights = (len(gold) / gold.shape[1] / positive)[None]  # one chain, its states are the classes
    else:
        weights = np.ones((gold.shape[1], n_states))
        weights[:, 1] = np.minimum((len(gold) - positive) / positive, MAX_WEIGHT)
    return torch.tensor(np.sqrt(weights) if kind == "sqrt" else weights, dtype=torch.float32)
