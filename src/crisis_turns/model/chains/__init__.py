"""Heads: one chain of hidden states per tag over a dialogue's user turns (design table in the README)."""

from crisis_turns.model.chains.base import Chain, Posterior
from crisis_turns.model.chains.coarse import WithCoarse
from crisis_turns.model.chains.exclusive import ExclusiveChain
from crisis_turns.model.chains.independent import IndependentChain
from crisis_turns.model.chains.linear import BinaryChain
from crisis_turns.model.chains.onset import HazardChain, OnsetChain
from crisis_turns.tags import TagSet

HEADS: dict[str, type[Chain]] = {
    "onset": OnsetChain,
    "hazard": HazardChain,
    "binary": BinaryChain,
    "independent": IndependentChain,
    "exclusive": ExclusiveChain,
}


def build_chain(head: str, tags: TagSet, *, transitions: bool = True, coarse: bool = False) -> Chain:
    """The chain family of that name over the tag set; ``head`` has been checked against the tag set by the config.

    Args:
        transitions: if not, the scores that link turns stay 0 and untrained: the chain falls apart into turns.
        coarse: whether a coarse chain of the dialogue goes beside those of the tags.
    """
    chain = HEADS[head](len(tags))
    if not transitions:
        chain.requires_grad_(False)  # a chain's own parameters are its start and step scores, and begin at 0
    return WithCoarse(chain, tags) if coarse else chain


__all__ = ["HEADS", "Chain", "Posterior", "build_chain"]
