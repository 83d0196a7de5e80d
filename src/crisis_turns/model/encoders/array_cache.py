"""Arrays that cost encoder time, kept on disk under a key.

The folder is private to the user: hidden states and vectors of such text can be inverted, so treat it like the text
itself. Remove it with ``rm -r`` on the path that :func:`folder` gives; nothing else is stored there.
"""

import math
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from crisis_turns.errors import InputError
from crisis_turns.files import sha256, write_atomic, write_text

LIMIT = "CRISIS_TURNS_CACHE_GIB"
"""Environment variable: the folder's size in GiB, 8 unless given; the files used longest ago go first."""


def folder() -> Path:
    """``$XDG_CACHE_HOME/crisis-turns/vectors``, or the same under ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "crisis-turns" / "vectors"


def room() -> int:
    """The largest array in bytes that is kept: half the folder's limit, and half of what the disk has free."""
    existing = next(path for path in (folder(), *folder().parents) if path.is_dir())
    return min(_limit(), shutil.disk_usage(existing).free) // 2


def cached_array(key: str, shape: tuple[int, int], fill: Callable[[np.ndarray], None]) -> np.ndarray:
    """The float32 array of this key, memory-mapped from an intact file if there is one.

    Args:
        key: hash of everything that the array depends on.
        shape: of the array; one that is larger than :func:`room` stays in memory.
        fill: writes every element of the array where the cache does not help.
    """
    if 4 * math.prod(shape) > room():
        array = np.empty(shape, dtype=np.float32)
        fill(array)
        return array
    path = folder() / f"{key}.npy"
    if not _intact(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        write_atomic(path, lambda temporary: _fill(temporary, shape, fill))
        write_text(_checksum(path), sha256(path))
        _evict(keep=path)
    # copy on write: torch wants writable memory, the file stays as it is
    mapped: np.ndarray = np.load(path, mmap_mode="c")
    return mapped


def _checksum(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _intact(path: Path) -> bool:
    """Whether the file is there whole; it then counts as just used."""
    try:
        os.utime(path)
        return _checksum(path).read_text() == sha256(path)
    except FileNotFoundError:
        return False


def _fill(path: Path, shape: tuple[int, int], fill: Callable[[np.ndarray], None]) -> None:
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    fill(array)
    array.flush()


def _limit() -> int:
    given = os.environ.get(LIMIT) or "8"
    try:
        return int(float(given) * 2**30)
    except ValueError:
        raise InputError(f"environment variable {LIMIT}: expected a number of GiB, found {given!r}") from None


def _evict(keep: Path) -> None:
    """Delete the files used longest ago until the folder is small enough; another process may be doing the same."""
    stats = {}
    for path in folder().glob("*.npy"):
        with suppress(FileNotFoundError):
            stats[path] = path.stat()
    total = sum(stat.st_size for stat in stats.values())
    for path, stat in sorted(stats.items(), key=lambda item: item[1].st_mtime):
        if total > _limit() and path != keep:
            total -= stat.st_size
            path.unlink(missing_ok=True)
            _checksum(path).unlink(missing_ok=True)
