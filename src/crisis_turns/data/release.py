"""Rows to dialogues: the release's conventions, its quirks counted, everything else refused.

Conventions (data card of ``SungJoo/Cradle-Dialogue`` and its public users): rows are in order, a dialogue begins at
every ``turn_id`` 0 unless a ``dialogue_id`` column says otherwise, the speaker is a prefix of the text, and a row
without a prefix goes on with the row before. Labels count on user turns only. Formats that know speakers and
conversations say so in their rows.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from crisis_turns.config import Join
from crisis_turns.data.bursts import Draft, joined
from crisis_turns.data.dialogue import Dialogue, Speaker, Turn, whole_characters
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.data.row import Row, named_labels
from crisis_turns.data.speakers import RELEASE, Side, Speakers, shown, unknown_names
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet


def build_dialogues(
    rows: Iterable[Row], *, split: str, tags: TagSet | None, speakers: Speakers | None = None, join: Join = "none"
) -> tuple[list[Dialogue], ReadingReport]:
    """Dialogues of one split, in file order, named ``<split>-NNNNNN`` where the rows carry no id.

    Texts and names are such that a file can hold them (:func:`whole_characters`).

    Args:
        tags: the tag set to check labels against; ``None`` ignores the labels (prediction).
        speakers: who is who; ``None``: by the release's own convention.
        join: which messages of one speaker in a row are one turn.

    Raises:
        InputError: naming file and row, with what was expected and found.
    """
    report = ReadingReport()
    dialogues: list[Dialogue] = []
    seen: set[str] = set()
    said = _said(list(rows) if tags is None else named_labels(list(rows), tags), speakers or Speakers(RELEASE), report)
    for block in _blocks(said):
        first = block[0].row
        name = whole_characters(first.dialogue_id or f"{split}-{len(dialogues):06d}")
        if name in seen:
            raise InputError(f"{first.where}: the dialogue '{name}' stands twice; its rows must be contiguous")
        seen.add(name)
        dialogues.append(Dialogue(name, _turns(block, tags, join, report)))
    report.count_dialogues(dialogues, tags)
    return dialogues, report


class _Said(NamedTuple):
    """A row with whose words it has; ``side`` is ``None`` if it goes on with the row before."""

    row: Row
    side: Side | None
    text: str

    @property
    def labels(self) -> list[str]:
        """Names, where the tag set is known (:func:`named_labels`)."""
        return [str(label) for label in self.row.labels] if isinstance(self.row.labels, tuple) else []


def _said(rows: Sequence[Row], speakers: Speakers, report: ReadingReport) -> list[_Said]:
    """Who says what in each row."""
    said: list[_Said] = []
    unknown: dict[str, str] = {}
    opens_a_text = False
    for row in rows:
        opening, text = speakers.opening(row.text)
        if row.speaker is None:
            name = opening
        else:
            name, text = row.speaker, row.text.strip()
            other = None if opening is None else speakers.side(opening)
            report.names_inside += other in (Side.USER, Side.LISTENER) and other is not speakers.side(name)
        report.names_inside += speakers.names_inside(row.text)
        side = None if name is None else speakers.side(name)
        if side is Side.UNKNOWN and name is not None:
            if speakers.refuses_unknown or row.speaker is not None:
                unknown.setdefault(name, row.where)
                opens_a_text |= row.speaker is None
            report.rows_like_speakers += 1
            side, text = None, row.text.strip()
        elif side in (Side.USER, Side.LISTENER) and name is not None:
            report.names_met[side.speaker][name] += 1
            text = speakers.told(name, text)
        elif side is Side.NOBODY and name is not None:
            report.left_out[f"{shown(name.casefold())} message"] += 1
        said.append(_Said(row, side, text))
    if unknown:
        raise unknown_names(unknown, opens_a_text=opens_a_text)
    return said


def _blocks(said: Iterable[_Said]) -> Iterable[list[_Said]]:
    """Cut the rows into dialogues and check the turn ids."""
    block: list[_Said] = []
    last: int | None = None
    for part in said:
        row = part.row
        here = block[-1].row if block else row
        begins = row.begins or row.dialogue_id != here.dialogue_id or (row.dialogue_id is None and row.turn_id == 0)
        if block and not begins:
            if row.turn_id is not None and last is not None and row.turn_id <= last:
                raise InputError(
                    f"{row.where}: expected a turn_id above {last}"
                    f"{'' if row.dialogue_id else ' or a new dialogue at 0'}, found {row.turn_id}"
                )
            block.append(part)
        else:
            if row.turn_id and row.dialogue_id is None:
                raise InputError(f"{row.where}: expected a dialogue to start with turn_id 0, found {row.turn_id}")
            if block:
                yield block
            block = [part]
        last = row.turn_id
    if block:
        yield block


def _turns(block: list[_Said], tags: TagSet | None, join: Join, report: ReadingReport) -> tuple[Turn, ...]:
    drafts: list[Draft] = []
    nobodys = False
    count = 0
    for part in block:
        row, side, text = part
        labels = part.labels if tags else []
        report.rows += 1
        report.labels += len(labels)
        if tags:
            _check_labels(labels, tags, row)
        nobodys = side is Side.NOBODY or (nobodys and side is None)
        if nobodys:
            report.labels_left_out += len(labels)
            continue
        turn_id = count if row.turn_id is None else row.turn_id
        count += 1
        if side is not None:
            report.user_rows += side is Side.USER
            drafts.append(Draft(row.where, [turn_id], side.speaker, [text], labels, row.seconds))
        elif drafts:
            report.rows_continued += 1
            drafts[-1].texts = [f"{drafts[-1].text}\n{text}"]
            drafts[-1].labels += labels
        else:
            raise InputError(
                f"{row.where}: expected the text to start with 'User:' or 'Listener:', or another name of the lists "
                "speakers.user and speakers.listener"
            )
    ids = [row.turn_id for row, _, _ in block if row.turn_id is not None]
    report.turn_id_gaps += sum(b > a + 1 for a, b in pairwise(ids)) + (ids[:1] > [0])
    turns = joined(drafts, join)
    report.messages_joined += len(drafts) - len(turns)
    if not any(turn.speaker is Speaker.USER for turn in turns):
        raise InputError(f"{block[0].row.where}: the dialogue that starts here has no user turn")
    finished = tuple(_turn(draft, report) for draft in turns)
    if tags and tags.exclusive:
        _check_exclusive(finished, block[0].row.where)
    return finished


def _turn(draft: Draft, report: ReadingReport) -> Turn:
    """A turn with its labels united; on the Listener's side they are counted and dropped."""
    ids = tuple(draft.message_ids)
    messages = ids if len(ids) > 1 else ()
    text = whole_characters(draft.text)
    if draft.speaker is Speaker.LISTENER:
        report.labels_on_listener += len(draft.labels)
        return Turn(ids[-1], draft.speaker, text, message_ids=messages)
    distinct = tuple(dict.fromkeys(draft.labels))
    report.labels_repeated += len(draft.labels) - len(distinct)
    return Turn(ids[-1], draft.speaker, text, distinct, messages)


def _check_labels(labels: list[str], tags: TagSet, row: Row) -> None:
    for label in labels:
        if label not in tags.index:
            raise InputError(f"{row.where}: unknown tag '{label[:60]}'; expected one of {', '.join(tags.names)}")


def _check_exclusive(turns: Sequence[Turn], where: str) -> None:
    for turn in turns:
        if turn.is_user and len(turn.tags) != 1:
            raise InputError(
                f"{where}: turn_id {turn.turn_id} of the dialogue that starts here: expected exactly one label on a "
                f"user turn, found {len(turn.tags)}"
            )
