"""Weights of the filtered loss's terms by the rarity of their gold state in train."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.model.chains import Chain

MAX_WEIGHT = 50.0


def state_weights(dialogues: Sequence[EncodedDialogue], chain: Chain, *, kind: Literal["sqrt", "balanced"]) -> Tensor:
    """``(C, states)`` weights, from the dialogues whose labels are to be learnt.

    Exclusive classes are weighed by (turns / classes / turns of the class). The state in which a multi-label tag holds
    gets (turns without the tag / turns with it), at most ``MAX_WEIGHT``, other states 1. ``sqrt`` takes the root of
    that.
    """
    gold = np.concatenate([d.gold for d in dialogues if d.labelled])  # (M, Y)
    positive = np.maximum(gold.sum(0), 1)
    if chain.head.exclusive:
        weights = len(gold) / gold.shape[1] / positive
    else:
        weights = np.minimum((len(gold) - positive) / positive, MAX_WEIGHT)
    return chain.by_state(torch.tensor(np.sqrt(weights) if kind == "sqrt" else weights, dtype=torch.float32))
