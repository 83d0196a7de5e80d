"""An array's file while it is filled: by several processes at once, and for longer than one of them lives."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from crisis_turns.files import replace_with, temporary_beside
from crisis_turns.model.encoders.worker_threads import work_off


class UnfinishedArray:
    """A file beside the one that is to be, and a file of claims: a byte for each part, 1 once it is on the disk.

    A process holds a lock on the byte of a part while it fills it, and on the byte behind the last one while it begins
    or ends the whole; the kernel drops the locks of a process that dies.

    Args:
        path: of the finished file.
        claims: the open file of claims.
        array: the mapping.
        parts: how many there are.
    """

    def __init__(self, path: Path, claims: BinaryIO, array: np.ndarray, parts: int) -> None:
        self.path, self.array, self.parts = path, array, parts
        self._claims, self._turn = claims, Lock()

    @classmethod
    def opened(
        cls, path: Path, shape: tuple[int, int], dtype: np.dtype, parts: int, *, is_whole: Callable[[Path], bool]
    ) -> Self | None:
        """Begin the array, or join those that are at it; ``None`` if it is finished already.

        Args:
            is_whole: whether the finished file is there and can be used.
        """
        if is_whole(path):
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        while True:
            claims = os.fdopen(os.open(_claims(path), os.O_RDWR | os.O_CREAT, 0o600), "rb+", buffering=0)
            try:
                fcntl.lockf(claims, fcntl.LOCK_EX, 1, parts)
                if is_whole(path):  # another process was faster
                    if os.fstat(claims.fileno()).st_nlink and not _partial(path).exists():
                        _claims(path).unlink(missing_ok=True)  # made just now, by us
                    claims.close()
                    return None
                if os.fstat(claims.fileno()).st_nlink:
                    array = _joined(path, claims, shape, dtype, parts)
                    fcntl.lockf(claims, fcntl.LOCK_UN, 1, parts)
                    return cls(path, claims, array, parts)
                claims.close()  # another process has ended or given up the whole meanwhile
            except BaseException:
                claims.close()
                raise

    def complete(self, fill: Callable[[np.ndarray, int], None], *, workers: int) -> None:
        """Fill every part that nobody else fills, then wait for the others and do what they leave undone.

        If filling fails the file is given up; a signal that stops the process leaves it for the next one.

        Args:
            fill: writes the part of this number.
            workers: threads, this one included.
        """
        untried = iter(range(self.parts))
        try:
            work_off(lambda: self._claimed(untried, wait=False), lambda part: self._fill(fill, part), workers=workers)
            # one thread, which waits only while it holds nothing: two processes cannot wait for each other
            every = iter(range(self.parts))
            while (part := self._claimed(every, wait=True)) is not None:
                self._fill(fill, part)
        except Exception:
            self._abandon()
            raise

    def finish(self, *, seal: Callable[[Path], None]) -> None:
        """Put the whole file in its place, if no other process has.

        Args:
            seal: called with the path when the file is there.

        Raises:
            OSError: if it cannot be put there.
        """
        try:
            fcntl.lockf(self._claims, fcntl.LOCK_EX, 1, self.parts)
            if os.fstat(self._claims.fileno()).st_nlink:
                replace_with(self.path, _partial(self.path))
                seal(self.path)
                _claims(self.path).unlink()
        except OSError:
            self._abandon()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._claims.close()

    def _fill(self, fill: Callable[[np.ndarray, int], None], part: int) -> None:
        fill(self.array, part)
        self.array.flush()  # type: ignore[attr-defined]  # before it counts as done: the machine may fail as well
        os.pwrite(self._claims.fileno(), b"\1", part)
        fcntl.lockf(self._claims, fcntl.LOCK_UN, 1, part)

    def _claimed(self, numbers: Iterator[int], *, wait: bool) -> int | None:
        """The next part that is not done, locked; ``None`` behind the last.

        Args:
            wait: for parts that others hold; otherwise they are passed over.
        """
        with self._turn:
            for part in numbers:
                try:
                    fcntl.lockf(self._claims, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, part)
                except BlockingIOError:
                    continue
                if os.pread(self._claims.fileno(), 1, part) != b"\1":
                    return part
                fcntl.lockf(self._claims, fcntl.LOCK_UN, 1, part)
        return None

    def _abandon(self) -> None:
        for path in (self.path, _partial(self.path), _claims(self.path)):
            path.unlink(missing_ok=True)


def _joined(path: Path, claims: BinaryIO, shape: tuple[int, int], dtype: np.dtype, parts: int) -> np.ndarray:
    """The array that the claims are about; a new one where there is none, or one that does not fit."""
    partial = _partial(path)
    if partial.exists() and os.fstat(claims.fileno()).st_size == parts:
        try:
            array = np.lib.format.open_memmap(partial, mode="r+")
            if array.shape == shape and array.dtype == dtype:
                return array
        except ValueError:  # cut off or changed
            pass
    os.ftruncate(claims.fileno(), 0)
    temporary = temporary_beside(path)
    try:
        _reserve(temporary, shape, dtype)
        temporary.replace(partial)
    except OSError:
        for left in (temporary, partial, _claims(path)):
            left.unlink(missing_ok=True)
        raise
    os.ftruncate(claims.fileno(), parts)
    return np.lib.format.open_memmap(partial, mode="r+")


def _reserve(path: Path, shape: tuple[int, int], dtype: np.dtype) -> None:
    """Make the file that holds an array of this shape, all of its blocks on the disk.

    Without them a disk that fills up later would end the process (SIGBUS) instead of raising an error.
    """
    np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("rb+") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)


def _partial(path: Path) -> Path:
    return path.with_suffix(".part")


def _claims(path: Path) -> Path:
    return path.with_suffix(".claims")
