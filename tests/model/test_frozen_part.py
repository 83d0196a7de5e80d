"""What frozen layers give is computed once, and nothing shows it: same losses, same gradients."""

import logging

import numpy as np
import pytest
import torch
import transformers

from crisis_turns.errors import InputError
from crisis_turns.model.encoders import frozen_part
from crisis_turns.model.encoders.array_cache import LIMIT, folder
from crisis_turns.model.encoders.backbone import Backbone, load_backbone
from crisis_turns.model.neural_tagger import build_tagger
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import TINY, config

SIZES = {
    "vocab_size": 261, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": 258, "pad_token_id": 1,
}  # fmt: skip
LONG = "U " + "a long story about nothing much " * 4
FIRST = dialogue("L hello", "U hi | alert_past", LONG + "| alert_ongoing", "L hello", "U hi")
SECOND = dialogue("U more", "L hello", "U hi again", name="d-1")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def tagger(model_type, *overrides):
    """A random tagger in training mode, drop-out included."""
    cfg = config(*TINY, "encoder.max_tokens=64", *overrides)
    tiny = load_backbone("tiny")
    torch.manual_seed(0)
    made = transformers.AutoConfig.for_model(model_type, **SIZES)
    built = build_tagger(Backbone(transformers.AutoModel.from_config(made), tiny.tokenizer, "test"), cfg)
    built.model.train()
    return built


def loss_and_gradients(built, encoded):
    batch = built.collate(encoded)
    torch.manual_seed(1)
    built.model.zero_grad()
    loss = built.model.loss(built.model(batch), batch, kind="path")
    loss.backward()
    return loss.detach(), {n: p.grad.clone() for n, p in built.model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("trainable", [1, 2])
@pytest.mark.parametrize("model_type", ["roberta", "bert", "mpnet"])
def test_training_from_stored_states_is_training(model_type, trainable):
    built = tagger(model_type, f"encoder.trainable_layers={trainable}")
    encoded = built.tokenizer([FIRST, SECOND], CRADLE)
    loss, gradients = loss_and_gradients(built, encoded)
    stored = built.model.turn_encoder.with_frozen_part(encoded, token_budget=100)
    assert stored[0].states is not None
    built.model.train()
    loss_stored, gradients_stored = loss_and_gradients(built, stored)
    torch.testing.assert_close(loss_stored, loss, atol=1e-6, rtol=1e-5)
    assert any(name.startswith("turn_encoder.") for name in gradients)
    assert gradients_stored.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradients_stored[name], gradient, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("trainable", [0, 1])
def test_beliefs_are_those_of_the_whole_encoder(trainable):
    built = tagger("bert", f"encoder.trainable_layers={trainable}")
    encoded = built.tokenizer([FIRST, SECOND], CRADLE)
    stored = built.model.turn_encoder.with_frozen_part(encoded, token_budget=100)
    for a, b in zip(built.tag_encoded(encoded), built.tag_encoded(stored), strict=True):
        np.testing.assert_allclose(a.beliefs, b.beliefs, atol=1e-6, rtol=1e-4)


def test_what_is_trained_from_is_kept_in_half_precision_and_what_is_scored_in_float32():
    built = tagger("bert", "encoder.trainable_layers=1")
    encoded = built.tokenizer([FIRST, SECOND], CRADLE)
    encoder = built.model.turn_encoder
    scored = encoder.with_frozen_part(encoded, token_budget=100)
    halves = encoder.with_frozen_part(encoded, token_budget=100, to_train=True)
    encoder.precision = "bf16"
    rough = encoder.with_frozen_part(encoded, token_budget=100, to_train=True)
    for exact, half, other in zip(scored, halves, rough, strict=True):
        for states, kept, coarse in zip(exact.states, half.states, other.states, strict=True):
            assert (states.dtype, kept.dtype, coarse.dtype) == (np.float32, np.float16, np.float16)
            np.testing.assert_array_equal(kept, states.astype(np.float16))
            np.testing.assert_allclose(coarse, states, atol=0.1)
            assert not np.array_equal(coarse, kept)
    built.model.train()
    loss, gradients = loss_and_gradients(built, scored)
    loss_half, gradients_half = loss_and_gradients(built, halves)
    torch.testing.assert_close(loss_half, loss, atol=1e-3, rtol=1e-3)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradients_half[name], gradient, atol=1e-2, rtol=1e-2)


