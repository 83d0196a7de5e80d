"""Chains in float64 with random parameters, and random scores for them."""

import torch
from torch import Tensor

from crisis_turns.model.chains import build_chain
from crisis_turns.tags import CRADLE, TagSet

TAGS = TagSet(("a", "b"))
CLASSES = TagSet(("a", "b", "c"), exclusive=True)
COARSE = TagSet((CRADLE.names[0], CRADLE.names[3]))


def chain(kind, seed=0):
    """A head by its name, behind "coarse" with that chain beside it (the end scores of the exclusive one stay 0)."""
    head = kind.removeprefix("coarse ")
    tags = COARSE if kind != head else CLASSES if head == "exclusive" else TAGS
    built = build_chain(head, tags, coarse=kind != head).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in built.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return built


def scores_for(built, turns, seed=1, batch=1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(batch, turns, built.n_chains, built.n_scores, generator=generator, dtype=torch.float64)
