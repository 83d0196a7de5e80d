"""A pretrained encoder with its tokenizer, by name: from a package, a folder, the hub, or thin air (``tiny``,
``random_base``). Everything loads as float32 from safetensors.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from crisis_turns.errors import InputError
from crisis_turns.model.encoders import packaged_weights, random_weights


@dataclass(frozen=True)
class Backbone:
    """A pretrained encoder with its tokenizer; ``origin`` says how to get the same one again."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    origin: str


def load_backbone(name: str) -> Backbone:
    """Load an encoder by the name that ``encoder.name`` holds.

    Args:
        name: ``minilm``, ``mpnet``, ``tiny``, ``random_base`` (behind MiniLM's tokenizer, whose ids it holds), a
            folder, or a hub name.

    Raises:
        InputError: if it is not to be had, or its files are not the pinned ones.
    """
    match name:
        case "tiny":
            return Backbone(random_weights.tiny_model(), random_weights.tiny_tokenizer(), name)
        case "random_base":
            return Backbone(random_weights.base_model(), load_backbone("minilm").tokenizer, name)
        case "minilm":
            return _from_folder(packaged_weights.minilm(), name)
        case "mpnet":
            return _from_folder(packaged_weights.mpnet(), name)
    return _from_folder(name, name)


def from_config(folder: Path, *, device: str = "cpu") -> Backbone:
    """The architecture and tokenizer of a saved run, with weights still to be filled in.

    Args:
        device: ``meta`` where only the tokenizer is wanted: no weights are then made.
    """
    config = AutoConfig.from_pretrained(folder)
    with torch.device(device):
        model = AutoModel.from_config(config, dtype=torch.float32, **_no_pooler(folder))  # type: ignore[no-untyped-call]
    return Backbone(model, AutoTokenizer.from_pretrained(folder, use_fast=True), str(folder))


def _from_folder(source: str | Path, origin: str) -> Backbone:
    if isinstance(source, str) and source.startswith((".", "/", "~")):
        source = Path(source).expanduser()
        if not (source / "config.json").is_file():
            raise InputError(f"encoder={origin}: expected a folder with config.json, found none at {source}")
    logging.getLogger("transformers").setLevel(logging.ERROR)  # it reports the pooler that we leave out
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        model = AutoModel.from_pretrained(source, dtype=torch.float32, use_safetensors=True, **_no_pooler(source))
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(f"encoder={origin}: could not be loaded ({reason})") from error
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            f"encoder={origin}: expected a fast tokenizer (tokenizer.json), found {type(tokenizer).__name__}"
        )
    return Backbone(model, tokenizer, origin)


def _no_pooler(source: str | Path) -> dict[str, bool]:
    """BERT, RoBERTa and MPNet classes take ``add_pooling_layer``; the pooler is a layer that mean pooling never
    uses.
    """
    config = AutoConfig.from_pretrained(source)
    return {"add_pooling_layer": False} if config.model_type in ("bert", "roberta", "xlm-roberta", "mpnet") else {}
