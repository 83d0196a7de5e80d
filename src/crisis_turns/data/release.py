"""Rows to dialogues: the release's conventions, its quirks counted, everything else refused.

Conventions (data card of ``SungJoo/Cradle-Dialogue`` and its public users): rows are in order, a dialogue begins at
every ``turn_id`` 0 unless a ``dialogue_id`` column says otherwise, the speaker is a prefix of the text, and a row
without a prefix goes on with the row before. Labels count on user turns only.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.data.table import Row
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet, split_labels

_PREFIX = re.compile(r"\s*(user|listener)\s*:\s*", re.IGNORECASE)


def split_speaker(text: str) -> tuple[Speaker | None, str]:
    """Who says what in a row's text; ``None`` if it goes on with the row before."""
    prefix = _PREFIX.match(text)
    if prefix is None:
        return None, text.strip()
    return Speaker(prefix[1].capitalize()), text[prefix.end() :].strip()


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
    report.count_dialogues(dialogues, tags)
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
        report.rows += 1
        labels = split_labels(row.labels) if tags else []
        report.labels += len(labels)
        if tags:
            _check_labels(labels, tags, row)
        speaker, said = split_speaker(row.text)
        if speaker:
            report.user_rows += speaker is Speaker.USER
            turns.append(_turn(row.turn_id, speaker, said, labels, report))
        elif turns:
            report.rows_continued += 1
            last = turns.pop()
            text = f"{last.text}\n{said}".strip()
            turns.append(_turn(last.turn_id, last.speaker, text, [*last.tags, *labels], report))
        else:
            raise InputError(f"{row.where}: expected the text to start with 'User:' or 'Listener:'")
    report.turn_id_gaps += sum(b.turn_id > a.turn_id + 1 for a, b in pairwise(block))
    if not any(turn.is_user for turn in turns):
        raise InputError(f"{block[0].where}: the dialogue that starts here has no user turn")
    if tags and tags.exclusive:
        _check_exclusive(turns, block[0].where)
    return tuple(turns)


def _turn(turn_id: int, speaker: Speaker, text: str, labels: list[str], report: ReadingReport) -> Turn:
    """A turn with its labels united; on the Listener's side they are counted and dropped."""
    if speaker is Speaker.LISTENER:
        report.labels_on_listener += len(labels)
        return Turn(turn_id, speaker, text)
    distinct = tuple(dict.fromkeys(labels))
    report.labels_repeated += len(labels) - len(distinct)
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
