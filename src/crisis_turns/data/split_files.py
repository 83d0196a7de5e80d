"""The files of a split: in a folder under any of its usual names, among what ships with the package, or on the hub."""

import re
from pathlib import Path
from typing import get_args

from crisis_turns.config import DataConfig, Split
from crisis_turns.data.chat_folders import is_conversations, is_dataset
from crisis_turns.data.file_content import Content, content_of, of_dataset
from crisis_turns.data.table import SUFFIXES, Row, hub_content, read_rows
from crisis_turns.errors import InputError

EMBEDDED = Path(__file__).parent / "embedded"
"""Holds a folder for each part of the corpus that ships with the package, and one for the probes."""

_HUB = "hub:"
_PUBLISHED = "SungJoo/Cradle-Dialogue"
_OTHER_NAMES = {"validation": ("dev", "valid", "val")}
_MELD = "_sent_emo"
"""What MELD's authors call their files by, behind the split."""
_SHARD = re.compile(r"-(\d+)-of-(\d+)[-.]")


def split_contents(data: DataConfig, split: Split) -> list[Content]:
    """What the files of one split hold, in their order: of the corpus that ships with the package, part by part.

    Raises:
        InputError: if there is no such split, or there are several.
    """
    if data.parts and data.path is not None:
        raise InputError("data.parts=… belongs to the corpus that ships with the package, not to data.path=…")
    if data.path is None:
        return [content_of(path) for part in _embedded_parts(data, split) for path in _embedded_files(part, split)]
    folder = Path(data.path)
    if folder.is_dir():
        return [of_dataset(path, split) if path.is_dir() else content_of(path) for path in _in_folder(folder, split)]
    hub = hub_name(data.path)
    if hub is None:
        raise InputError(
            f"data.path={data.path}: no such folder; {data.source}; a data set of the Hugging Face hub is written "
            f"data.path={_HUB}OWNER/NAME"
        )
    try:
        return [hub_content(hub, split)]
    except InputError as error:
        raise InputError(f"{error}; data.path=FOLDER reads the files of a folder: {data.source}") from None


def read_embedded(part: str, split: Split) -> list[Row]:
    """The rows of a split of one part of what ships with the package; a large one lies in several files."""
    return [row for path in _embedded_files(part, split) for row in read_rows(path)]


def has_dev(data: DataConfig) -> bool:
    """Whether there is a dev split beside validation, as in the embedded corpus; elsewhere it is validation's name."""
    if data.path is None:
        return any(_embedded_files(part, "dev") for part in _parts(data))
    folder = Path(data.path)
    return folder.is_dir() and all(_named(folder, name) for name in ("validation", "dev"))


def has_split(folder: Path, split: Split) -> bool:
    """Whether the folder holds the split under any of its names."""
    return any(_named(folder, name) for name in (split, *_OTHER_NAMES.get(split, ())))


def hub_name(path: str) -> str | None:
    """``owner/name`` of a data set of the hub, which ``hub:`` says or which is the published corpus's.

    Whatever else is no folder is taken for a mistyped one: its name must not leave the machine.
    """
    if path == _PUBLISHED:
        return path
    return path.removeprefix(_HUB) if path.startswith(_HUB) else None


def _embedded_parts(data: DataConfig, split: Split) -> list[str]:
    """The parts that have the split."""
    parts = [part for part in _parts(data) if _embedded_files(part, split)]
    if not parts:
        there = [name for name in get_args(Split) if any(_embedded_files(part, name) for part in _parts(data))]
        of = f"data.parts=[{','.join(data.parts)}]" if data.parts else f"data={data.name}"
        why = "" if "train" in there else ": it is for evaluation"
        raise InputError(f"{of} has no {split} split but {' and '.join(there)} only{why}")
    return parts


def _parts(data: DataConfig) -> tuple[str, ...]:
    there = sorted(path.name for path in EMBEDDED.iterdir() if path.is_dir())
    if data.parts is None and data.name not in there:
        raise InputError(f"data.path=null: no corpus '{data.name}' ships with the package; give data.path=FOLDER")
    if unknown := [part for part in data.parts or () if part not in there]:
        raise InputError(f"data.parts: no part '{unknown[0]}'; expected plain, oblique or both")
    return data.parts or (data.name,)


def _embedded_files(part: str, split: Split) -> list[Path]:
    whole = EMBEDDED / part / f"{split}.csv"
    return [whole] if whole.is_file() else sorted(whole.parent.glob(f"{split}-*.csv"))


def _in_folder(folder: Path, split: str) -> list[Path]:
    """The one file of the split, or all files that a release has cut it into."""
    for names in ((split,), _OTHER_NAMES.get(split, ())):
        sources = [source for name in names for source in _named(folder, name)]
        if len(sources) > 1:
            found = ", ".join(str(files[0].relative_to(folder)) for files in sources)
            raise InputError(f"{folder}: expected one file for the split '{split}', found {len(sources)}: {found}")
        if sources:
            _check_complete(sources[0])
            return sources[0]
    there = sorted(path.name for path in folder.iterdir() if is_conversations(path) or path.name == "data")
    raise InputError(
        f"{folder}: expected {split}{', '.join(SUFFIXES)}, or data/{split}-*.parquet, "
        f"found {', '.join(there[:12]) or 'no such files'}"
    )


def _named(folder: Path, name: str) -> list[list[Path]]:
    """Each way in which the folder has a split of this name: as one file, a folder of ``datasets``, or pieces."""
    places = [place for place in (folder, folder / "data") if place.is_dir()]
    files = [path for place in places for path in place.iterdir() if is_conversations(path)]
    single = sorted([path] for path in files if path.parent == folder and _bare(path) == name)
    saved = [[folder / name]] if is_dataset(folder / name) else []
    cut: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(files):
        piece = re.fullmatch(rf"{name}-(\d+)?.*", _bare(path))
        if piece and (piece[1] or path.suffix == ".parquet"):
            cut.setdefault((path.parent, path.name.removeprefix(_bare(path))), []).append(path)
    return [*single, *saved, *cut.values()]


def _bare(path: Path) -> str:
    """The file's name without what says its kind, or that it is MELD's."""
    name = path.name.removesuffix(".gz")
    return name.removesuffix(next(suffix for suffix in SUFFIXES if name.endswith(suffix))).removesuffix(_MELD)


def _check_complete(files: list[Path]) -> None:
    """Refuse a split of which a file is missing: ``train-00000-of-00002.parquet`` says how many there are."""
    cut = [match for path in files if (match := _SHARD.search(path.name))]
    if cut and (len(files) != int(cut[0][2]) or [int(match[1]) for match in cut] != list(range(len(files)))):
        raise InputError(f"{files[0]}: expected {int(cut[0][2])} files of this name, found {len(files)}")
