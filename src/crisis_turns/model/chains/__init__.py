"""Heads: one chain of hidden states per tag over a dialogue's user turns (table in ``docs/architecture.md``)."""

from crisis_turns.heads import HEADS, Head
from crisis_turns.model.chains.base import Chain, LossKind, Posterior
from crisis_turns.model.chains.competing import CompetingChain
from crisis_turns.model.chains.exclusive import ExclusiveChain
from crisis_turns.model.chains.independent import IndependentChain
from crisis_turns.model.chains.linear import BinaryChain
from crisis_turns.model.chains.onset import HazardChain, OnsetChain
from crisis_turns.tags import TagSet

CHAINS: dict[Head, type[Chain]] = {
    chain.head: chain
    for chain in (OnsetChain, HazardChain, CompetingChain, BinaryChain, IndependentChain, ExclusiveChain)
}


def build_chain(head: str, tags: TagSet, *, transitions: bool = True) -> Chain:
    """The chains of that head over these tags; the configuration has checked that they fit.

    Args:
        transitions: if not, the scores that link turns stay 0 and untrained: the chain falls apart into turns.
    """
    chain = CHAINS[HEADS[head]].over(tags)
    if not transitions:
        chain.requires_grad_(False)  # a chain's own parameters are its start and step scores, and begin at 0
    return chain


__all__ = ["CHAINS", "Chain", "LossKind", "Posterior", "build_chain"]
