"""A pretrained encoder with its tokenizer, by name: from a package, a folder, the hub, or thin air (``tiny``,
``random_base``). Everything loads as float32 from safetensors.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from crisis_turns.errors import InputError
from crisis_turns.model.encoders import packaged_weights, random_weights
from crisis_turns.model.encoders.architecture import check_kind, check_reading
from crisis_turns.model.encoders.encoder_files import EncoderFiles, encoder_files
from crisis_turns.model.encoders.notices import tell
from crisis_turns.model.encoders.vocabulary import check_vocabulary, sample_runs
from crisis_turns.model.encoders.weight_names import LoadingReport, check_weights


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
        InputError: if it is not to be had, its files are not the pinned ones, or it is no encoder that fits.
    """
    match name:
        case "tiny":
            return Backbone(random_weights.tiny_model(), random_weights.tiny_tokenizer(), name)
        case "random_base":
            return Backbone(random_weights.base_model(), load_backbone("minilm").tokenizer, name)
        case "minilm":
            return _loaded(EncoderFiles(str(packaged_weights.minilm()), name))
        case "mpnet":
            return _loaded(EncoderFiles(str(packaged_weights.mpnet()), name))
    files = encoder_files(name)
    backbone = _loaded(files)
    check_vocabulary(backbone.tokenizer, backbone.model.config.vocab_size, name)
    check_reading(backbone.model, *sample_runs(backbone.tokenizer, backbone.model), name)
    if (pooling := files.pooling) not in ("mean", "mean_tokens"):
        tell(f"encoder={name}: its own configuration pools by {pooling}; here the mean over all word pieces is taken")
    return backbone


def from_config(folder: Path, *, device: str = "cpu") -> Backbone:
    """The architecture and tokenizer of a saved run, with weights still to be filled in.

    Args:
        device: ``meta`` where only the tokenizer is wanted: no weights are then made.

    Raises:
        InputError: if the folder asks for code of its own.
    """
    EncoderFiles(str(folder), str(folder)).refuse_custom_code()
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    with torch.device(device):
        model = AutoModel.from_config(config, dtype=torch.float32, **_no_pooler(config))  # type: ignore[no-untyped-call]
    return Backbone(model, AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False), str(folder))


def _loaded(files: EncoderFiles) -> Backbone:
    origin = files.origin
    logging.getLogger("transformers").setLevel(logging.ERROR)  # what it reports of the weights is checked below
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    files.refuse_custom_code()
    where = {"local_files_only": files.offline, "trust_remote_code": False}
    report: LoadingReport
    try:
        config = AutoConfig.from_pretrained(files.source, **where)
        check_kind(config, origin)
        tokenizer = AutoTokenizer.from_pretrained(files.source, use_fast=True, **where)
        model, report = AutoModel.from_pretrained(
            files.source, dtype=torch.float32, use_safetensors=True, output_loading_info=True,
            ignore_mismatched_sizes=True, **where, **_no_pooler(config),
        )  # fmt: skip
    except InputError:
        raise
    except Exception as error:  # whatever the libraries raise for broken files, plain Exception among it
        raise InputError(f"encoder={origin}: could not be loaded ({files.unreachable or _reason(error)})") from error
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            f"encoder={origin}: expected a fast tokenizer (tokenizer.json), found {type(tokenizer).__name__}"
        )
    check_weights(report, model, origin)
    return Backbone(model, tokenizer, origin)


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _no_pooler(config: PreTrainedConfig) -> dict[str, bool]:
    """BERT, RoBERTa and MPNet classes take ``add_pooling_layer``; the pooler is a layer that mean pooling never
    uses.
    """
    return {"add_pooling_layer": False} if config.model_type in ("bert", "roberta", "xlm-roberta", "mpnet") else {}
