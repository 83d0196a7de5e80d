"""Packs of word pieces are read as their groups are alone; quick dropout is dropout."""

from dataclasses import replace
from weakref import WeakSet

import pytest
import torch
import transformers
from torch import Tensor, nn

from crisis_turns.data.piece_groups import CPU_BF16_GROUP_COST, CPU_GROUP_COST, PieceGroup
from crisis_turns.model.encoders.dropout import Dropout, dropped, with_dropout
from crisis_turns.model.encoders.hidden_states import hidden_states
from crisis_turns.model.encoders.layer_split import upper_part
from crisis_turns.model.encoders.packed import packed_hidden_states, with_packs
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder

SIZES = {
    "vocab_size": 100, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 32,
}  # fmt: skip


def encoder(model_type: str = "bert") -> transformers.PreTrainedModel:
    torch.manual_seed(0)
    made = transformers.AutoConfig.for_model(model_type, **SIZES)
    return transformers.AutoModel.from_config(made).eval()


def groups(*shapes: tuple[int, int]) -> list[PieceGroup]:
    """The last run of a group is two word pieces shorter than the others, where there are several."""
    made = []
    for runs, length in shapes:
        mask = torch.ones(runs, length, dtype=torch.bool)
        mask[-1, length - 2 * (runs > 1) :] = False
        states = torch.randn(runs, length, SIZES["hidden_size"]) * mask[..., None]
        made.append(PieceGroup(mask.long(), mask, torch.arange(runs), states, padded=not mask.all()))
    return made


def gradients(part: nn.Module, read: list[Tensor], given: list[PieceGroup]) -> list[Tensor]:
    part.zero_grad()
    sum(states[group.mask].square().sum() for states, group in zip(read, given, strict=True)).backward()
    return [p.grad.clone() for p in part.parameters() if p.grad is not None]


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("budget", [1, 40, 10_000])
@pytest.mark.parametrize("model_type", ["bert", "roberta", "xlm-roberta"])
def test_a_pack_is_read_as_its_groups_are_alone(model_type, budget, kept):
    whole = encoder(model_type)
    assert with_packs(whole)
    part, given = whole, groups((2, 4), (3, 7), (1, 12), (4, 13), (9, 30))
    if kept:
        part = upper_part(whole, 2)
    else:
        given = [replace(g, ids=torch.where(g.mask, torch.randint_like(g.ids, 5, 100), 0), states=None) for g in given]
    packed = list(packed_hidden_states(part, given, budget=budget))
    alone = [hidden_states(part, group) for group in given]
    for one, other, group in zip(packed, alone, given, strict=True):
        assert one.shape == other.shape
        torch.testing.assert_close(one[group.mask], other[group.mask], atol=1e-5, rtol=1e-4)
    slopes = gradients(part, packed, given)
    assert len(slopes) > (30 if kept else 34)
    for one, other in zip(slopes, gradients(part, alone, given), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)


def test_what_a_group_says_depends_on_no_other_in_its_pack():
    whole = encoder()
    with_packs(whole)
    upper, given = upper_part(whole, 2), groups((2, 4), (3, 7))
    before = next(packed_hidden_states(upper, given, budget=100))
    given[1].states.add_(1.0)
    assert torch.equal(next(packed_hidden_states(upper, given, budget=100)), before)


def test_linear_layers_see_few_numbers_of_rows():
    """oneDNN compiles a kernel for each: the reason for packing."""
    whole = encoder()
    with_packs(whole)
    upper, seen = upper_part(whole, 1), set()
    upper.encoder.layer[0].output.dense.register_forward_hook(lambda _, given, __: seen.add(given[0].shape[:-1]))
    for length in range(5, 120, 3):
        list(packed_hidden_states(upper, groups((3, length), (2, length + 1)), budget=512))
    assert seen == {(1, 256), (1, 512)}


@pytest.mark.parametrize("model_type", ["bert", "roberta", "xlm-roberta", "mpnet"])
def test_an_encoder_in_evaluation_stays_the_same_to_the_bit(model_type):
    whole = encoder(model_type)
    ids = torch.randint(5, 100, (4, 9))
    real = torch.arange(9) < torch.tensor([[9], [7], [9], [2]])
    padded = PieceGroup(ids * real, real, torch.arange(4))
    ways = [
        lambda: hidden_states(whole, PieceGroup(ids, torch.ones_like(real), torch.arange(4), padded=False)),
        lambda: hidden_states(whole, padded),
        lambda: whole(input_ids=ids, attention_mask=real.long()).last_hidden_state,
    ]
    before, settings = [way() for way in ways], whole.config.to_json_string()
    with_dropout(whole.encoder.layer)
    assert with_packs(whole) == (model_type != "mpnet")
    assert any(isinstance(module, Dropout) for module in whole.encoder.modules())
    assert not any(type(module) is nn.Dropout for module in whole.encoder.modules())
    assert all(torch.equal(way(), states) for way, states in zip(ways, before, strict=True))
    assert whole.config.to_json_string() == settings


