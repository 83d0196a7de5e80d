"""Whole-file reads and writes: atomic, UTF-8, private to the user."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crisis_turns.errors import InputError

_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")


class NoPlaceError(FileNotFoundError):
    """Nothing can be made at this path (below ``/proc``, say): unlike other files that are missing, no bug of ours."""


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Call ``write`` on a temporary file beside ``path``, then rename it: readers see the old file or the whole new
    one.

    The file keeps ``mkstemp``'s mode 0600: predictions and weights derive from sensitive text.
    """
    with _making():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_beside(path)
    try:
        write(temporary)
        replace_with(path, temporary)
    except OSError as error:
        if error.filename is None and error.errno is not None:  # a full disk does not say which file it was
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _making() -> Iterator[None]:
    """Around what makes files and folders, so that what is missing is told from a file that is not there to read."""
    try:
        yield
    except FileNotFoundError as error:
        raise NoPlaceError(error.errno, error.strerror, error.filename) from None


def temporary_beside(path: Path) -> Path:
    """A new empty file, private to the user, in the path's folder."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    return Path(name)


def remove_unfinished(folder: Path) -> None:
    """Delete the temporary files that killed writes have left below a folder which the caller holds alone."""
    for path in folder.rglob(".*"):
        if _TEMPORARY.fullmatch(path.name) and path.is_file():
            path.unlink()


def replace_with(path: Path, temporary: Path) -> None:
    """Rename the temporary file to the path once all of it is on the disk."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o600)  # a library may have replaced the file with one of its own mode
    temporary.replace(path)


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new folder beside this one, to be filled; it takes its place at the end, and is gone if that is not reached.

    For an instant the old folder stands aside: where a kill has left it there, the next call puts it back.
    """
    folder = Path(os.path.realpath(folder))  # what a link points to is replaced, not the link
    aside = folder.with_name(f".{folder.name}.replaced")
    with _making():
        folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder.parent):
        _end_replacing(folder, aside)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield scratch
        with _alone_in(folder.parent):
            try:
                if folder.exists():
                    folder.rename(aside)
                scratch.rename(folder)
            finally:
                _end_replacing(folder, aside)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process replaces anything in this folder."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _end_replacing(folder: Path, aside: Path) -> None:
    """Put the old folder back where no new one has taken its place; else it goes."""
    if aside.exists() and not folder.exists():
        aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def check_writable(path: Path, key: str) -> None:
    """Refuse a place where no file can be written, before work is spent on its content.

    Args:
        key: the configuration key that names it.

    Raises:
        InputError: saying what stands in the way.
    """
    if path.exists() and not path.is_file():
        found = "a folder" if path.is_dir() else "a device or pipe"
        raise InputError(f"{key}={path}: expected a file to write, found {found}")
    existing = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not existing.is_dir():
        found = "a file" if existing.exists() else "a link to nothing"
        raise InputError(f"{key}={path}: {existing} is {found}, not a folder")
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError:
        raise InputError(f"{key}={path}: nothing can be written into the folder {existing}") from None


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; nan is an error, undefined figures are null."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_text(path: Path) -> str:
    """The file's text.

    Raises:
        InputError: if it is missing, is not a file, or is not UTF-8 (with the line of the first bad byte).
    """
    return decode_utf8(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """The file's content.

    Raises:
        InputError: if it is missing or is not a file that can be read.
    """
    with _told(path):
        return path.read_bytes()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one line why the file could not be read."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def decode_utf8(data: bytes, source: str) -> str:
    """Decode UTF-8 (with or without a byte order mark); InputError names the line of the first bad byte."""
    advice = "save it as UTF-8 (in Excel: save as CSV UTF-8)"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or 4 * data[:200].count(0) > len(data[:200]) > 3:
        raise InputError(f"{source}: expected UTF-8 text, found UTF-16: {advice}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        raise InputError(f"{source}, line {line}: expected UTF-8 text, found {found}: {advice}") from None


def read_json(path: Path) -> Any:
    """The file's value; InputError names the line of what is not JSON."""
    text = read_text(path)
    try:
        return json_value(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: expected JSON, found a mistake: {error.msg.lower()}") from None
    except ValueError as error:
        raise InputError(f"{path}: expected JSON, found {error}") from None


def json_value(text: str) -> Any:
    """The text's value.

    Raises:
        JSONDecodeError: for bad syntax.
        ValueError: saying in a few words what else is wrong: a key that an object has twice (one of the values would be
            lost), brackets nested too deeply, a number of too many digits.
    """
    try:
        return json.loads(text, object_pairs_hook=_distinct)
    except RecursionError:
        raise ValueError("too many nested brackets") from None
    except ValueError as error:
        if "integer string conversion" in str(error):  # Python's own words, with advice for programmers
            raise ValueError("a number of too many digits") from None
        raise


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise ValueError(f"the key '{twice[:60]}' twice")
    return value


def sha256(path: Path) -> str:
    """Hex digest of the file's bytes.

    Raises:
        InputError: if it is missing or is not a file that can be read.
    """
    with _told(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the folder for this process alone; the kernel drops the lock when the process ends, however it ends.

    Args:
        wait: until another process that holds it lets go.

    Raises:
        InputError: if another process holds it and this one does not wait, or it is a file.
    """
    if folder.is_file():
        raise InputError(f"{folder}: expected a folder, found a file")
    with _making():
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise InputError(f"{folder}: another process is writing this folder") from None
        except OSError as error:  # a file system without locks; it does not say which file it was
            raise OSError(error.errno, error.strerror, str(folder)) from None
        yield
