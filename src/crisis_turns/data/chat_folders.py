"""Folders of conversations: files beside each other, or what ``datasets`` and ConvoKit write."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crisis_turns.data.file_content import Content, content_of, of_dataset
from crisis_turns.data.table import SUFFIXES
from crisis_turns.errors import InputError

_UTTERANCES = "utterances.jsonl"


def is_dataset(folder: Path) -> bool:
    """Whether ``datasets.save_to_disk`` has written one data set here."""
    return (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file()


def is_conversations(path: Path) -> bool:
    """Whether a file's name is one that conversations have."""
    return path.is_file() and path.name.removesuffix(".gz").endswith(SUFFIXES) and not path.name.startswith(".")


def folder_contents(folder: Path) -> list[Content]:
    """What the folder's files hold, in the order of their names.

    Raises:
        InputError: if none of them is one of conversations, or one cannot be read.
    """
    if is_dataset(folder):
        return [of_dataset(folder, folder.name)]
    parts = sorted(part for part in folder.iterdir() if part.is_dir() and is_dataset(part))
    if parts:
        return [of_dataset(part, part.name) for part in parts]
    if (folder / _UTTERANCES).is_file():  # of a ConvoKit corpus; the other files are about its speakers
        return [content_of(folder / _UTTERANCES)]
    files = sorted(filter(is_conversations, folder.iterdir()))
    if not files:
        raise InputError(f"{folder}: expected files ending in {', '.join(SUFFIXES)}, found none")
    return list(_with_others(folder, files))


def _with_others(folder: Path, files: list[Path]) -> Iterator[Content]:
    """The contents, the first with a note on what else lies there."""
    others = sum(not path.name.startswith(".") for path in folder.iterdir()) - len(files)
    first, *rest = files
    content = content_of(first)
    note = f"{others} other things in the folder are not read"
    yield replace(content, note=note) if others and content.note is None else content
    yield from map(content_of, rest)
