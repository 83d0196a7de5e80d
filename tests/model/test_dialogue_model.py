"""The whole network: every parameter learns, batches do not mix, the future does not leak."""

from contextlib import nullcontext
from dataclasses import replace
from typing import get_args

import pytest
import torch

from crisis_turns.config import NeuralConfig, OptimConfig
from crisis_turns.data.batch import Collate
from crisis_turns.data.piece_groups import group_pieces
from crisis_turns.model.encoders import KINDS
from crisis_turns.tags import CRADLE
from crisis_turns.training.optim import parameter_groups, warmup_and_decay
from tests.support.invented import dialogue
from tests.support.tiny import FAST, tagger

TALK = dialogue(
    "L hello",
    "U hi there | alert_ongoing",
    "L how are you",
    "U not good",
    "U bad | confirm_SH_ongoing",
    "L oh",
    "U yes",
)
OTHER = dialogue("U one | alert_past", "L two", "U three", name="d-1")
VARIANTS = [
    ("head=onset",),
    ("head=hazard", "loss=filtered"),
    ("head=competing", "loss=filtered"),
    ("head=binary", "model.dialogue_encoder=gru"),
    ("head=independent", "model.dialogue_encoder=mean", "model.turn_input=pair", "late_starts=0"),
    ("model=turn_only",),
    ("head=onset", "model.turn_input=pair", "late_starts=0"),
    ("head=binary", "model.dialogue_encoder=none"),
    ("model=flat", "model.context_window=2"),
    (*FAST, "model.static.word_dropout=0"),
    (*FAST, "model.static.word_dropout=0", "model.dialogue_encoder=none"),
    (
        "head=exclusive",
        "data=table",
        "data.path=x",
        "data.tags=[alert_ongoing,confirm_SH_ongoing,alert_past]",
        "data.exclusive=true",
    ),
]


def test_every_neural_model_has_a_kind_of_turn_encoder():
    assert tuple(KINDS) == get_args(NeuralConfig.model_fields["name"].annotation)


@pytest.mark.parametrize("overrides", VARIANTS)
def test_every_trainable_parameter_gets_a_gradient_and_sits_in_one_group(overrides):
    built = tagger(*overrides)
    encoded = built.tokenizer([TALK, OTHER], built.tags)
    batch = Collate(4096)(encoded)
    loss = built.model.loss(built.model(batch), batch, kind="path")
    loss.backward()
    silent = {
        name
        for name, p in built.model.named_parameters()
        if p.requires_grad and (p.grad is None or p.grad.abs().sum() == 0)
    }
    # one row of an embedding, or a bias that a softmax cancels, may rest; a whole tensor may not
    assert {n for n in silent if not n.endswith(("key.bias", "self_attn.in_proj_bias"))} == set()
    optim = OptimConfig(
        epochs=1, patience=1, dialogues_per_step=1, encoder_lr=1e-5, head_lr=1e-3, weight_decay=0.1, warmup=0.1, clip=1
    )
    grouped = [id(p) for group in parameter_groups(built.model, optim) for p in group["params"]]
    trainable = [id(p) for p in built.model.parameters() if p.requires_grad]
    assert sorted(grouped) == sorted(trainable)
    assert len(set(grouped)) == len(grouped)
    rates = {id(p): group["lr"] for group in parameter_groups(built.model, optim) for p in group["params"]}
    for name, parameter in built.model.named_parameters():
        if parameter.requires_grad:
            slow = name.startswith("turn_encoder.") and "detectors" not in name
            assert rates[id(parameter)] == (1e-5 if slow else 1e-3), name


