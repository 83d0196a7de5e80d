"""Lines of a predictions file as records, from JSON Lines or from CSV in the release's columns; nothing is judged yet.

Whether a record is a line of ``predictions-<split>.jsonl``, ``check.py`` says.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crisis_turns.data.csv_and_json import Line, Record, csv_lines, json_lines, whole_number
from crisis_turns.data.dialogue import Dialogue, Speaker
from crisis_turns.data.speakers import Side, Speakers
from crisis_turns.errors import InputError
from crisis_turns.files import read_text
from crisis_turns.tags import split_labels

_COLUMNS = ("dialogue_id", "turn_id", "text", "labels", "predicted")


def read_lines(path: Path, dialogues: Sequence[Dialogue]) -> Iterator[Line]:
    """The file's records, by its suffix: ``.csv``, anything else is JSON Lines.

    A CSV gives tags and no probabilities. It has ``turn_id`` and ``labels`` (or ``predicted``), the tags joined by
    ``"; "``. Without ``dialogue_id``, a new dialogue starts at every ``turn_id`` 0 and dialogues come in the corpus's
    order. Rows of the Listener may stay in; a row whose ``text`` has no speaker goes on with the row before, as in the
    release.
    """
    text = read_text(path)
    if path.suffix.lower() == ".csv":
        rows = csv_lines(text, str(path), check_header=_check_header)
        return iter(_joined(rows, dialogues, str(path)))
    return json_lines(text, str(path))


def _check_header(where: str, columns: list[str]) -> None:
    if "turn_id" not in columns or not {"labels", "predicted"} & set(columns):
        raise InputError(
            f"{where}: expected the columns turn_id and labels (or predicted), found {', '.join(columns)[:200]}"
        )


def _joined(rows: Iterable[Line], dialogues: Sequence[Dialogue], source: str) -> list[Line]:
    """CSV rows as prediction records: dialogues named, continuation rows united, the Listener's silent rows dropped."""
    lines: list[Line] = []
    names = [d.id for d in dialogues]
    speakers = {(d.id, t.turn_id): t.speaker for d in dialogues for t in d.turns}
    usual = Speakers()
    block = -1
    for where, row in rows:
        if isinstance(row, InputError):
            lines.append(Line(where, row))
            continue
        predicted = split_labels(row.get("predicted", row.get("labels")))
        opening = usual.opening(row["text"])[0] if "text" in row else None
        side = Side.UNKNOWN if opening is None else usual.side(opening)
        speaker = side.speaker if side in (Side.USER, Side.LISTENER) else None
        before = lines[-1].found if lines else None
        turn_id = whole_number(row["turn_id"])
        if (
            "text" in row
            and speaker is None
            and isinstance(before, dict)
            and (
                opening is None
                or (before["dialogue_id"], turn_id) not in speakers  # a name that is not one of the usual
            )
        ):
            before["predicted"] += predicted
            continue
        if turn_id is None:
            message = f"{where}: expected a whole number as 'turn_id', found '{row['turn_id'][:60]}'"
            lines.append(Line(where, InputError(message)))
            continue
        if "dialogue_id" in row:
            name = row["dialogue_id"]
        else:
            block += turn_id == 0 or block < 0
            name = names[block] if block < len(names) else ""
        expected = speakers.get((name, turn_id))
        if speaker and expected and speaker is not expected:
            message = f"{where}: the text is the {speaker}'s, but turn {turn_id} of '{name}' is the {expected}'s"
            lines.append(Line(where, InputError(message)))
            continue
        unread = {f"the column {column}": None for column in row if column not in _COLUMNS}  # not as beliefs, say
        lines.append(Line(where, {"dialogue_id": name, "turn_id": turn_id, "predicted": predicted, **unread}))
    if block >= 0 and block + 1 != len(names):
        raise InputError(
            f"{source}: expected one block of rows from turn_id 0 for each of the split's {len(names)} dialogues, "
            f"found {block + 1}; give the rows a dialogue_id, or every dialogue its rows"
        )
    return [line for line in lines if not _is_silent_listener(line.found, speakers)]


def _is_silent_listener(found: Record | InputError, speakers: dict[tuple[str, int], Speaker]) -> bool:
    if isinstance(found, InputError) or found["predicted"]:
        return False
    return speakers.get((found["dialogue_id"], found["turn_id"])) is Speaker.LISTENER
