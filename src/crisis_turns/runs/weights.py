"""``model/`` of a run folder: the trained tagger, saved and loaded as data.

Nothing is unpickled and no class is chosen by name from a file beyond the two kinds below, so a folder from somebody
else cannot run code. ``manifest.json`` pins the sha256 of every file except the thresholds, which are policy and may
be edited.
"""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from safetensors import SafetensorError

from crisis_turns.config import RunConfig, TfidfConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, sha256, write_atomic, write_json
from crisis_turns.runs.folder import RunFolder
from crisis_turns.tags import TagSet

PACKAGED = ("minilm", "mpnet", "tiny")


class Tagger(Protocol):
    """Dialogues in, undecided beliefs out."""

    def tag(self, dialogues: list[Dialogue]) -> list[Tagged]: ...


def save_tagger(folder: RunFolder, tagger: Any, config: RunConfig) -> None:
    """Write ``model/``: weights as safetensors, tokenizer or vocabulary, tags, and the manifest last.

    A frozen encoder that a package carries is not copied: the weights file then holds the rest, and loading takes the
        encoder
    from the package, where its hashes are checked.
    """
    from safetensors.numpy import save_file as save_arrays
    from safetensors.torch import save_file as save_tensors

    folder.model.mkdir(parents=True, exist_ok=True)
    weights = folder.model / "model.safetensors"
    write_json(folder.model / "tags.json", {"names": tagger.tags.names, "exclusive": tagger.tags.exclusive})
    if isinstance(config.model, TfidfConfig):
        write_json(folder.model / "vocabulary.json", tagger.vectorizer.get_feature_names_out().tolist())
        bias = np.maximum(tagger.bias, -1e9)
        arrays = {"weights": tagger.weights, "bias": bias, "idf": tagger.vectorizer.idf_}
        write_atomic(weights, lambda path: save_arrays(arrays, path))
    else:
        state = {name: value.contiguous() for name, value in tagger.model.state_dict().items()}
        if encoder_by_reference(config):
            state = {name: value for name, value in state.items() if not name.startswith("turn_encoder.")}
        write_atomic(weights, lambda path: save_tensors(state, path))
    files = [f for f in sorted(folder.model.rglob("*")) if f.is_file() and f.name not in _UNPINNED]
    write_json(folder.model / "manifest.json", {str(f.relative_to(folder.model)): sha256(f) for f in files})


_UNPINNED = ("manifest.json", "thresholds.json")


def save_tokenizer(folder: RunFolder, backbone: Any) -> None:
    """The encoder's configuration and tokenizer, beside the weights."""
    backbone.model.config.save_pretrained(folder.model / "encoder")
    backbone.tokenizer.save_pretrained(folder.model / "encoder")


def load_tagger(folder: RunFolder, config: RunConfig, *, token_budget: int) -> Tagger:
    """The trained tagger of a finished run.

    Raises:
        InputError: if a file of ``model/`` is missing or is not the one that was saved.
    """
    _verify(folder)
    weights = folder.model / "model.safetensors"
    try:
        if isinstance(config.model, TfidfConfig):
            return _load_tfidf(folder, config.model, config.data.tag_set, weights)
        return _load_neural(folder, config, weights, token_budget)
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise InputError(f"{weights}: does not fit the run's configuration ({str(error).splitlines()[0]})") from error


def _load_tfidf(folder: RunFolder, config: TfidfConfig, tags: TagSet, weights: Path) -> Tagger:
    from safetensors.numpy import load_file

    from crisis_turns.model.tfidf import TfidfTagger, empty_vectorizer

    arrays = load_file(weights)
    vectorizer = empty_vectorizer(config, read_json(folder.model / "vocabulary.json"))
    vectorizer.idf_ = arrays["idf"]
    return TfidfTagger(config, tags, vectorizer, arrays["weights"], arrays["bias"])


def _load_neural(folder: RunFolder, config: RunConfig, weights: Path, token_budget: int) -> Tagger:
    from safetensors.torch import load_file

    from crisis_turns.model.encoders.backbone import from_config, load_backbone
    from crisis_turns.model.neural_tagger import build_tagger

    referenced = encoder_by_reference(config)
    if referenced:
        backbone = load_backbone(config.encoder.name)
    else:
        backbone = from_config(folder.model / "encoder", device="meta" if config.neural.static else "cpu")
    tagger = build_tagger(backbone, config, token_budget=token_budget)
    missing, unexpected = tagger.model.load_state_dict(load_file(weights), strict=False)
    lost = [name for name in missing if not (referenced and name.startswith("turn_encoder."))]
    if lost or unexpected:
        raise KeyError(f"{len(lost)} tensors missing, {len(unexpected)} unexpected")
    return tagger


def encoder_by_reference(config: RunConfig) -> bool:
    """Whether a run's folder leaves the encoder's weights to the package that carries them."""
    frozen = config.encoder.trainable_layers == 0 and config.neural.static is None
    return frozen and config.encoder.name in PACKAGED


def _verify(folder: RunFolder) -> None:
    manifest = read_json(folder.model / "manifest.json")
    if not isinstance(manifest, dict):
        raise InputError(f"{folder.model / 'manifest.json'}: expected file names and hashes")
    for name, expected in manifest.items():
        path = folder.model / name
        if not path.is_file():
            raise InputError(f"{path}: the file of the model is missing")
        if sha256(path) != expected:
            raise InputError(f"{path}: the file was changed after training (its sha256 is not the manifest's)")
