"""Static turn vectors: pooled as defined, blind to batches and cuts, started from the encoder's own token vectors."""

import pytest
import torch
from torch.nn.functional import gelu

from crisis_turns.config import StaticConfig
from crisis_turns.data.batch import Collate
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.encoders.static_encoder import SMOOTHING, StaticTurnEncoder, token_shares, token_vectors
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import tokenizer

TURNS = ["U hi", "U " + "a long story about nothing much " * 6, "L yes", "U a bit more text here", "U hi"]


def encoder(word_dropout=0.0) -> StaticTurnEncoder:
    torch.manual_seed(0)
    config = StaticConfig(width=8, ngram=3, features=6, word_dropout=word_dropout)
    built = StaticTurnEncoder(len(load_backbone("tiny").tokenizer), config)
    torch.nn.init.normal_(built.log_weight.weight)
    torch.nn.init.normal_(built.steepness)
    return built.eval()


def batch(*turns, max_tokens=64, budget=10_000):
    return Collate(budget)(tokenizer(max_tokens)([dialogue(*turns)], CRADLE))


def test_the_vector_is_the_weighted_mean_and_the_smooth_maximum():
    built = encoder()
    groups = batch("U ab").groups
    ids = groups[0].ids[0]
    vectors, weights = built.tokens.weight[ids], built.log_weight.weight[ids].exp()
    padded = torch.cat((torch.zeros(1, 8), vectors, torch.zeros(1, 8)))
    features = torch.stack(
        [gelu((built.ngrams.weight * padded[t : t + 3].T).sum((1, 2)) + built.ngrams.bias) for t in range(len(ids))]
    )
    mean = (vectors * weights).sum(0) / weights.sum()
    peak = (features * (built.steepness * features).softmax(0)).sum(0)
    torch.testing.assert_close(built(groups, 1)[0], torch.cat((mean, peak)))


@pytest.mark.parametrize("budget", [70, 200, 10_000])
def test_a_turn_vector_does_not_depend_on_its_group(budget):
    built = encoder()
    together = batch(*TURNS, budget=budget)
    vectors = built(together.groups, together.n_distinct)[together.distinct]
    for n, turn in enumerate(TURNS):
        alone = built(batch("U" + turn[1:]).groups, 1)
        torch.testing.assert_close(vectors[n : n + 1], alone, atol=1e-6, rtol=1e-5)


def test_a_long_turn_is_pooled_over_all_its_runs():
    built = encoder()
    groups = batch("U " + "abcdefghij" * 2, max_tokens=16).groups
    parts = [built.pool(run[None], torch.ones(1, len(run), dtype=torch.bool)) for g in groups for run in _runs(g)]
    sums, weights = (sum(column) for column in zip(*parts, strict=True))
    assert len(parts) == 2
    torch.testing.assert_close(built(groups, 1), sums / weights)


def _runs(group):
    return [ids[mask] for ids, mask in zip(group.ids, group.mask, strict=True)]


def test_words_drop_out_in_training_only_and_never_all_of_them():
    built = encoder(word_dropout=0.99)
    groups = batch("U hello there").groups
    torch.testing.assert_close(built(groups, 1), built(groups, 1), rtol=0, atol=0)
    built.train()
    drawn = torch.stack([built(groups, 1) for _ in range(20)])
    assert drawn.isfinite().all()
    assert drawn.std(0).max() > 0


def test_token_vectors_are_the_encoders_principal_components():
    """At full width distances between tokens are those of the encoder, up to one scale."""
    backbone = load_backbone("tiny")
    vectors = token_vectors(backbone, 16, token_budget=512).double()
    one = torch.tensor([[0, 10, 2], [0, 99, 2], [0, 200, 2]])  # <s> token </s>
    frozen = TransformerTurnEncoder(backbone.model, trainable_layers=0).eval()
    with torch.no_grad():
        own = frozen.backbone(one).last_hidden_state.mean(1).double()
    ratio = torch.pdist(vectors[[10, 99, 200]]) / torch.pdist(own)
    torch.testing.assert_close(ratio, ratio[:1].expand(3), atol=0, rtol=1e-3)
    variances = vectors.var(0)
    assert (variances.diff() <= 1e-9).all()
    torch.testing.assert_close(token_vectors(backbone, 4, token_budget=512).std(), torch.tensor(1.0))


def test_narrow_encoders_are_told():
    with pytest.raises(InputError, match=r"model\.static\.width=17 is more than the width .* 16"):
        token_vectors(load_backbone("tiny"), 17, token_budget=512)


def test_common_tokens_weigh_less_as_sif_says():
    built = encoder()
    encoded = tokenizer()([dialogue("U aab")], CRADLE)  # <s> a a b </s>
    built.initialise(load_backbone("tiny"), encoded, token_budget=512)
    a, b = (load_backbone("tiny").tokenizer(text, add_special_tokens=False)["input_ids"][0] for text in "ab")
    shares = token_shares(encoded, built.tokens.num_embeddings)
    assert (shares[a], shares[b], shares.sum()) == (pytest.approx(0.4), pytest.approx(0.2), pytest.approx(1))
    weights = built.log_weight.weight.exp().squeeze(1)
    assert weights[a].item() == pytest.approx(SMOOTHING / (SMOOTHING + 0.4), rel=1e-4)
    assert weights[b + 1].item() == 1
