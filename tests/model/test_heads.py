"""The table of heads and the chains agree."""

import pytest
import torch

from crisis_turns.config import RunConfig
from crisis_turns.heads import HEADS, heads_where
from crisis_turns.model.chains import CHAINS, build_chain
from tests.support.random_chains import chain, logits_for, tags_of


def test_every_row_has_a_chain_and_every_chain_its_row():
    assert list(CHAINS) == list(HEADS.values())
    assert [built.head.name for built in CHAINS.values()] == list(HEADS)


@pytest.mark.parametrize("head", HEADS.values(), ids=lambda head: head.name)
def test_a_row_says_what_its_chain_does(head):
    tags = tags_of(head.name)
    n_states = head.n_states or (len(tags) if head.exclusive else 4)
    built = chain(head.name)
    emissions = built.emissions(logits_for(built, 4))
    found, mask = built.posterior(emissions), torch.ones(1, 4, dtype=torch.bool)
    assert built.n_chains == (1 if head.exclusive else len(tags.events) if head.competing else len(tags))
    assert built.log_filtered(emissions).shape[-1] == n_states
    assert built.soft_states(torch.rand(1, 4, len(tags), 2)).shape[-1] == n_states
    assert built.by_state(torch.ones(len(tags))).shape == (built.n_chains, n_states)
    assert (found.begun is None) == head.exclusive
    assert torch.allclose(found.onset.sum(-1), torch.ones(1, 4, dtype=torch.float64)) == head.exclusive
    assert any(parameter.requires_grad for parameter in built.parameters()) == head.transitions
    assert not any(p.requires_grad for p in build_chain(head.name, tags, transitions=False).parameters())
    often = torch.zeros(1, 4, len(tags), dtype=torch.bool)
    often[..., 0] = True
    assert (built.states(often)[0, :, 0].unique().numel() > 1) == head.begins_once
    assert head.begins_once <= bool((built.smoothed(emissions, mask).onset.sum(1) <= 1 + 1e-9).all())


def test_the_configuration_takes_the_heads_of_the_table():
    names = RunConfig.model_json_schema()["properties"]["head"]["enum"]
    assert names == list(HEADS)


def test_a_sentence_lists_the_heads_that_fit():
    assert heads_where(lambda head: head.exclusive) == "head=exclusive"
    assert heads_where(lambda head: not head.exclusive) == "head=onset, hazard, competing, binary or independent"
