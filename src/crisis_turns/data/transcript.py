"""Plain transcripts, ``Name: …`` lines, and files of the lines that ``follow=true`` reads, as rows."""

from dataclasses import replace
from itertools import islice

from crisis_turns.data.columns import Cells
from crisis_turns.data.live_lines import Order, parts_conversations, read_line
from crisis_turns.data.row import Row, Rows
from crisis_turns.data.speakers import Speakers
from crisis_turns.errors import InputError


def transcript_rows(text: str, source: str) -> Rows:
    """Dialogues of ``Name: …`` lines; a line without a speaker goes on with the one before, ``---`` ends a dialogue.

    Blank lines are ignored; turns are numbered by the others.
    """
    rows = Rows()
    begins = True
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if parts_conversations(line):
            begins = True
        elif line.strip():
            rows.rows.append(Row(f"{source}, line {number}", None, None, line, None, begins=begins))
            begins = False
    if not rows.rows:
        raise InputError(f"{source}: expected a dialogue, found an empty file")
    return rows


def is_stream(text: str) -> bool:
    """Whether these are lines of a stream: objects beside plain lines, or beside orders (``{"end": true}``).

    Objects alone are records of rows. The first thousand lines are looked at.
    """
    usual = Speakers()
    kinds = set()
    for line in islice((line for line in text.split("\n") if line.strip()), 1000):
        try:
            said = read_line(line, usual)
        except InputError:
            return False
        kinds.add("order" if isinstance(said, Order) else "object" if line.lstrip().startswith("{") else "plain")
    return "object" in kinds and len(kinds) > 1


def stream_rows(text: str, source: str, cells: Cells, speakers: Speakers) -> Rows:
    """Dialogues of the lines that ``follow=true`` reads.

    Raises:
        InputError: naming the line that is none of these, or an id that comes back after its end.
    """
    rows = Rows()
    found: list[list[Row]] = []
    going_on: dict[str | None, list[Row]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{source}, line {number}"
        try:
            said = read_line(line, speakers)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if isinstance(said, Order):
            if said.does != "flush":
                going_on.pop(said.dialogue_id, None)
            continue
        dialogue = going_on.get(said.dialogue_id)
        if dialogue is None:
            dialogue = going_on[said.dialogue_id] = []
            found.append(dialogue)
        record = {"labels": said.labels, "time": said.time}
        labels, seconds = cells.labels(record, where), cells.seconds(record, where)
        dialogue.append(Row(where, said.dialogue_id, None, said.text, labels, said.speaker, seconds=seconds))
    for first, *others in found:
        rows.rows += [replace(first, begins=True), *others]
    return rows
