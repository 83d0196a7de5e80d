"""Dialogues of a corpus, a file or a folder without a look at their labels, if they have any."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

from crisis_turns.config import DataConfig, Split
from crisis_turns.data.chat_files import Chats, chats_of, read_chats
from crisis_turns.data.speakers import RELEASE
from crisis_turns.data.split_files import has_split, split_contents


def read_unlabelled(data: DataConfig, split: Split) -> Chats:
    """One split of a corpus; or, where ``data.path`` is a file or a folder without splits, every conversation in it.

    Raises:
        InputError: if there is nothing to read, or a row cannot be read.
    """
    path = None if data.path is None else Path(data.path)
    if path is not None and (path.is_file() or _without_splits(path)):
        return read_chats(path, data)
    reading = data if path is not None else data.model_copy(update={"speakers": RELEASE})
    chats = chats_of(split_contents(data, split), reading, name=split, tags=None)
    return replace(chats, source=f"{data.name} {split}")


def _without_splits(path: Path) -> bool:
    return path.is_dir() and not any(has_split(path, split) for split in get_args(Split))