def test_states_beyond_half_precision_are_refused():
    built = tagger("bert", "encoder.trainable_layers=1")
    built.model.turn_encoder.backbone.encoder.layer[1].output.LayerNorm.weight.data.fill_(1e6)
    encoded = built.tokenizer([SECOND], CRADLE)
    with pytest.raises(InputError, match="too large to be kept in half precision"):
        built.model.turn_encoder.with_frozen_part(encoded, token_budget=100, to_train=True)
    assert list(folder().iterdir()) == []


@pytest.mark.parametrize("trainable", [0, 1])
def test_the_number_of_threads_shows_in_no_bit(trainable, monkeypatch, tmp_path):
    monkeypatch.setattr(frozen_part, "_CHUNK", 2)
    built = tagger("bert", f"encoder.trainable_layers={trainable}")
    encoded, before = built.tokenizer([FIRST, SECOND], CRADLE), torch.get_num_threads()
    found = {}
    try:
        for threads in (1, 3):
            monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / str(threads)))
            torch.set_num_threads(threads)
            found[threads] = built.model.turn_encoder.with_frozen_part(encoded, token_budget=100)
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    for one, three in zip(found[1], found[3], strict=True):
        np.testing.assert_array_equal(*(np.concatenate(d.states) if trainable else d.vectors for d in (one, three)))


@pytest.mark.parametrize("trainable", [0, 1])
def test_the_frozen_part_runs_once_until_text_or_its_weights_change(trainable, monkeypatch):
    keys = []
    cached = frozen_part.cached_array

    def spy(key, shape, fill, **rest):
        return cached(key, shape, lambda array, part: (keys.append(key), fill(array, part)), **rest)

    monkeypatch.setattr(frozen_part, "cached_array", spy)
    built = tagger("roberta", f"encoder.trainable_layers={trainable}")
    encoder = built.model.turn_encoder

    def call(*dialogues):
        return encoder.with_frozen_part(built.tokenizer(dialogues, CRADLE), token_budget=100)

    first, second = call(FIRST, SECOND), call(FIRST, SECOND)
    assert len(keys) == 1
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(
            *(np.concatenate(d.states) if trainable else d.vectors for d in (a, b)), strict=True
        )
    call(SECOND)
    assert len(keys) == 2
    if trainable:  # what trains is no part of the key
        next(encoder.backbone.encoder.layer[-1].parameters()).data.add_(0.1)
        call(SECOND)
        assert len(keys) == 2
    next(encoder.backbone.encoder.layer[0].parameters()).data.add_(0.1)
    call(SECOND)
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("model_type", "trainable", "limit", "reason"),
    [
        ("roberta", 3, "8", "no layer is frozen"),
        ("electra", 1, "8", "the parts of a electra encoder are not known here"),
        ("roberta", 1, "0", "GiB are more than half of the cache's limit"),
    ],
)
def test_where_nothing_can_be_kept_the_log_says_why(model_type, trainable, limit, reason, monkeypatch, caplog):
    monkeypatch.setenv(LIMIT, limit)
    built = tagger(model_type, f"encoder.trainable_layers={trainable}")
    encoded = built.tokenizer([SECOND], CRADLE)
    with caplog.at_level(logging.INFO):
        assert built.model.turn_encoder.with_frozen_part(encoded, token_budget=100) == encoded
    assert reason in caplog.text
    assert not folder().exists()