@pytest.mark.parametrize("precision", ["32", "bf16"])
@pytest.mark.parametrize("trainable", [1, "all"])
def test_training_packs_or_not_with_the_same_gradients(trainable, precision):
    """In bf16 to its rounding: gradients of all groups are added up in float32."""
    built = TransformerTurnEncoder(encoder(), trainable_layers=trainable, precision=precision, token_budget=300).train()
    for layer in built.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    torch.manual_seed(1)
    shapes = [(4, n) for n in range(5, 60)]
    given = [replace(g, ids=torch.randint_like(g.ids, 5, 100) * g.mask, states=None) for g in groups(*shapes)]
    found = {}
    for how in ("alone", "packed", "exact"):
        built.packs, built.precision = how == "packed", "32" if how == "exact" else precision
        built.zero_grad()
        built(given, 4).square().sum().backward()
        slopes = [p.grad for p in built.parameters() if p.grad is not None]
        found[how] = torch.cat([slope.flatten() for slope in slopes])
    off = {how: ((found[how] - found["exact"]).norm() / found["exact"].norm()).item() for how in ("alone", "packed")}
    assert max(off.values()) < (1e-4 if precision == "32" else 5e-4)
    assert precision == "32" or min(off.values()) > 1e-5


def test_an_evaluated_batch_is_pooled_group_by_group():
    built = TransformerTurnEncoder(encoder(), trainable_layers=1).eval()
    alive = WeakSet()
    most = 0

    def watch(_module: nn.Module, _given: object, found) -> None:
        nonlocal most
        alive.add(found.last_hidden_state)
        most = max(most, len(alive))

    built.backbone.register_forward_hook(watch)
    with torch.no_grad():
        built([replace(g, states=None) for g in groups((2, 4), (2, 5), (2, 6), (2, 7))], 2)
    assert most <= 2


def test_attention_in_a_pack_drops_out():
    whole = encoder()
    with_packs(whole)
    with_dropout(whole.encoder.layer)
    for layer in whole.encoder.layer:
        layer.output.dropout.p = layer.attention.output.dropout.p = 0.0
    upper, given = upper_part(whole.train(), 2), groups((4, 30))
    draws = torch.stack([next(packed_hidden_states(upper, given, budget=200)) for _ in range(300)])
    still = hidden_states(upper.eval(), given[0])
    read = draws.std(0)[given[0].mask]
    off = (draws.mean(0) - still)[given[0].mask].abs() / (read / len(draws) ** 0.5)
    assert read.min() > 0
    assert off.mean() < 1.5  # 0.8 where only chance is at work


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_keeps_its_share_and_the_mean(p, dtype):
    torch.manual_seed(3)
    x = torch.full((301, 997), 2.0, dtype=dtype, requires_grad=True)
    y = dropped(x, p)
    kept = y != 0
    n = x.numel()
    assert abs(kept.float().mean().item() - (1 - p)) < 5 * (p * (1 - p) / n) ** 0.5
    exact = 0.01 if dtype == torch.bfloat16 else 1e-3
    torch.testing.assert_close(y[kept], torch.full_like(y[kept], 2 / (1 - p)), rtol=exact, atol=0)
    y.sum().backward()
    assert torch.equal(x.grad != 0, kept)
    torch.testing.assert_close(x.grad[kept], torch.full_like(x.grad[kept], 1 / (1 - p)), rtol=exact, atol=0)


def test_dropout_is_drawn_from_the_seed_and_anew_each_time():
    x = torch.ones(1000)
    torch.manual_seed(5)
    first, second = dropped(x, 0.5), dropped(x, 0.5)
    torch.manual_seed(5)
    assert torch.equal(dropped(x, 0.5), first)
    assert not torch.equal(first, second)
    neighbours = torch.corrcoef(torch.stack([first[:-1], first[1:]]))[0, 1]
    assert abs(neighbours) < 0.15


def test_dropout_of_nothing_and_in_evaluation():
    x = torch.ones(7)
    assert torch.equal(dropped(x, 0.0), x)
    assert torch.equal(Dropout(0.5).eval()(x), x)
    assert dropped(torch.ones(0, 4), 0.5).shape == (0, 4)
    assert not dropped(x, 1.0).any()
    assert torch.isfinite(dropped(torch.ones(10_000), 1 - 1e-9)).all()


def test_where_nothing_is_packed_in_bf16_groups_are_few():
    """Each group's products are compiled then, so that padding is cheaper than one more."""
    cpu = torch.device("cpu")
    costs = {
        (kind, precision): TransformerTurnEncoder(encoder(kind), trainable_layers=1).group_cost(cpu, precision)
        for kind in ("bert", "mpnet")
        for precision in ("32", "bf16")
    }
    assert costs.pop(("mpnet", "bf16")) == CPU_BF16_GROUP_COST
    assert set(costs.values()) == {CPU_GROUP_COST}
