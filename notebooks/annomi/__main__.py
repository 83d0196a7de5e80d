"""The files of ``data=annomi`` from ``AnnoMI-simple.csv``, as AnnoMI's authors ship it (GitHub: uccollab/AnnoMI).

``python -m notebooks.annomi SOURCE.csv FOLDER`` writes ``train.csv``, ``validation.csv``, ``test.csv``. Clients' turns
are ``User: …`` with their label, therapists' ``Listener: …`` without; text is in NFC, with single blanks.

``splits.csv`` says which transcript is in which split. It is this project's own: by dialogue, 70/10/20, equal shares of
high and low quality, related recordings in one split; no paper publishes one. ``--splits FILE`` takes another.
"""

import argparse
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from crisis_turns.data.csv_and_json import Record, csv_lines, csv_text, sound, whole_number
from crisis_turns.errors import InputError
from crisis_turns.files import read_text, sha256, write_text

SPLITS = ("train", "validation", "test")
TABLE = Path(__file__).with_name("splits.csv")
SOURCE_SHA256 = "b178db3b0b9858a0fa4ed670dabeccd63e975ba67e141d7ae16f2e8214f78e61"
"""Of the source at commit 42936645ec3857a9c84ab296a36a3c34b779ef49, from which all that was measured comes."""
COLUMNS = ("dialogue_id", "turn_id", "text", "labels")
SPEAKERS = {"client": "User", "therapist": "Listener"}
LABELS = ("change", "neutral", "sustain")

Turn = tuple[str, int, str, str]


def tables(source: Path, splits: Path = TABLE) -> dict[str, str]:
    """The text of each split's file: rows in the order of transcripts and turns.

    Raises:
        InputError: naming file and line, for a cell that is none of the expected, a turn that stands twice, or a
            transcript that only one of the two files has.
    """
    split_of = _splits(splits)
    found: dict[str, dict[int, Turn]] = defaultdict(dict)
    for where, record in sound(csv_lines(read_text(source), str(source))):
        turn = _turn(record, where)
        name, number = turn[:2]
        if name not in split_of:
            raise InputError(f"{where}: {splits} has no split for {name}")
        if number in found[name]:
            raise InputError(f"{where}: turn {number} of {name} stands twice")
        found[name][number] = turn
    if missing := sorted(split_of.keys() - found.keys()):
        raise InputError(f"{source}: expected the {len(split_of)} transcripts of {splits}, found no {missing[0]}")
    rows: dict[str, list[Sequence[object]]] = {split: [COLUMNS] for split in SPLITS}
    for name, turns in sorted(found.items()):
        rows[split_of[name]] += [turn for _, turn in sorted(turns.items())]
    return {split: csv_text(lines) for split, lines in rows.items()}


def convert(source: Path, folder: Path, splits: Path = TABLE) -> None:
    """Write the three files into the folder; nothing is written if the source cannot be read."""
    for split, text in tables(source, splits).items():
        write_text(folder / f"{split}.csv", text)


def _splits(path: Path) -> dict[str, str]:
    found = {}
    for where, record in sound(csv_lines(read_text(path), str(path))):
        found[_cell(record, "dialogue_id", where)] = _one_of(SPLITS, record, "split", where)
    return found


def _turn(record: Record, where: str) -> Turn:
    transcript, number = (_number(record, column, where) for column in ("transcript_id", "utterance_id"))
    speaker = SPEAKERS[_one_of(tuple(SPEAKERS), record, "interlocutor", where)]
    text = " ".join(unicodedata.normalize("NFC", _cell(record, "utterance_text", where)).split())
    label = _one_of(LABELS, record, "client_talk_type", where) if speaker == "User" else ""
    return f"annomi-{transcript:03d}", number, f"{speaker}: {text}", label


def _cell(record: Record, column: str, where: str) -> str:
    if column not in record:
        raise InputError(f"{where}: expected a column '{column}', found the columns {', '.join(record)[:200]}")
    return str(record[column])


def _number(record: Record, column: str, where: str) -> int:
    cell = _cell(record, column, where)
    number = whole_number(cell)
    if number is None or number < 0:
        raise InputError(f"{where}: expected a whole number from 0 as {column}, found {cell[:40]!r}")
    return number


def _one_of(expected: Sequence[str], record: Record, column: str, where: str) -> str:
    cell = _cell(record, column, where)
    if cell not in expected:
        raise InputError(f"{where}: expected {', '.join(expected)} as {column}, found {cell[:40]!r}")
    return cell


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m notebooks.annomi", description=(__doc__ or "").partition("\n\n")[0]
    )
    parser.add_argument("source", type=Path, metavar="SOURCE.csv", help="AnnoMI-simple.csv")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where train.csv, validation.csv and test.csv go")
    parser.add_argument("--splits", type=Path, default=TABLE, help="a table of dialogue_id and split")
    given = parser.parse_args()
    try:
        convert(given.source, given.folder, given.splits)
        if sha256(given.source) != SOURCE_SHA256:
            print(f"{given.source}: not the version that was measured here, so figures may differ", file=sys.stderr)
    except InputError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{given.folder}: cannot be written ({error.strerror})")


if __name__ == "__main__":
    main()
