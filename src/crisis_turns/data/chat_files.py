"""The one reader of conversations: from a file, a folder or standard input, in any format that says who speaks."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crisis_turns.config import ChatConfig
from crisis_turns.data.chat_folders import folder_contents
from crisis_turns.data.chat_formats import read_content
from crisis_turns.data.dialogue import Dialogue, Speaker
from crisis_turns.data.file_content import STANDARD_INPUT, Content, content_of, standard_input
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.row import Row
from crisis_turns.data.speakers import shown
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet

_PLAIN = {speaker.casefold() for speaker in Speaker}


@dataclass(frozen=True)
class Chats:
    """Conversations with how they were read.

    Attributes:
        source: the file or folder.
        formats: of its files, each once.
        report: what was met, in counts.
        notes: what a person should know of how it was read.
    """

    source: str
    formats: tuple[str, ...]
    dialogues: tuple[Dialogue, ...]
    report: ReadingReport
    notes: tuple[str, ...]

    @property
    def told(self) -> str:
        """In one line: format, dialogues, user turns, who is who, and what was left out. No text but names."""
        report = self.report
        turns = sum(len(dialogue.turns) for dialogue in self.dialogues)
        parts = [
            f"{self.source}: {' and '.join(self.formats)}, {_counted(len(self.dialogues), 'dialogue')}, "
            f"{_counted(report.user_turns, 'user turn')} of {turns}",
            *(f"the {side.lower()} is {_names(list(met))}" for side, met in report.names_met.items() if met),
            *self.notes,
            *(
                [f"{report.rows_continued} lines without a speaker went on with their turn"]
                if report.rows_continued
                else []
            ),
            *(
                [f"{_counted(report.messages_joined, 'message')} went on with the turn before"]
                if report.messages_joined
                else []
            ),
            *([f"{_counted(report.blank_user_turns, 'user turn')} without text"] if report.blank_user_turns else []),
            *report.doubts(),
        ]
        left = [f"{_counted(count, what)}" for what, count in report.left_out.items() if count]
        return "; ".join([*parts, f"left out: {', '.join(left) or 'nothing'}"])

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to tell: the release's columns, its names of speakers, and all was read."""
        met = {name.casefold() for names in self.report.names_met.values() for name in names}
        return self.formats == ("rows",) and met <= _PLAIN and not self.notes and not self.report.left_out.total()


def read_chats(source: str | Path, config: ChatConfig | None = None, *, tags: TagSet | None = None) -> Chats:
    """Read conversations.

    Args:
        source: a file, a folder of files, a folder of ``datasets.save_to_disk``, or ``-``: standard input.
        config: format, speakers, columns and bursts, where the usual ones do not serve.
        tags: check labels against these; ``None`` leaves labels alone.

    Returns:
        The conversations in the order of the source; those without an id are named ``<file>-NNNNNN``, and turns without
        one by their place.

    Raises:
        InputError: naming file and row for what cannot be read, or a speaker who is on no list.
    """
    config = config or ChatConfig()
    path = Path(os.path.expanduser(source))
    if str(source) == STANDARD_INPUT:
        contents = [standard_input()]
    else:
        contents = folder_contents(path) if path.is_dir() else [content_of(path)]
    chats = [chats_of([content], config, name=content.name, tags=tags) for content in contents]
    whole = chats[0].report
    for other in chats[1:]:
        whole.add(other.report)
    dialogues = tuple(dialogue for each in chats for dialogue in each.dialogues)
    _check_names(dialogues, str(source))
    return Chats(
        contents[0].source if len(chats) == 1 else str(path),
        tuple(dict.fromkeys(name for each in chats for name in each.formats)),
        dialogues,
        whole,
        tuple(dict.fromkeys(note for each in chats for note in each.notes)),
    )


def chats_of(
    contents: Sequence[Content], config: ChatConfig, *, name: str, tags: TagSet | None, labelled: bool = False
) -> Chats:
    """The conversations of files that belong together, in one format: a corpus may be cut anywhere.

    Args:
        name: what conversations without an id are called by.
        labelled: whether labels must be there.

    Raises:
        InputError: as :func:`read_chats`, or if a file has another format than the first.
    """
    read = [read_content(content, config, labelled=labelled) for content in contents]
    form = read[0][0]
    for content, (other, _) in zip(contents, read, strict=True):
        if other is not form:
            raise InputError(f"{content.source}: expected {form.what} as in {contents[0].source}, found {other.what}")
    rows: list[Row] = [row for _, found in read for row in found.rows]
    if not rows:
        raise InputError(f"{contents[0].source}: expected dialogues, found no row")
    join = form.join if config.turns.join is None else config.turns.join
    dialogues, report = build_dialogues(rows, split=name, tags=tags, speakers=form.speakers(config), join=join)
    for _, found in read:
        report.left_out += found.left_out
        report.labels_left_out += found.labels_left_out
        report.labels += found.labels_left_out
    notes = tuple(dict.fromkeys(note for _, found in read for note in found.notes))
    return Chats(contents[0].source, (form.name,), tuple(dialogues), report, notes)


def _check_names(dialogues: Sequence[Dialogue], source: str) -> None:
    seen: set[str] = set()
    for dialogue in dialogues:
        if dialogue.id in seen:
            raise InputError(f"{source}: the dialogue '{dialogue.id}' stands twice, in two files")
        seen.add(dialogue.id)


def _names(names: Sequence[str]) -> str:
    distinct = [shown(name) for name in dict.fromkeys(names)]
    return ", ".join(distinct[:5]) + (f" and {len(distinct) - 5} more" if len(distinct) > 5 else "")


def _counted(count: int, noun: str) -> str:
    """Of a noun with what follows it: ``2 parts of a message``."""
    first, _, rest = noun.partition(" of ")
    plural = f"{first}{'' if count == 1 else 's'}" if " that " not in first and " without " not in first else first
    return f"{count} {plural}{' of ' + rest if rest else ''}"
