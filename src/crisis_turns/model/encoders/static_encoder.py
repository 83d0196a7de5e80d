"""Turn vectors without a transformer: static token vectors, n-gram features, pooling per channel.

The token vectors are what a pretrained encoder gives for each token read alone, reduced by principal components, and
weighed by how rare the token is, as Model2Vec does (Tulkens & van Dongen 2024); all of it is then trained. Features of
a few neighbouring tokens (Kim 2014) bring back what word order says.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from crisis_turns.config import RunConfig, StaticConfig
from crisis_turns.data.piece_groups import PieceGroup
from crisis_turns.data.tokenize import EncodedDialogue, Pieces
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.backbone import Backbone
from crisis_turns.model.encoders.detectors import smooth_maximum
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.model.encoders.turn_encoder import TurnEncoder

SMOOTHING = 1e-3
"""The a of SIF weights a / (a + p), p the token's share of all tokens (Arora et al. 2017)."""


class StaticTurnEncoder(TurnEncoder):
    """A turn's vector: the weighted mean of its tokens' vectors beside the smooth maximum of its n-grams' features.

    Both are weighted means per channel, so a turn of several runs is pooled as if it were one.

    Args:
        vocabulary: number of tokens, V.
        config: its sizes.
    """

    def __init__(self, vocabulary: int, config: StaticConfig) -> None:
        super().__init__()
        self.width = config.width + config.features
        self.word_dropout = config.word_dropout
        self.tokens = nn.Embedding(vocabulary, config.width)
        self.log_weight = nn.Embedding(vocabulary, 1)
        self.ngrams = nn.Conv1d(config.width, config.features, config.ngram, padding="same")
        self.steepness = nn.Parameter(torch.ones(config.features))
        nn.init.zeros_(self.log_weight.weight)

    @classmethod
    def configured(cls, backbone: Backbone, config: RunConfig) -> Self:
        static = config.neural.static
        assert static is not None  # checked with the configuration
        return cls(len(backbone.tokenizer), static)

    @torch.no_grad()
    def initialise(self, backbone: Backbone, dialogues: Sequence[EncodedDialogue], *, token_budget: int) -> None:
        """Take token vectors from the encoder, and weigh tokens by how rare they are in these (training) dialogues."""
        vocabulary, width = self.tokens.weight.shape
        self.tokens.weight.copy_(token_vectors(backbone, width, token_budget=token_budget))
        share = token_shares(dialogues, vocabulary)
        self.log_weight.weight.copy_(-torch.log1p(share / SMOOTHING)[:, None])

    def pooled(self, groups: Sequence[PieceGroup], n_turns: int) -> tuple[Tensor, Tensor]:
        device = groups[0].ids.device
        sums = torch.zeros(n_turns, self.width, device=device)
        weights = torch.zeros(n_turns, self.width, device=device)
        for group in groups:
            of_runs = self.pool(group.ids, group.mask)
            sums, weights = (
                total.index_add(0, group.turn, part) for total, part in zip((sums, weights), of_runs, strict=True)
            )
        return sums, weights

    def pool(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums and weights of runs; their quotient, each summed over a turn's runs, is the turn's vector.

        Args:
            ids: ``(P, L)`` word pieces.
            mask: ``(P, L)`` bool, true on real tokens.

        Returns:
            ``(P, H)`` and ``(P, H)``.
        """
        if self.training and self.word_dropout:
            kept = torch.rand(mask.shape, device=mask.device) >= self.word_dropout
            kept[:, 0] = True  # a run opens with a special token, so none is left empty
            mask = mask & kept
        real = mask[..., None]
        vectors = torch.where(real, self.tokens(ids), 0)  # (P, L, width)
        rarity = torch.where(real, self.log_weight(ids).exp(), 0)  # (P, L, 1)
        features = gelu(self.ngrams(vectors.transpose(1, 2)).transpose(1, 2))  # (P, L, features)
        peaks, weights = smooth_maximum(features, self.steepness, real)
        sums = torch.cat(((vectors * rarity).sum(1), peaks), dim=-1)
        return sums, torch.cat((rarity.sum(1).expand(-1, vectors.shape[-1]), weights), dim=-1)


def token_vectors(backbone: Backbone, width: int, *, token_budget: int) -> Tensor:
    """``(V, width)``: the encoder's vector for each token read alone, its first principal components, at unit scale.

    Raises:
        InputError: if the encoder's own vectors are narrower.
    """
    encoder = TransformerTurnEncoder(backbone.model, trainable_layers=0)
    if width > encoder.width:
        raise InputError(f"model.static.width={width} is more than the width of the encoder's vectors, {encoder.width}")
    before, *after = backbone.tokenizer("")["input_ids"]
    pieces: tuple[Pieces, ...] = tuple(((before, token, *after),) for token in range(len(backbone.tokenizer)))
    nobody, none = np.zeros(len(pieces), dtype=bool), np.zeros((0, 0), dtype=bool)
    vocabulary = EncodedDialogue("vocabulary", pieces, is_user=nobody, gold=none, turn_ids=())
    vectors = encoder.with_frozen_part([vocabulary], token_budget=token_budget)[0].vectors
    centred = torch.from_numpy(vectors).double()
    centred = centred - centred.mean(0)
    axes = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)[:, :width]  # largest variance first
    reduced = centred @ axes
    scaled: Tensor = reduced / reduced.std()
    return scaled.float()


def token_shares(dialogues: Sequence[EncodedDialogue], vocabulary: int) -> Tensor:
    """``(V,)`` share of each token among all tokens."""
    runs = [run for dialogue in dialogues for pieces in dialogue.pieces for run in pieces]
    counts = np.bincount(np.concatenate(runs), minlength=vocabulary)
    return torch.from_numpy(counts / counts.sum()).float()
