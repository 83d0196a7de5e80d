"""Weights in small parts: what a tagger adds to an encoder that a package carries, in half precision.

Parts and index are those of sharded checkpoints on the Hugging Face hub (``model.safetensors.index.json``); the index
also holds the hash of what the encoder has to bring.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from pydantic import BaseModel, ValidationError
from safetensors.torch import load_file, save_file
from torch import Tensor

from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json

INDEX = "model.safetensors.index.json"
_PATTERN = "model{suffix}.safetensors"
LARGEST = 3_900_000
"""Bytes of the tensors of one part: with its header it stays below 4 MB."""


class _Metadata(BaseModel):
    total_size: int
    """Bytes of the tensors in all parts."""
    encoder_sha256: str
    """Of the tensors that no part holds."""


class _Index(BaseModel):
    metadata: _Metadata
    weight_map: dict[str, str]
    """From a tensor's name to the part that holds it."""


def write_parts(folder: Path, state: Mapping[str, Tensor], encoder: Mapping[str, Tensor]) -> None:
    """Write the tensors that the encoder does not bring, as float16; what does not fit into that stays float32.

    Args:
        state: all tensors of the trained tagger by name.
        encoder: those of its encoder as the package gives it, by the same names.
    """
    added = {name: _halved(value) for name, value in state.items() if not _brought(name, value, encoder)}
    split = split_torch_state_dict_into_shards(added, max_shard_size=LARGEST, filename_pattern=_PATTERN)
    for part, names in split.filename_to_tensors.items():
        save_file({name: added[name] for name in names}, folder / part, metadata={"format": "pt"})
    weight_map = {name: part for part, names in split.filename_to_tensors.items() for name in names}
    size = sum(value.nbytes for value in added.values())
    digest = _sha256({name: encoder[name] for name in state.keys() - added.keys()})
    index = _Index(metadata=_Metadata(total_size=size, encoder_sha256=digest), weight_map=weight_map)
    write_json(folder / INDEX, index.model_dump())


def in_parts(folder: Path) -> bool:
    """Whether the folder's weights are in parts."""
    return (folder / INDEX).is_file()


def part_files(folder: Path) -> set[str]:
    """Names of the files that the index tells of.

    Raises:
        InputError: if it is no such index.
    """
    return set(_read_index(folder).weight_map.values())


def read_parts(folder: Path, encoder: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the tagger: those of the parts, the encoder's for the rest.

    Args:
        encoder: as the package gives it, by the tagger's names.

    Raises:
        InputError: if the encoder is not the one that the tagger was trained on, or a tensor is not in its part.
    """
    index = _read_index(folder)
    added: dict[str, Tensor] = {}
    for part in sorted(part_files(folder)):
        added |= load_file(folder / part)
    if added.keys() != index.weight_map.keys():
        raise InputError(f"{folder / INDEX}: does not name the tensors that its parts hold")
    taken = {name: value for name, value in encoder.items() if name not in added}
    if _sha256(taken) != index.metadata.encoder_sha256:
        raise InputError(f"{folder / INDEX}: was written for another encoder than the one that is installed")
    return taken | added


def _read_index(folder: Path) -> _Index:
    try:
        return _Index.model_validate(read_json(folder / INDEX))
    except ValidationError:
        raise InputError(f"{folder / INDEX}: expected parts by tensor, and the hash of their encoder") from None


def _brought(name: str, value: Tensor, encoder: Mapping[str, Tensor]) -> bool:
    return name in encoder and torch.equal(value, encoder[name])


def _halved(value: Tensor) -> Tensor:
    half = value.half() if value.is_floating_point() else value
    return half.contiguous() if torch.isfinite(half).all() else value.contiguous()


def _sha256(tensors: Mapping[str, Tensor]) -> str:
    """Hash of names and values, in the order of the names."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        found.update(name.encode())
        found.update(tensors[name].contiguous().numpy().tobytes())
    return found.hexdigest()