@pytest.mark.parametrize("overrides", VARIANTS[:-1])  # pytorch-crf looks into its mask
def test_a_step_asks_the_device_for_no_value(overrides, monkeypatch):
    """On a GPU that would mean to wait; tensors of the meta device have no values to give (and no autocast)."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    built = tagger(*overrides)
    batch = Collate(100)(built.tokenizer([TALK, OTHER], built.tags)).to(torch.device("meta"))
    assert any(group.padded for group in batch.groups)
    built.model.train().to("meta")
    built.model.loss(built.model(batch), batch, kind="path").backward()


@pytest.mark.parametrize("overrides", VARIANTS)
def test_a_dialogue_alone_gives_the_beliefs_it_gives_in_a_batch(overrides):
    built = tagger(*overrides)
    together, alone = built.tag([TALK, OTHER]), built.tag([OTHER])
    assert together[1].dialogue_id == alone[0].dialogue_id == "d-1"
    assert together[1].beliefs.shape == alone[0].beliefs.shape
    torch.testing.assert_close(torch.tensor(together[1].beliefs), torch.tensor(alone[0].beliefs), atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("overrides", VARIANTS)
def test_past_only_from_text_to_beliefs(overrides):
    """Change, add or remove later turns: nothing earlier moves."""
    built = tagger(*overrides)
    before = built.tag([TALK])[0].beliefs
    lines = [f"{'U' if t.is_user else 'L'} {t.text}" for t in TALK.turns]
    for later in ([], ["L entirely", "U different words"], ["U x"] * 20):
        after = built.tag([dialogue(*lines[:5], *later)])[0].beliefs
        torch.testing.assert_close(torch.tensor(after[:3]), torch.tensor(before[:3]), atol=1e-6, rtol=1e-4)


def last_logits(built):
    """From turns to the logits of the last user turn."""

    def last(*turns):
        batch = built.collate(built.tokenizer([dialogue(*turns)], CRADLE))
        return built.model(batch)[0, batch.mask[0].sum() - 1]

    return last


def test_emissions_depend_on_the_window_and_nothing_else():
    last = last_logits(tagger("model.context_window=2"))
    lines = ["U start", "L a", "U b", "L c", "U d"]
    with torch.no_grad():
        whole = last(*lines)
        torch.testing.assert_close(last(*lines[2:]), whole, atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(last("L z", "U y", "U changed", "L v", *lines[2:]), whole, atol=1e-6, rtol=1e-4)
        assert (last(*lines[:3], "L different", lines[4]) - whole).abs().max() > 1e-6


def test_a_flat_model_depends_on_its_window_and_nothing_else():
    last = last_logits(tagger("model=flat", "model.context_window=2", "head=onset"))
    lines = ["U start", "L a", "U b", "L c", "U d"]
    with torch.no_grad():
        whole = last(*lines)
        torch.testing.assert_close(last(*lines[2:]), whole, atol=1e-6, rtol=1e-4)
        assert (last(*lines[:2], "U changed", *lines[3:]) - whole).abs().max() > 1e-6


def test_pair_input_reads_one_turn_further():
    lines = ["U start", "L a", "U b"]
    for overrides, reads in (("model.turn_input=pair", "late_starts=0"), True), (("model.turn_input=turn",), False):
        built = tagger("model.dialogue_encoder=none", *overrides)
        moved = built.tag([dialogue(*lines)])[0].beliefs - built.tag([dialogue("U start", "L other", "U b")])[0].beliefs
        assert (abs(moved[1]).max() > 1e-6) == reads
        assert abs(moved[0]).max() < 1e-6


@pytest.mark.parametrize("input", ["turn", "pair"])
def test_a_turn_said_twice_is_encoded_once_and_nothing_shows_it(input):
    """Losses and gradients are those of the plain path: every turn for itself, padded to the longest of all."""
    built = tagger(f"model.turn_input={input}", "late_starts=0", "encoder.max_tokens=64")
    said_twice = dialogue("U hi | alert_past", "L hello", "U hi", "L hello", "U so | alert_ongoing", name="d-2")
    encoded = built.tokenizer([TALK, said_twice, said_twice], CRADLE)
    batch = Collate(48, group_cost=0)(encoded)
    turns = [runs for d in encoded for runs in d.pieces]
    assert batch.n_distinct == len(set(turns)) < len(turns)
    assert sum(len(group.turn) for group in batch.groups) == sum(len(runs) for runs in set(turns))
    one_group = group_pieces(turns, 10**9, group_cost=10**9)
    plain = replace(batch, groups=one_group, distinct=torch.arange(len(turns)), n_distinct=len(turns))
    assert len(plain.groups) == 1
    results = []
    for b in (batch, plain):
        built.model.zero_grad()
        loss = built.model.loss(built.model(b), b, kind="path")
        loss.backward()
        results.append((loss.detach(), [p.grad.clone() for p in built.model.parameters()]))
    torch.testing.assert_close(*results, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("encoder", ["transformer", "gru", "mean"])
def test_a_frozen_encoder_gives_the_same_beliefs_from_stored_vectors(encoder):
    built = tagger("encoder.trainable_layers=0", f"model.dialogue_encoder={encoder}")
    encoded = built.tokenizer([TALK, OTHER], CRADLE)
    plain = built.tag_encoded(encoded)
    stored = built.tag_encoded(built.model.turn_encoder.with_frozen_part(encoded, token_budget=48))
    for a, b in zip(plain, stored, strict=True):
        torch.testing.assert_close(torch.tensor(a.beliefs), torch.tensor(b.beliefs), atol=1e-6, rtol=1e-4)


def test_the_learning_rate_rises_and_falls_to_nothing():
    factor = warmup_and_decay(100, 0.1)
    values = [factor(step) for step in range(101)]
    assert max(values) == 1
    assert values[:10] == sorted(values[:10])
    assert values[10:] == sorted(values[10:], reverse=True)
    assert values[0] == pytest.approx(0.1)
    assert values[100] == 0
