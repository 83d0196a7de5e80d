"""Turn vectors of frozen encoders, computed once and kept on disk.

One memory-mapped file per (encoder weights, word pieces), private to the user: vectors of such text can be inverted,
so treat the folder like the text itself. Remove it with ``rm -r`` on the path that :func:`folder` gives; nothing else
is stored there.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from src.data.encode import EncodedDialogue
from src.files import sha256, write_atomic, write_text

MAX_BYTES = 2 << 30
"""The oldest files go when the folder grows beyond this."""


def folder() -> Path:
    """``$XDG_CACHE_HOME/crisis-turns/vectors``, or the same under ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "crisis-turns" / "vectors"


def with_cached_vectors(
    dialogues: Sequence[EncodedDialogue],
    encoder: nn.Module,
    compute: Callable[[Sequence[EncodedDialogue]], list[EncodedDialogue]],
) -> list[EncodedDialogue]:
    """The dialogues with turn vectors, from the cache if an intact file of these inputs is there.

    Args:
        encoder: the frozen encoder; its weights are part of the key.
        compute: fills in the vectors where the cache does not help.
    """
    path = folder() / f"{_key(dialogues, encoder)}.npy"
    check = path.with_suffix(".sha256")
    if not (path.is_file() and check.is_file() and check.read_text() == sha256(path)):
        computed = compute(dialogues)
        stacked = np.concatenate([d.vectors for d in computed if d.vectors is not None])
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, lambda temporary: _save(temporary, stacked))
        write_text(check, sha256(path))
        _evict(keep=path)
        return computed
    os.utime(path)
    vectors = np.load(path, mmap_mode="c")
    ends = np.cumsum([0, *(len(d.is_user) for d in dialogues)])
    return [replace(d, vectors=vectors[a:b]) for d, (a, b) in zip(dialogues, pairwise(ends), strict=True)]


def _save(path: Path, vectors: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, vectors)


def _key(dialogues: Sequence[EncodedDialogue], encoder: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, weight in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    for dialogue in dialogues:
        for runs in dialogue.pieces:
            for run in runs:
                digest.update(np.array([-1, *run], dtype=np.int32).tobytes())
            digest.update(b"turn")
    return digest.hexdigest()[:32]


def _evict(keep: Path) -> None:
    """Delete the least recently used files until the folder is small enough; another process may have done so
    already.
    """
    files = sorted(folder().glob("*.npy"), key=lambda p: p.stat().st_mtime)
    total = sum(p.stat().st_size for p in files)
    for path in files:
        if total <= MAX_BYTES or path == keep:
            continue
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
        path.with_suffix(".sha256").unlink(missing_ok=True)
