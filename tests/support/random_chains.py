"""Chains in float64 with random parameters, and random logits for them."""

import torch
from torch import Tensor

from crisis_turns.model.chains import build_chain
from crisis_turns.tags import TagSet

TAGS = TagSet(("a", "b"))
CLASSES = TagSet(("a", "b", "c"), exclusive=True)


def chain(head, seed=0):
    """A head by its name (the end scores of the exclusive one stay 0)."""
    built = build_chain(head, len(CLASSES if head == "exclusive" else TAGS)).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in built.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return built


def logits_for(built, turns, seed=1, batch=1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(batch, turns, built.n_chains, built.n_logits, generator=generator, dtype=torch.float64)
