"""A labelling session: a folder with the text, without any label, and one file of answers for each labeller.

session.json         the tag set
text.csv             dialogue_id, turn_id, text: the release's columns without labels
answers-NAME.csv     dialogue_id, turn_id, labels: every user turn that the labeller has answered, in order
round-NAME.csv       dialogue_id, turn_id: the turns that the labeller was shown and has not answered yet
settled.csv          the final labels of disputed turns, with reasons
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crisis_turns.data.csv_and_json import csv_lines, csv_text, sound, whole_number
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import read_rows
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, read_text, write_json, write_text
from crisis_turns.tags import TagSet, split_labels

TurnKey = tuple[str, int]
"""Dialogue and turn id of a user turn."""
Answers = dict[TurnKey, frozenset[str]]
"""The tags that begin on each turn that was answered; an empty set is an answer too."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_COLUMNS = {"dialogue_id", "turn_id", "text", "labels", "final", "disputed", "reason"}


@dataclass(frozen=True)
class Session:
    """What a session's folder holds."""

    folder: Path
    tags: TagSet
    dialogues: tuple[Dialogue, ...]

    @cached_property
    def user_turns(self) -> tuple[TurnKey, ...]:
        """Every turn to label, in order."""
        return tuple((dialogue.id, turn.turn_id) for dialogue in self.dialogues for turn in dialogue.user_turns)

    @property
    def labellers(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem.removeprefix("answers-") for path in self.folder.glob("answers-*.csv")))

    @property
    def passes(self) -> dict[str, Answers]:
        """What every labeller has answered so far."""
        return {labeller: self.answers(labeller) for labeller in self.labellers}

    @property
    def settled(self) -> Path:
        return self.folder / "settled.csv"

    def answers(self, labeller: str) -> Answers:
        """What a labeller has answered so far; empty for a new one.

        Raises:
            InputError: if the name cannot be a file's, or the file is not one of this session.
        """
        path = self._file("answers", labeller)
        return self.read_labels(path) if path.exists() else {}

    def keep(self, labeller: str, answers: Answers) -> None:
        """Write a labeller's answers, in the order of the text; the round is over."""
        rows = [(*key, self.cell(answers[key])) for key in self.user_turns if key in answers]
        write_text(self._file("answers", labeller), csv_text([("dialogue_id", "turn_id", "labels"), *rows]))
        self._file("round", labeller).unlink(missing_ok=True)

    def shown(self, labeller: str) -> tuple[TurnKey, ...]:
        """The turns of the open round; none before the first and after its answers."""
        path = self._file("round", labeller)
        return tuple(key for _, key, _ in self.cells(path, "turn_id")) if path.exists() else ()

    def show(self, labeller: str, keys: Iterable[TurnKey]) -> None:
        """Open a round of these turns."""
        write_text(self._file("round", labeller), csv_text([("dialogue_id", "turn_id"), *keys]))

    def read_labels(self, path: Path, *, column: str = "labels") -> Answers:
        """User turns of this session with their tags, from a CSV.

        Raises:
            InputError: naming the line with a turn or a tag that the session does not have, or a turn given twice.
        """
        found: Answers = {}
        for where, key, cell in self.cells(path, column):
            if key in found:
                raise InputError(f"{where}: the turn {key[1]} of '{key[0]}' stands twice")
            found[key] = self.labels(cell, where)
        return found

    def cells(self, path: Path, column: str) -> Iterator[tuple[str, TurnKey, str]]:
        """Where each row of a CSV stands, its user turn of this session, and its cell of a column.

        Raises:
            InputError: for a missing column, or naming the line with a turn that the session does not have.
        """
        for where, record in sound(csv_lines(read_text(path), str(path))):
            for name in ("dialogue_id", "turn_id", column):
                if name not in record:
                    raise InputError(f"{where}: expected a column '{name}', found {', '.join(record)[:200]}")
            dialogue_id, turn_id = record["dialogue_id"], whole_number(record["turn_id"])
            if turn_id is None or (dialogue_id, turn_id) not in self._known:
                found = f"'{dialogue_id}' {record['turn_id']}"
                raise InputError(f"{where}: expected a user turn of the session, found {found}"[:300])
            yield where, (dialogue_id, turn_id), record[column]

    def labels(self, cell: str, where: str) -> frozenset[str]:
        """The tags in a cell.

        Raises:
            InputError: for a tag that the session does not have, or not one class where classes are exclusive.
        """
        labels = split_labels(cell)
        unknown = [label for label in labels if label not in self.tags.index]
        if unknown:
            raise InputError(f"{where}: unknown tag '{unknown[0][:60]}'; expected some of {', '.join(self.tags.names)}")
        if self.tags.exclusive and len(labels) != 1:
            raise InputError(f"{where}: expected one of {', '.join(self.tags.names)}, found {len(labels)}")
        return frozenset(labels)

    def cell(self, labels: Iterable[str]) -> str:
        """Tags as one cell has them, in the tag set's order."""
        return "; ".join(sorted(labels, key=self.tags.index.__getitem__))

    def _file(self, kind: str, labeller: str) -> Path:
        if not _NAME.fullmatch(labeller) or labeller in _COLUMNS:
            raise InputError(
                f"labeller={labeller[:60]}: expected a short name of letters, digits, '-' and '_' that is no column's"
            )
        alike = next((other for other in self.labellers if other.lower() == labeller.lower()), labeller)
        if alike != labeller:
            raise InputError(
                f"labeller={labeller}: '{alike}' has labelled here; names that differ in case alone are one"
            )
        return self.folder / f"{kind}-{labeller}.csv"

    @cached_property
    def _known(self) -> frozenset[TurnKey]:
        return frozenset(self.user_turns)


def start_session(folder: Path, dialogues: Sequence[Dialogue], tags: TagSet) -> Session:
    """Make a session's folder. Labels that the dialogues carry are left behind: labelling is blind.

    Raises:
        InputError: if the folder holds anything already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"folder={folder}: expected a new folder for the session, found one with something in it")
    rows = [
        (dialogue.id, turn.turn_id, f"{turn.speaker}: {turn.text}") for dialogue in dialogues for turn in dialogue.turns
    ]
    scratch = folder.with_name(f".{folder.name}.new")  # the session is there whole or not at all
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        write_text(scratch / "text.csv", csv_text([("dialogue_id", "turn_id", "text"), *rows]))
        write_json(scratch / "session.json", {"tags": list(tags.names), "exclusive": tags.exclusive})
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return open_session(folder)


def open_session(folder: Path) -> Session:
    """Read a session's folder.

    Raises:
        InputError: if it is none.
    """
    if not (folder / "session.json").is_file():
        raise InputError(f"folder={folder}: no labelling session; step=start makes one")
    tags = _tag_set(folder / "session.json")
    dialogues, _ = build_dialogues(read_rows(folder / "text.csv", labelled=False), split="text", tags=None)
    return Session(folder, tags, tuple(dialogues))


def _tag_set(path: Path) -> TagSet:
    match read_json(path):
        case {"tags": [*names], "exclusive": bool(exclusive)} if all(isinstance(name, str) for name in names):
            return TagSet(tuple(names), exclusive)
    raise InputError(f"{path}: expected the tags of a labelling session, found something else")
