"""What is measured: everybody reads the same turns, work is counted as it is done."""

import pytest
import torch

from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.speed.workload import Contender, Workload
from tests.support.tiny import TINY, config

CPU = torch.device("cpu")
DIALOGUES = random_dialogues(5, seed=1, turns=6)


def workload(*overrides, plain=False):
    return Workload(Contender("a system", config(*TINY, *overrides), plain=plain), DIALOGUES, CPU)


def test_the_plain_loop_pads_every_turn_to_the_longest_of_its_four_dialogues():
    batches = list(workload(plain=True).batches("training"))
    assert [batch.n_dialogues for batch in batches] == [4, 1]
    assert all(len(batch.groups) == 1 for batch in batches)


@pytest.mark.parametrize("plain", [False, True])
def test_work_is_counted_from_the_batches(plain):
    built = workload(plain=plain)
    lengths = [len(run) for d in built.encoded for pieces in d.pieces for run in pieces]
    forward, step = built.cost("tagging"), built.cost("training")
    assert forward.tokens == step.tokens == sum(lengths)
    assert (forward.positions > forward.tokens) or not plain
    width, inner, layers = 16, 32, 2
    per_token = 8 * width**2 + 4 * width * inner
    assert forward.flop == pytest.approx(layers * sum(n * per_token + 4 * width * n**2 for n in lengths))
    assert step.flop == 3 * forward.flop


def test_only_trained_layers_are_work_where_the_rest_is_kept():
    whole, top = workload(), workload("encoder.trainable_layers=1")
    assert top.encoded[0].states is not None
    assert top.cost("training").flop == whole.cost("training").flop / 2


def test_passes_train_and_tag():
    built = workload("encoder.trainable_layers=1")
    before = [p.clone() for p in built.model.parameters() if p.requires_grad]
    built.tag("bf16")
    built.encode(list(built.batches("tagging")), "32")
    assert all(torch.equal(a, b) for a, b in zip(before, trainable(built), strict=True))
    built.train("32")
    assert not any(torch.equal(a, b) for a, b in zip(before, trainable(built), strict=True))


def trainable(built):
    return [p for p in built.model.parameters() if p.requires_grad]


@pytest.mark.slow
def test_peak_memory_is_that_of_a_process_of_its_own():
    contender = Contender("a system", config(*TINY))
    assert 100 < contender.peak_mib(DIALOGUES[:1], CPU, "tagging", "32") < 4000
