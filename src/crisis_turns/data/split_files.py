"""The files of a split: in a folder under any of its usual names, among what ships with the package, or on the hub."""

import re
from pathlib import Path

from crisis_turns.config import DataConfig
from crisis_turns.data.chat_folders import is_conversations, is_dataset
from crisis_turns.data.file_content import Content, content_of, of_dataset
from crisis_turns.data.table import SUFFIXES, hub_content
from crisis_turns.errors import InputError

EMBEDDED = Path(__file__).parent / "embedded"
"""Holds a folder for each corpus that ships with the package."""

_HUB = "hub:"
_PUBLISHED = "SungJoo/Cradle-Dialogue"
_OTHER_NAMES = {"validation": ("dev", "valid", "val")}
_SHARD = re.compile(r"-(\d+)-of-(\d+)[-.]")


def split_contents(data: DataConfig, split: str) -> list[Content]:
    """What the files of one split hold, in their order.

    Raises:
        InputError: if there is no such split, or there are several.
    """
    if data.path is None:
        return [content_of(_embedded(data.name, split))]
    folder = Path(data.path).expanduser()
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


def hub_name(path: str) -> str | None:
    """``owner/name`` of a data set of the hub, which ``hub:`` says or which is the published corpus's.

    Whatever else is no folder is taken for a mistyped one: its name must not leave the machine.
    """
    if path == _PUBLISHED:
        return path
    return path.removeprefix(_HUB) if path.startswith(_HUB) else None


def _embedded(corpus: str, split: str) -> Path:
    there = sorted(path.stem for path in (EMBEDDED / corpus).glob("*.csv") if "-" not in path.stem)
    if not there:
        raise InputError(f"data.path=null: no corpus '{corpus}' ships with the package; give data.path=FOLDER")
    if split not in there:
        raise InputError(f"data={corpus} has no {split} split but {' and '.join(there)} only: it is for evaluation")
    return EMBEDDED / corpus / f"{split}.csv"


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
    """The file's name without what says its kind."""
    name = path.name.removesuffix(".gz")
    return name.removesuffix(next(suffix for suffix in SUFFIXES if name.endswith(suffix)))


def _check_complete(files: list[Path]) -> None:
    """Refuse a split of which a file is missing: ``train-00000-of-00002.parquet`` says how many there are."""
    cut = [match for path in files if (match := _SHARD.search(path.name))]
    if cut and (len(files) != int(cut[0][2]) or [int(match[1]) for match in cut] != list(range(len(files)))):
        raise InputError(f"{files[0]}: expected {int(cut[0][2])} files of this name, found {len(files)}")
