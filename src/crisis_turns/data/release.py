"""Rows to dialogues: the release's conventions, its quirks counted, everything else refused.

Conventions (data card of ``SungJoo/Cradle-Dialogue`` and its public users): rows are in order, a dialogue begins at
every ``turn_id`` 0 unless a ``dialogue_id`` column says otherwise, the speaker is a prefix of the text, and a row
without a prefix goes on with the row before. Labels count on user turns only.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.data.table import Row
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet, split_labels

_PREFIX = re.compile(r"\s*(user|listener)\s*:\s*", re.IGNORECASE)


@dataclass
class ReadingReport:
    """What the reader met; counts of rows and labels are taken before continuation rows are glued.

    ``labels == labels_scored + labels_on_listener + labels_repeated`` always holds: no label goes missing unseen.
    """

    counts: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    @property
    def recall_ceiling(self) -> float | None:
        """Share of scored labels that a tagger can reach if each tag fires at most once per dialogue."""
        scored = self["labels_scored"]
        return 1 - self["labels_after_first"] / scored if scored else None

    def notes(self) -> list[str]:
        """One sentence per quirk that was met, in a fixed order."""
        sentences = {
            "rows_continued": "rows without a speaker went on with the row before",
            "opened_by_listener": "dialogues open with the Listener",
            "user_after_user": "user turns follow a user turn",
            "empty_turns": "turns have no text",
            "turn_id_gaps": "places where turn_id skips numbers",
            "labels_on_listener": "labels stand on Listener turns: reported, not scored",
            "labels_repeated": "labels repeat one of the same turn: scored once",
        }
        lines = [f"{self[name]} {sentence}" for name, sentence in sentences.items() if self[name]]
        if self["labels_after_first"]:
            lines.append(
                f"{self['labels_after_first']} labels repeat a tag of their dialogue: at most one of each can be hit, "
                f"so recall cannot exceed {self.recall_ceiling:.4f}"
            )
        return lines


def speaker_of(text: str) -> Speaker | None:
    """Whose turn a row's text opens, ``None`` if it goes on with the row before."""
    prefix = _PREFIX.match(text)
    return Speaker(prefix[1].capitalize()) if prefix else None


def split_speaker(text: str) -> tuple[Speaker | None, str]:
    """Who says what in a row's text."""
    prefix = _PREFIX.match(text)
    return speaker_of(text), text[prefix.end() :].strip() if prefix else text.strip()


def build_dialogues(rows: Iterable[Row], *, split: str, tags: TagSet | None) -> tuple[list[Dialogue], ReadingReport]:
    """Dialogues of one split, in file order, named ``<split>-NNNNNN`` where the rows carry no id.

    Args:
        tags: the tag set to check labels against; ``None`` ignores the labels (prediction).

    Raises:
        InputError: naming file and row, with what was expected and found.
    """
    report = ReadingReport()
    dialogues: list[Dialogue] = []
    seen: set[str] = set()
    for block in _blocks(rows):
        name = block[0].dialogue_id or f"{split}-{len(dialogues):06d}"
        if name in seen:
            raise InputError(f"{block[0].where}: the dialogue '{name}' stands twice; its rows must be contiguous")
        seen.add(name)
        dialogues.append(Dialogue(name, _turns(block, tags, report)))
    report.counts["dialogues"] = len(dialogues)
    _count_dialogues(dialogues, tags, report)
    return dialogues, report


def _blocks(rows: Iterable[Row]) -> Iterable[list[Row]]:
    """Cut the rows into dialogues and check the turn ids."""
    block: list[Row] = []
    for row in rows:
        if block and row.dialogue_id == block[-1].dialogue_id and (row.dialogue_id is not None or row.turn_id != 0):
            if row.turn_id <= block[-1].turn_id:
                raise InputError(
                    f"{row.where}: expected a turn_id above {block[-1].turn_id}"
                    f"{'' if row.dialogue_id else ' or a new dialogue at 0'}, found {row.turn_id}"
                )
            block.append(row)
            continue
        if row.turn_id != 0:
            raise InputError(f"{row.where}: expected a dialogue to start with turn_id 0, found {row.turn_id}")
        if block:
            yield block
        block = [row]
    if block:
        yield block


def _turns(block: list[Row], tags: TagSet | None, report: ReadingReport) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for row in block:
        report.counts["rows"] += 1
        labels = split_labels(row.labels) if tags else []
        report.counts["labels"] += len(labels)
        if tags:
            _check_labels(labels, tags, row)
        prefix = _PREFIX.match(row.text)
        if prefix:
            speaker = Speaker(prefix[1].capitalize())
            report.counts["user_rows"] += speaker is Speaker.USER
            turns.append(_turn(row.turn_id, speaker, row.text[prefix.end() :].strip(), labels, report))
        elif turns:
            report.counts["rows_continued"] += 1
            last = turns.pop()
            text = f"{last.text}\n{row.text.strip()}".strip()
            turns.append(_turn(last.turn_id, last.speaker, text, [*last.tags, *labels], report))
        else:
            raise InputError(f"{row.where}: expected the text to start with 'User:' or 'Listener:'")
    report.counts["turn_id_gaps"] += sum(b.turn_id > a.turn_id + 1 for a, b in pairwise(block))
    report.counts["empty_turns"] += sum(not turn.text for turn in turns)
    if not any(turn.is_user for turn in turns):
        raise InputError(f"{block[0].where}: the dialogue that starts here has no user turn")
    if tags and tags.exclusive:
        _check_exclusive(turns, block[0].where)
    return tuple(turns)


def _turn(turn_id: int, speaker: Speaker, text: str, labels: list[str], report: ReadingReport) -> Turn:
    """A turn with its labels united; on the Listener's side they are counted and dropped."""
    if speaker is Speaker.LISTENER:
        report.counts["labels_on_listener"] += len(labels)
        return Turn(turn_id, speaker, text)
    distinct = tuple(dict.fromkeys(labels))
    report.counts["labels_repeated"] += len(labels) - len(distinct)
    return Turn(turn_id, speaker, text, distinct)


def _check_labels(labels: list[str], tags: TagSet, row: Row) -> None:
    for label in labels:
        if label not in tags.index:
            raise InputError(f"{row.where}: unknown tag '{label[:60]}'; expected one of {', '.join(tags.names)}")


def _check_exclusive(turns: list[Turn], where: str) -> None:
    for turn in turns:
        if turn.is_user and len(turn.tags) != 1:
            raise InputError(
                f"{where}: turn_id {turn.turn_id} of the dialogue that starts here: expected exactly one label on a "
                f"user turn, found {len(turn.tags)}"
            )


def _count_dialogues(dialogues: list[Dialogue], tags: TagSet | None, report: ReadingReport) -> None:
    counts = report.counts
    for dialogue in dialogues:
        turns = dialogue.turns
        counts["opened_by_listener"] += not turns[0].is_user
        counts["user_after_user"] += sum(a.is_user and b.is_user for a, b in pairwise(turns))
        counts["user_turns"] += len(dialogue.user_turns)
        if tags is None:
            continue
        found = [tag for turn in turns for tag in turn.tags]
        counts["labels_scored"] += len(found)
        counts["labels_after_first"] += 0 if tags.exclusive else len(found) - len(set(found))
        alert = any(tags.index[tag] in tags.alerts for tag in found)
        confirm = any(tags.index[tag] in tags.confirms for tag in found)
        counts["with_alert"] += alert
        counts["with_confirm"] += confirm
        counts["with_both"] += alert and confirm
        counts["with_neither"] += not (alert or confirm)
