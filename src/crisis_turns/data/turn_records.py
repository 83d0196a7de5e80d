"""Records of one message each, as rows: the release's columns, and corpora that are shipped as such tables."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from crisis_turns.data.columns import Cells
from crisis_turns.data.csv_and_json import Record
from crisis_turns.data.row import Row, Rows
from crisis_turns.errors import InputError

Placed = Iterable[tuple[str, Record]]
"""Records with where they stand."""
Adapt = Callable[[Placed, Cells, Rows], Placed]


def as_they_are(records: Placed, cells: Cells, rows: Rows) -> Placed:
    """Nothing is adapted."""
    return records


def rows_of_turns(records: Placed, cells: Cells, *, adapt: Adapt = as_they_are, labelled: bool = False) -> Rows:
    """The rows of records.

    Without a column of turn ids, the messages of one dialogue_id may stand anywhere; without one of dialogue ids
    either, all of them are one conversation.

    Args:
        adapt: what a corpus's own conventions make of the records first.
        labelled: whether labels and the beginnings of conversations must be there.

    Raises:
        InputError: naming the record that cannot be read.
    """
    rows = Rows()
    numbered: bool | None = None
    by_dialogue: dict[str | None, list[Row]] = {}
    for where, record in adapt(records, cells, rows):
        if numbered is None:
            numbered = cells.columns.in_record(record, "turn_id") is not None
            named = cells.columns.in_record(record, "dialogue_id") is not None
            if labelled and not numbered and not named:
                cells.required(record, "text", where)
                cells.required(record, "turn_id", where)
            if not numbered and not named:
                rows.notes.append("no column says where a conversation begins: all messages are one")
        text = cells.text(record, where)
        if labelled:
            cells.required(record, "labels", where)
        row = Row(
            where,
            cells.name(record, "dialogue_id", where),
            cells.turn_id(record, where) if numbered else None,
            text,
            cells.labels(record, where),
            cells.name(record, "speaker", where),
            seconds=cells.seconds(record, where),
        )
        if numbered:
            rows.rows.append(row)
        else:
            by_dialogue.setdefault(row.dialogue_id, []).append(row)
    for first, *others in by_dialogue.values():
        rows.rows += [replace(first, begins=True), *others]
    return rows


def empathetic(records: Placed, cells: Cells, rows: Rows) -> Iterator[tuple[str, Record]]:
    """EmpatheticDialogues: commas are spelled, and who speaks first in a conversation is its Speaker."""
    first: dict[str, str] = {}
    for where, record in records:
        person = str(cells.required(record, "speaker", where))
        conversation = str(cells.required(record, "dialogue_id", where))
        side = "speaker" if first.setdefault(conversation, person) == person else "listener"
        text = record[_key(cells, record, "text")]
        said = text.replace("_comma_", ",") if isinstance(text, str) else text
        yield where, record | {_key(cells, record, "speaker"): side, _key(cells, record, "text"): said}


_WINDOWS_1252 = {code: mark for code in range(0x80, 0xA0) if (mark := bytes([code]).decode("cp1252", errors="ignore"))}
"""Control characters to the marks that Windows-1252 has at their places."""


def meld(records: Placed, cells: Cells, rows: Rows) -> Iterator[tuple[str, Record]]:
    """MELD: marks of Windows-1252 that its authors' files hold as control characters are what they were: ``’``, ``…``
    (https://github.com/declare-lab/MELD/pull/28).
    """
    mended = 0
    for where, record in records:
        names = [cells.columns.in_record(record, part) for part in ("text", "speaker")]
        written = {name: value for name in names if name and isinstance(value := record[name], str)}
        sound = {name: value.translate(_WINDOWS_1252) for name, value in written.items()}
        mended += sound != written
        yield where, record | sound
    if mended:
        rows.notes.append(f"marks of Windows-1252 are mended in {mended} messages")


def annomi(records: Placed, cells: Cells, rows: Rows) -> Iterator[tuple[str, Record]]:
    """AnnoMI: of an utterance that several people have annotated, the first one's row."""
    seen: dict[tuple[str | None, int], str] = {}
    for where, record in records:
        utterance = (cells.name(record, "dialogue_id", where), cells.turn_id(record, where))
        annotator = str(record.get("annotator_id"))
        if annotator != "None" and seen.setdefault(utterance, annotator) != annotator:
            labels = cells.labels(record, where)
            rows.labels_left_out += len(labels) if isinstance(labels, tuple) else 0
            rows.left_out["further annotation of an utterance"] += 1
            continue
        yield where, record


def _key(cells: Cells, record: Record, part: str) -> str:
    name = cells.columns.in_record(record, part)
    if name is None:
        raise InputError(f"expected a column for {part}")
    return name
