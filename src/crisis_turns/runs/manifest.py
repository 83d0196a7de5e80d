"""``model/manifest.json``: the sha256 of every file that a trained tagger consists of."""

import os

from crisis_turns.errors import InputError
from crisis_turns.files import read_json, sha256, write_json
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.weight_parts import INDEX, in_parts, part_files

WEIGHTS = "model.safetensors"
"""The file of all weights, where they are not in parts."""
_UNPINNED = ("manifest.json", "thresholds.json")
_LONGEST_NAME = 255


def write_manifest(folder: RunFolder) -> None:
    """Seal ``model/`` as it is; thresholds stay open, since they are policy and may be edited."""
    files = [f for f in sorted(folder.model.rglob("*")) if f.is_file() and f.name not in _UNPINNED]
    write_json(folder.model / "manifest.json", {str(f.relative_to(folder.model)): sha256(f) for f in files})


def check_manifest(folder: RunFolder) -> None:
    """Refuse a ``model/`` that is not the sealed one.

    Raises:
        InputError: naming the file that is missing, changed, or left out of the manifest.
    """
    path = folder.model / "manifest.json"
    manifest = read_json(path)
    needed = {"tags.json", INDEX if in_parts(folder.model) else WEIGHTS}
    named = isinstance(manifest, dict) and set(manifest) >= needed
    if not named or max(map(len, manifest)) > _LONGEST_NAME:  # a longer one is damage, and would fill the sentence
        raise InputError(f"{path}: expected names and hashes of the model's files")
    for name, expected in manifest.items():
        file = folder.model / name
        if not os.path.isfile(file):  # Path.is_file raises for a name that no file can have
            raise InputError(f"{file}: the file of the model is missing")
        if sha256(file) != expected:
            raise InputError(f"{file}: the file was changed after training (its sha256 is not the manifest's)")
    if in_parts(folder.model) and not part_files(folder.model) <= manifest.keys():
        raise InputError(f"{path}: expected every part that {INDEX} names")
