"""Whole-file reads and writes: atomic, UTF-8, private to the user."""

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crisis_turns.errors import InputError

_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Call ``write`` on a temporary file beside ``path``, then rename it: readers see the old file or the whole new
    one.

    The file keeps ``mkstemp``'s mode 0600: predictions and weights derive from sensitive text.
    """
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
    existing = next(folder for folder in path.absolute().parents if folder.exists())
    if not existing.is_dir():
        raise InputError(f"{key}={path}: {existing} is a file, not a folder")
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
    try:
        return path.read_bytes()
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
    """Hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone; the kernel drops the lock when the process ends, however it ends.

    Raises:
        InputError: if another process holds it, or it is a file.
    """
    if folder.is_file():
        raise InputError(f"{folder}: expected a folder, found a file")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another process is writing this folder") from None
        yield
