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
from crisis_turns.files import replace_with, sha256, temporary_beside, write_text
from crisis_turns.model.encoders.user_cache import tell_without_cache, user_cache

LIMIT = "CRISIS_TURNS_CACHE_GIB"
"""Environment variable: the folder's size in GiB, 8 unless given; the files used longest ago go first."""


def folder() -> Path:
    """``$XDG_CACHE_HOME/crisis-turns/vectors``, or the same under ``~/.cache``."""
    return user_cache() / "vectors"


def room() -> int:
    """The largest array in bytes that is kept: half the folder's limit, and half of what the disk has free.

    0 where the folder cannot be written, which is then told.
    """
    existing = next(path for path in (folder(), *folder().parents) if path.is_dir())
    if _limit() and not os.access(existing, os.W_OK | os.X_OK):
        tell_without_cache(f"{existing} cannot be written")
        return 0
    return min(_limit(), shutil.disk_usage(existing).free) // 2


def cached_array(key: str, shape: tuple[int, int], fill: Callable[[np.ndarray], None]) -> np.ndarray:
    """The float32 array of this key, memory-mapped from an intact file if there is one.

    Args:
        key: hash of everything that the array depends on.
        shape: of the array; one that is larger than :func:`room`, or cannot be written, stays in memory.
        fill: writes every element of the array where the cache does not help; called once at most.
    """
    path = folder() / f"{key}.npy"
    temporary = None
    try:
        if 4 * math.prod(shape) <= room():
            if _intact(path):
                return _mapped(path)
            temporary = _reserved(path, shape)
    except OSError as error:
        tell_without_cache(error.strerror)
    if temporary is None:
        array = np.empty(shape, dtype=np.float32)
        fill(array)
        return array
    try:
        kept = np.lib.format.open_memmap(temporary, mode="r+")
        fill(kept)
        try:
            kept.flush()
            replace_with(path, temporary)
            write_text(_checksum(path), sha256(path))
            _evict(keep=path)
            return _mapped(path)
        except OSError as error:
            tell_without_cache(error.strerror)
            return kept  # the mapping outlives its file
    finally:
        temporary.unlink(missing_ok=True)


def _mapped(path: Path) -> np.ndarray:
    # copy on write: torch wants writable memory, the file stays as it is
    mapped: np.ndarray = np.load(path, mmap_mode="c")
    return mapped


def _reserved(path: Path, shape: tuple[int, int]) -> Path:
    """A private file beside the path that holds an array of this shape, all of its blocks on the disk.

    Without them a disk that fills up later would end the process (SIGBUS) instead of raising an error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    temporary = temporary_beside(path)
    try:
        np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
        if hasattr(os, "posix_fallocate"):
            with temporary.open("rb+") as file:
                os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _checksum(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _intact(path: Path) -> bool:
    """Whether the file is there whole; it then counts as just used."""
    try:
        os.utime(path)
        return _checksum(path).read_text() == sha256(path)
    except FileNotFoundError:
        return False


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
