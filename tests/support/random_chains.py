"""Chains in float64 with random parameters, and random logits for them."""

import torch
from torch import Tensor

from crisis_turns.heads import HEADS
from crisis_turns.model.chains import build_chain
from crisis_turns.tags import TagSet

TAGS = TagSet(("a", "b"))
CLASSES = TagSet(("a", "b", "c"), exclusive=True)
EVENTS = TagSet(("alert_past", "confirm_SH_ongoing", "alert_ongoing", "other"))
"""An event of two tags, and two of one: one that could have another time, and one without times."""


def tags_of(head) -> TagSet:
    """A tag set that goes with a head of this name."""
    if HEADS[head].exclusive:
        return CLASSES
    return EVENTS if HEADS[head].competing else TAGS


def chain(head, seed=0):
    """A head by its name (the end scores of the exclusive one stay 0)."""
    built = build_chain(head, tags_of(head)).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in built.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return built


def logits_for(built, turns, seed=1, batch=1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(batch, turns, built.n_chains, built.n_logits, generator=generator, dtype=torch.float64)
