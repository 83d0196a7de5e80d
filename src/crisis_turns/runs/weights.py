"""``model/`` of a run folder: the trained tagger, saved and loaded as data.

Nothing is unpickled and no class is chosen by name from a file beyond the two kinds below, so a folder from somebody
else cannot run code. ``manifest.json`` pins the sha256 of every file except the thresholds, which are policy and may
be edited. The weights are one file, or the parts of ``weight_parts.py``.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file as load_tensors
from safetensors.torch import save_file as save_tensors

from crisis_turns.config import RunConfig, TfidfConfig
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_atomic, write_json
from crisis_turns.model.encoders.backbone import Backbone, from_config, load_backbone
from crisis_turns.model.encoders.low_rank import without_low_rank
from crisis_turns.model.neural_tagger import NeuralTagger, build_tagger
from crisis_turns.model.tfidf import TfidfTagger, empty_vectorizer
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.manifest import WEIGHTS, check_manifest, write_manifest
from crisis_turns.runs.weight_parts import INDEX, in_parts, read_parts
from crisis_turns.tags import TagSet

PACKAGED = ("minilm", "mpnet", "tiny")
"""Encoders whose weights a run's folder can leave to a package."""
READ_TOGETHER = 8192
"""Word pieces, padding included, in one pass of a loaded tagger through its turn encoder."""


def save_tagger(folder: RunFolder, tagger: NeuralTagger | TfidfTagger, config: RunConfig) -> None:
    """Write ``model/``: weights as safetensors, tokenizer or vocabulary, tags, and the manifest last.

    A frozen encoder that a package carries is not copied: the weights file then holds the rest, and loading takes the
    encoder from the package, where its hashes are checked.
    """
    folder.model.mkdir(parents=True, exist_ok=True)
    weights = folder.model / WEIGHTS
    write_json(folder.model / "tags.json", {"names": tagger.tags.names, "exclusive": tagger.tags.exclusive})
    if isinstance(tagger, TfidfTagger):
        write_json(folder.model / "vocabulary.json", tagger.vectorizer.get_feature_names_out().tolist())
        bias = np.clip(tagger.bias, -1e9, 1e9)
        arrays = {"weights": tagger.weights, "bias": bias, "idf": tagger.vectorizer.idf_}
        write_atomic(weights, lambda path: save_arrays(arrays, path))
    else:
        state = {name: value.contiguous() for name, value in tagger.model.state_dict().items()}
        if encoder_by_reference(folder, config):
            state = {name: value for name, value in state.items() if not name.startswith("turn_encoder.")}
        write_atomic(weights, lambda path: save_tensors(state, path))
    write_manifest(folder)


def save_tokenizer(folder: RunFolder, backbone: Backbone) -> None:
    """The encoder's configuration and tokenizer, beside the weights, whole or not at all."""
    encoder, scratch = folder.model / "encoder", folder.model / ".encoder.new"
    for left in (scratch, encoder):  # by a killed run of the same configuration
        shutil.rmtree(left, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        backbone.model.config.save_pretrained(scratch)
        backbone.tokenizer.save_pretrained(scratch)
        scratch.rename(encoder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def load_tagger(
    folder: RunFolder,
    config: RunConfig,
    *,
    device: str = "cpu",
    threads: int | None = None,
    token_budget: int = READ_TOGETHER,
    cached: bool = False,
) -> NeuralTagger | TfidfTagger:
    """The trained tagger of a finished run.

    Args:
        device: where a neural one runs, as torch spells it.
        threads: processor threads of torch in this process; ``None`` leaves them as they are.
        token_budget: word pieces, padding included, in one pass through the turn encoder.
        cached: whether a neural one keeps what a frozen part of its encoder makes of a text in the user's cache.

    Raises:
        InputError: if a file of ``model/`` is missing or is not the one that was saved, or there is no such device.
    """
    check_manifest(folder)
    _check_tags(folder, config.data.tag_set)
    if threads is not None:
        torch.set_num_threads(threads)
    weights = folder.model / (INDEX if in_parts(folder.model) else WEIGHTS)
    try:
        if isinstance(config.model, TfidfConfig):
            return _load_tfidf(folder, config.model, config.data.tag_set, weights)
        tagger = _load_neural(folder, config, weights, token_budget, cached)
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise InputError(f"{weights}: does not fit the run's configuration ({str(error).splitlines()[0]})") from error
    try:
        tagger.model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device={device}: torch cannot use it here ({str(error).splitlines()[0]})") from None
    return tagger


def _load_tfidf(folder: RunFolder, config: TfidfConfig, tags: TagSet, weights: Path) -> TfidfTagger:
    arrays = load_arrays(weights)
    vectorizer = empty_vectorizer(config, read_json(folder.model / "vocabulary.json"))
    vectorizer.idf_ = arrays["idf"]
    return TfidfTagger(config, tags, vectorizer, arrays["weights"], arrays["bias"])


def _load_neural(folder: RunFolder, config: RunConfig, weights: Path, token_budget: int, cached: bool) -> NeuralTagger:
    referenced = encoder_by_reference(folder, config)
    if referenced and config.encoder.name not in PACKAGED:
        raise KeyError(f"encoder={config.encoder.name} is in no package")
    if referenced:
        backbone = load_backbone(config.encoder.name)
    else:
        backbone = from_config(folder.model / "encoder", device="meta" if config.neural.static else "cpu")
    tagger = build_tagger(backbone, config, token_budget=token_budget, cached=cached)
    own = encoder_tensors(tagger) if referenced else {}
    missing, unexpected = tagger.model.load_state_dict(saved_tensors(folder, own), strict=False)
    if missing or unexpected:
        raise KeyError(f"{len(missing)} tensors missing, {len(unexpected)} unexpected")
    without_low_rank(tagger.model.turn_encoder)
    return tagger


def saved_tensors(folder: RunFolder, encoder: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """All tensors of a run's tagger as it was trained, differences of low rank apart.

    Args:
        encoder: what the folder may have left to a package, by the tagger's names.
    """
    if in_parts(folder.model):
        return read_parts(folder.model, encoder)
    return {**encoder, **load_tensors(folder.model / WEIGHTS)}


def encoder_tensors(tagger: NeuralTagger) -> dict[str, torch.Tensor]:
    """The tensors of its turn encoder, by the names that they have in the whole tagger."""
    return {name: value for name, value in tagger.model.state_dict().items() if name.startswith("turn_encoder.")}


def encoder_by_reference(folder: RunFolder, config: RunConfig) -> bool:
    """Whether a run's folder leaves weights of the encoder to the package that carries them."""
    frozen = config.encoder.trainable_layers == 0 and config.neural.static is None
    return in_parts(folder.model) or (frozen and config.encoder.name in PACKAGED)


def _check_tags(folder: RunFolder, tags: TagSet) -> None:
    """The configuration may be edited, but not what the columns of the weights stand for."""
    path = folder.model / "tags.json"
    trained = read_json(path)
    if trained != {"names": list(tags.names), "exclusive": tags.exclusive}:
        raise InputError(f"{folder.config}: expected the tags of {path}, in their order, found others")
