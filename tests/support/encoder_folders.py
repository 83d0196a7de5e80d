"""Folders of tiny random encoders of the library's families, each behind the tokenizer of bytes."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel

from crisis_turns.model.encoders.random_weights import tiny_tokenizer

_BERT = {
    "vocab_size": 261, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": 258, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}  # fmt: skip
_DEBERTA = {
    "relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_biased_input": False, "position_buckets": 32,
}  # fmt: skip
_MODERN = {"global_attn_every_n_layers": 2, "local_attention": 8, "cls_token_id": 0, "sep_token_id": 2}
SIZES = {
    "bert": _BERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
    "electra": _BERT | {"embedding_size": 16},
    "mpnet": _BERT,
    "deberta-v2": _BERT | _DEBERTA,
    "albert": _BERT | {"embedding_size": 8},
    "modernbert": _BERT | _MODERN,
    "distilbert": {"vocab_size": 261, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "pad_token_id": 1},
    "xlm": {"vocab_size": 261, "emb_dim": 16, "n_layers": 2, "n_heads": 2, "pad_index": 1, "pad_token_id": 1},
    "convbert": _BERT | {"embedding_size": 16},
    "fnet": _BERT,
    "xlnet": {"vocab_size": 261, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32, "pad_token_id": 1},
    "t5": {"vocab_size": 261, "d_model": 16, "d_kv": 8, "num_layers": 2, "num_heads": 2, "d_ff": 32},
    "bart": {
        "vocab_size": 261, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2,
        "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "pad_token_id": 1,
    },
    "gpt2": {"vocab_size": 261, "n_embd": 16, "n_layer": 2, "n_head": 2, "bos_token_id": 0, "eos_token_id": 2},
}  # fmt: skip
"""Of each family's configuration, by model type."""


def encoder_folder(folder: Path, model_type: str = "bert") -> Path:
    """Save a tiny encoder of this type with its tokenizer."""
    torch.manual_seed(0)
    AutoModel.from_config(AutoConfig.for_model(model_type, **SIZES[model_type])).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def without_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


def with_config(folder: Path, **changed: object) -> None:
    """Change ``config.json`` and nothing else."""
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


def with_weights(folder: Path, rename=lambda name: name, change=lambda name, value: value) -> None:
    """Change names or values of the tensors."""
    file = folder / "model.safetensors"
    tensors = {rename(name): change(name, value) for name, value in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})


def with_pooling(folder: Path, **modes: object) -> None:
    """Say as sentence-transformers does how word pieces are pooled."""
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 16} | modes))
