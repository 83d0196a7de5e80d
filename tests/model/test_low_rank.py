"""Layers tuned by a difference of low rank: nothing at first, the gradients of the matrix it makes, gone at the end."""

import pytest
import torch
from torch import nn

from crisis_turns.data.batch import Collate
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.architecture import transformer_layers
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.encoders.low_rank import LowRankLinear, with_low_rank, without_low_rank
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import config, tokenizer


def batch():
    return Collate(10_000)(tokenizer()([dialogue("U hello there", "U i have been hurting myself again")], CRADLE))


def encoder(rank, trainable=1):
    torch.manual_seed(0)
    return TransformerTurnEncoder(load_backbone("tiny").model, trainable_layers=trainable, rank=rank).eval()


@pytest.fixture
def moved():
    """A layer after some training: a difference that is not zero."""
    torch.manual_seed(1)
    layer = LowRankLinear.around(nn.Linear(6, 4), 2)
    with torch.no_grad():
        layer.up.normal_()
    return layer


@pytest.mark.parametrize("trainable", [1, 2, "all"])
def test_the_difference_is_zero_at_first(trainable):
    given = batch()
    whole, low = encoder(None, trainable), encoder(2, trainable)
    assert torch.equal(whole(given.groups, 2), low(given.groups, 2))


def test_matrices_of_the_trainable_layers_stay_and_all_else_of_them_trains():
    built = encoder(2)
    below, top = transformer_layers(built.backbone)
    assert not any(parameter.requires_grad for parameter in below.parameters())
    frozen = {name for name, parameter in top.named_parameters() if not parameter.requires_grad}
    linear = {name for name, module in top.named_modules() if isinstance(module, nn.Linear)}
    assert frozen == {f"{name}.weight" for name in linear}
    assert len(linear) == 6
    assert {name for name, module in below.named_modules() if isinstance(module, LowRankLinear)} == set()
    trained = {name for name, parameter in top.named_parameters() if parameter.requires_grad}
    assert {name.rpartition(".")[0] for name in trained if name.endswith((".up", ".down"))} == linear


def test_of_the_whole_encoder_embeddings_stay_as_they_are():
    trained = [name for name, parameter in encoder(2, "all").named_parameters() if parameter.requires_grad]
    assert trained
    assert not [name for name in trained if "embeddings.weight" in name]


def test_a_rank_above_the_encoders_width_is_refused():
    chosen = config("encoder.trainable_layers=1", "encoder.rank=17")
    with pytest.raises(
        InputError, match=r"encoder.rank=17 is more than the width of encoder=tiny; give encoder.rank=16"
    ):
        TransformerTurnEncoder.configured(load_backbone("tiny"), chosen)


def test_two_thin_products_are_the_matrix_and_have_its_gradients(moved):
    x = torch.randn(5, 6)
    weight = (moved.weight + moved.up @ moved.down).detach().requires_grad_()
    expected = nn.functional.linear(x, weight, moved.bias)
    found = moved.train()(x)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(moved.eval()(x), expected)
    slope = torch.randn_like(found)
    found.backward(slope)
    expected.backward(slope)
    torch.testing.assert_close(moved.up.grad, weight.grad @ moved.down.T)
    torch.testing.assert_close(moved.down.grad, moved.up.T @ weight.grad)
    assert moved.weight.grad is None


def test_what_is_left_is_plain_and_the_same_to_the_bit():
    given, built = batch(), encoder(2, "all")
    with torch.no_grad():
        for module in built.modules():
            if isinstance(module, LowRankLinear):
                module.up.normal_(std=0.1)
    expected = built(given.groups, 2)
    assert not torch.equal(expected, encoder(None)(given.groups, 2))
    names = set(encoder(None).state_dict())
    assert set(built.state_dict()) > names
    without_low_rank(built)
    assert set(built.state_dict()) == names
    assert torch.equal(built(given.groups, 2), expected)


def test_the_rank_bounds_the_difference():
    module = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3, bias=False))
    before = [layer.weight.clone() for layer in (module[0], module[2])]
    with_low_rank(module, 2)
    optimizer = torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        module(torch.randn(20, 8)).square().sum().backward()
        optimizer.step()
    without_low_rank(module)
    for old, layer in zip(before, (module[0], module[2]), strict=True):
        assert 1 <= torch.linalg.matrix_rank(layer.weight - old, rtol=1e-4) <= 2
