"""Arrays that cost encoder time, kept on disk under a key.

The folder is private to the user: hidden states and vectors of such text can be inverted, so treat it like the text
itself. Remove it with ``rm -r`` on the path that :func:`folder` gives; nothing else is stored there.
"""

import logging
import math
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from crisis_turns.errors import InputError
from crisis_turns.files import write_text
from crisis_turns.model.encoders.unfinished_array import UnfinishedArray
from crisis_turns.model.encoders.user_cache import tell_without_cache, user_cache
from crisis_turns.model.encoders.worker_threads import work_off

log = logging.getLogger(__name__)
LIMIT = "CRISIS_TURNS_CACHE_GIB"
"""Environment variable: the folder's size in GiB, 8 unless given, inf for any; what was used longest ago goes first."""
_GIB = 2**30


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
    return int(min(_limit(), shutil.disk_usage(existing).free)) // 2


def cached_array(
    key: str,
    shape: tuple[int, int],
    fill: Callable[[np.ndarray, int], None],
    *,
    dtype: DTypeLike = np.float32,
    parts: int = 1,
    workers: int = 1,
) -> np.ndarray:
    """The array of this key, memory-mapped from its file if that is there whole.

    If not, it is filled here: by this process and by others that want the same array at the same time, and going on
    where one that was killed has stopped.

    Args:
        key: hash of everything that the array depends on.
        shape: of the array; one that is larger than :func:`room`, or cannot be written, stays in memory.
        fill: writes the part of this number, from 0; the parts may be written in any order, and by several threads at
            once.
        parts: how many parts there are.
        workers: threads that fill.
    """
    path = folder() / f"{key}.npy"
    unfinished = None
    try:
        if np.dtype(dtype).itemsize * math.prod(shape) <= room():
            unfinished = UnfinishedArray.opened(path, shape, np.dtype(dtype), parts, is_whole=_used)
            if unfinished is None:
                return _mapped(path)
    except OSError as error:
        tell_without_cache(error.strerror)
    if unfinished is None:
        array, untried = np.empty(shape, dtype=dtype), iter(range(parts))
        work_off(lambda: next(untried, None), lambda part: fill(array, part), workers=workers)
        return array
    with unfinished:
        unfinished.complete(fill, workers=workers)
        try:
            unfinished.finish(seal=_seal)
        except OSError as error:
            tell_without_cache(error.strerror)
    _evict(keep=key)
    return _mapped(path) if _used(path) else unfinished.array  # the mapping outlives its file


def _mapped(path: Path) -> np.ndarray:
    # copy on write: torch wants writable memory, the file stays as it is
    mapped: np.ndarray = np.load(path, mmap_mode="c")
    return mapped


def _seal(path: Path) -> None:
    """Say that the file is whole, and which file that is: one that is changed or cut off later has another stamp.

    Its content is not hashed: that would mean reading gigabytes whenever a run starts.
    """
    write_text(path.with_suffix(".seal"), _stamp(path))


def _used(path: Path) -> bool:
    """Whether the file is there whole; it then counts as just used."""
    seal = path.with_suffix(".seal")
    try:
        whole = seal.read_text() == _stamp(path)
        os.utime(seal, ns=2 * (time.time_ns(),))  # of itself the kernel would round to milliseconds
    except FileNotFoundError:
        return False
    return whole


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size} bytes, {stat.st_mtime_ns}"


def _limit() -> float:
    """The folder's size in bytes; it may be infinite."""
    given = os.environ.get(LIMIT) or "8"
    try:
        limit = float(given) * _GIB
    except ValueError:
        limit = math.nan
    if not limit >= 0:  # nan is not
        raise InputError(f"environment variable {LIMIT}: expected a number of GiB, found {given!r}")
    return limit


def _evict(keep: str) -> None:
    """Delete what was used longest ago until the folder is small enough; another process may be doing the same."""
    files: dict[str, list[tuple[float, int, Path]]] = {}  # of a key: when it was used, its size, where it is
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            stat = path.stat()
            files.setdefault(path.name.lstrip(".").partition(".")[0], []).append((stat.st_mtime, stat.st_size, path))
    total, removed = sum(size for own in files.values() for _, size, _ in own), 0
    for key, own in sorted(files.items(), key=lambda item: max(item[1])[0]):
        if total > _limit() and key != keep:
            total -= sum(size for _, size, _ in own)
            removed += 1
            for _, _, path in own:
                path.unlink(missing_ok=True)
    log.info(
        "the cache of what frozen layers give holds %.2f of %.2f GiB%s", total / _GIB, _limit() / _GIB,
        f"; {removed} arrays used longest ago were removed" if removed else "",
    )  # fmt: skip
