"""Lines of a predictions file as records, from JSON Lines or from CSV in the release's columns; nothing is judged yet.

A line that cannot be read comes as an :class:`InputError` in the record's place, so that reading goes on and every
mistake is told at once.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import speaker_of
from crisis_turns.data.table import json_object
from crisis_turns.errors import InputError
from crisis_turns.files import read_text
from crisis_turns.tags import split_labels

Line = tuple[str, dict[str, Any] | InputError]
"""Where it stands ("p.jsonl, line 3"), and its record with the keys of ``predictions-<split>.jsonl``."""


def read_lines(path: Path, dialogues: Sequence[Dialogue]) -> Iterator[Line]:
    """The file's records, by its suffix: ``.csv``, anything else is JSON Lines.

    A CSV has ``turn_id`` and ``labels`` (or ``predicted``), the tags joined by ``"; "``. Without ``dialogue_id``, a new
    dialogue starts at every ``turn_id`` 0 and dialogues come in the corpus's order. Rows of the Listener may stay in; a
    row whose ``text`` has no speaker goes on with the row before, as in the release.
    """
    text = read_text(path)
    if path.suffix.lower() == ".csv":
        return iter(_joined(_csv_rows(text, str(path)), dialogues, str(path)))
    return _json_lines(text, str(path))


def _json_lines(text: str, source: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):  # splitlines() would also cut at U+2028 inside a string
        if line.strip():
            where = f"{source}, line {number}"
            try:
                yield where, json_object(line, where)
            except InputError as error:
                yield where, error


def _csv_rows(text: str, source: str) -> Iterator[Line]:
    """Rows as records of their cells; a header that lacks a column ends the reading."""
    csv.field_size_limit(2**31 - 1)  # a turn may be longer than the module's 128 kB
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    start = 1
    while True:
        where = f"{source}, line {start}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield where, InputError(f"{where}: not a CSV record ({error}); the lines after it were not read")
            return
        start = reader.line_num + 1
        if not cells:
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            if "turn_id" not in header or not {"labels", "predicted"} & set(header):
                raise InputError(
                    f"{where}: expected the columns turn_id and labels (or predicted), found {', '.join(header)[:200]}"
                )
        elif len(cells) != len(header):
            yield where, InputError(f"{where}: expected {len(header)} cells as in the header, found {len(cells)}")
        else:
            yield where, dict(zip(header, cells, strict=True))


def _joined(rows: Iterable[Line], dialogues: Sequence[Dialogue], source: str) -> list[Line]:
    """CSV rows as prediction records: dialogues named, continuation rows united, the Listener's silent rows dropped."""
    lines: list[Line] = []
    names = [d.id for d in dialogues]
    speakers = {(d.id, t.turn_id): t.speaker for d in dialogues for t in d.turns}
    block = -1
    for where, row in rows:
        if isinstance(row, InputError):
            lines.append((where, row))
            continue
        predicted = split_labels(row.get("predicted", row.get("labels")))
        speaker = speaker_of(row["text"]) if "text" in row else None
        if "text" in row and speaker is None and lines and isinstance(lines[-1][1], dict):
            lines[-1][1]["predicted"] += predicted
            continue
        try:
            turn_id = int(row["turn_id"])
        except ValueError:
            lines.append((where, InputError(f"{where}: expected a whole number as 'turn_id'")))
            continue
        if "dialogue_id" in row:
            name = row["dialogue_id"]
        else:
            block += turn_id == 0 or block < 0
            name = names[block] if block < len(names) else ""
        expected = speakers.get((name, turn_id))
        if speaker and expected and speaker is not expected:
            message = f"{where}: the text is the {speaker}'s, but turn {turn_id} of '{name}' is the {expected}'s"
            lines.append((where, InputError(message)))
            continue
        lines.append((where, {"dialogue_id": name, "turn_id": turn_id, "predicted": predicted}))
    if block >= 0 and block + 1 != len(names):
        raise InputError(
            f"{source}: expected one block of rows from turn_id 0 for each of the split's {len(names)} dialogues, "
            f"found {block + 1}; give the rows a dialogue_id, or every dialogue its rows"
        )
    return [line for line in lines if not _is_silent_listener(line[1], speakers)]


def _is_silent_listener(record: dict[str, Any] | InputError, speakers: dict[tuple[str, int], Any]) -> bool:
    if isinstance(record, InputError) or record["predicted"]:
        return False
    return speakers.get((record["dialogue_id"], record["turn_id"])) == "Listener"
