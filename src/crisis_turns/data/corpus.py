"""One split of one corpus: found, read, checked against its published counts, and hashed."""

import hashlib
import json
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crisis_turns.config import DataConfig, Split
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import SUFFIXES, Row, read_hub, read_rows
from crisis_turns.errors import InputError
from crisis_turns.tags import CRADLE, TagSet

log = logging.getLogger(__name__)
EMBEDDED = Path(__file__).parent / "embedded"
"""Holds a folder for each corpus that ships with the package."""


@dataclass(frozen=True)
class CorpusSplit:
    """The dialogues of a split with what is needed to score against them."""

    corpus: str
    split: Split
    tags: TagSet
    dialogues: tuple[Dialogue, ...]
    report: ReadingReport
    differences: tuple[str, ...] = ()
    """One sentence per published count that the files do not have."""

    @property
    def sha256(self) -> str:
        """Hash of ids, speakers, texts and labels, whatever file format they came in."""
        digest = hashlib.sha256(json.dumps([self.tags.names, self.tags.exclusive]).encode())
        for dialogue in self.dialogues:
            turns = [[turn.turn_id, turn.speaker, turn.text, sorted(turn.tags)] for turn in dialogue.turns]
            digest.update(json.dumps([dialogue.id, turns], ensure_ascii=True).encode())
        return digest.hexdigest()


def read_split(data: DataConfig, split: Split) -> CorpusSplit:
    """Read one split; what is odd about it is counted in its report.

    Raises:
        InputError: if the corpus or the split is not there, or a row cannot be read.
    """
    tags = data.tag_set
    dialogues, report = build_dialogues(_rows(data, split), split=split, tags=tags)
    if not dialogues:
        raise InputError(f"data={data.name}: the split '{split}' has no rows")
    if split == "train" and data.train_limit is not None:
        dialogues = dialogues[: data.train_limit]
    return CorpusSplit(data.name, split, tags, tuple(dialogues), report, _differences(data, split, report))


@cache
def embedded_split(name: str, split: Split) -> CorpusSplit:
    """A split that ships with the package, whole, whatever a configuration says."""
    dialogues, report = build_dialogues(read_rows(EMBEDDED / name / f"{split}.csv"), split=split, tags=CRADLE)
    return CorpusSplit(name, split, CRADLE, tuple(dialogues), report)


def log_oddities(corpus: CorpusSplit) -> None:
    """Log, in counts only: quirks that were met as information, differences from the published counts as warnings."""
    for note in corpus.report.notes():
        log.info("%s %s: %s", corpus.corpus, corpus.split, note)
    for difference in corpus.differences:
        log.warning("%s %s: %s", corpus.corpus, corpus.split, difference)


def _differences(data: DataConfig, split: Split, report: ReadingReport) -> tuple[str, ...]:
    expected = data.expected.get(split, {})
    unknown = [name for name in expected if name not in report.names()]
    if unknown:
        raise InputError(f"data.expected.{split}: no count '{unknown[0]}'; expected one of {', '.join(report.names())}")
    return tuple(
        f"expected {count} {name.replace('_', ' ')} as published, found {report[name]}"
        for name, count in expected.items()
        if report[name] != count
    )


def _rows(data: DataConfig, split: str) -> list[Row]:
    if data.path is None:
        return read_rows(EMBEDDED / data.name / f"{split}.csv")
    folder = Path(data.path).expanduser()
    if folder.is_dir():
        files = [folder / f"{split}{suffix}" for suffix in SUFFIXES if (folder / f"{split}{suffix}").is_file()]
        if len(files) > 1:
            raise InputError(f"{folder}: expected one file for the split '{split}', found {len(files)}")
        if files:
            return read_rows(files[0])
        if any((folder / "data").glob(f"{split}-*.parquet")):
            return read_hub(str(folder), split)
        raise InputError(f"{folder}: expected {split}.parquet, .csv, .jsonl or .json, or data/{split}-*.parquet")
    if _is_hub_name(data.path):
        return read_hub(data.path, split)
    raise InputError(f"data.path={data.path}: no such folder; {data.source}")


def _is_hub_name(path: str) -> bool:
    """``owner/name``, and not the beginning of a local path."""
    owner, _, name = path.partition("/")
    return bool(owner and name) and "/" not in name and not path.startswith((".", "~")) and not Path(owner).exists()
