"""Encoders with random weights, the same ones every time: for tests and for speed, not for results."""

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedModel, PreTrainedTokenizerBase, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

SEED = 20221122
_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def tiny_model() -> PreTrainedModel:
    """A RoBERTa of about 12,000 parameters over bytes."""
    config = RobertaConfig(
        vocab_size=len(_SPECIALS) + len(_ALPHABET), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=258, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        type_vocab_size=1,
    )  # fmt: skip
    return _random(config)


def tiny_tokenizer() -> PreTrainedTokenizerBase:
    """One word piece per byte."""
    vocabulary = {token: i for i, token in enumerate([*_SPECIALS, *_ALPHABET])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    special = dict(zip(("bos_token", "pad_token", "eos_token", "unk_token", "mask_token"), _SPECIALS, strict=True))
    special |= {"cls_token": special["bos_token"], "sep_token": special["eos_token"]}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)  # type: ignore[no-untyped-call]


def base_model() -> PreTrainedModel:
    """One of RoBERTa-base's size."""
    config = RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1
    )
    return _random(config)


def _random(config: RobertaConfig) -> PreTrainedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return RobertaModel(config, add_pooling_layer=False)
