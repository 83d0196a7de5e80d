"""Heads: one chain of hidden states per tag over a dialogue's user turns (design table in the README)."""

from src.model.chains.base import Chain, Posterior
from src.model.chains.exclusive import ExclusiveChain
from src.model.chains.independent import IndependentChain
from src.model.chains.linear import BinaryChain
from src.model.chains.onset import HazardChain, OnsetChain
from src.tags import TagSet

HEADS: dict[str, type[Chain]] = {
    "onset": OnsetChain,
    "hazard": HazardChain,
    "binary": BinaryChain,
    "independent": IndependentChain,
    "exclusive": ExclusiveChain,
}


def build_chain(head: str, tags: TagSet) -> Chain:
    """The chain family of that name over the tag set; ``head`` has been checked against the tag set by the config."""
    return HEADS[head](len(tags))


__all__ = ["HEADS", "Chain", "Posterior", "build_chain"]
