"""Conversations to tag, without labels: from a file or from standard input, in any format that says who speaks."""

import sys
from pathlib import Path

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import SUFFIXES, read_rows, rows_from_csv, rows_from_json_lines
from crisis_turns.data.transcript import transcript_rows
from crisis_turns.errors import InputError
from crisis_turns.files import decode_utf8, read_text


def read_input(name: str) -> list[Dialogue]:
    """The conversations of a file, or of standard input under the name ``-``.

    Raises:
        InputError: for an empty input, or one that is neither a release format nor a transcript.
    """
    if name != "-":
        return read_conversations(Path(name))
    source = "standard input"
    return _conversations(decode_utf8(sys.stdin.buffer.read(), source), source, split="input")


def read_conversations(path: Path) -> list[Dialogue]:
    """The conversations of a file: a table by its suffix, anything else by its first line.

    Raises:
        InputError: for an empty file, or one that is neither a release format nor a transcript.
    """
    if path.suffix.lower() not in (*SUFFIXES, ".ndjson"):
        return _conversations(read_text(path), str(path), split=path.stem)
    rows = read_rows(path, labelled=False)
    if not rows:
        raise InputError(f"{path}: expected dialogues, found no row")
    return build_dialogues(rows, split=path.stem, tags=None)[0]


def _conversations(text: str, source: str, *, split: str) -> list[Dialogue]:
    first = text.lstrip()[:1000].split("\n", 1)[0]
    if first.startswith("{"):
        rows = rows_from_json_lines(text, source, labelled=False)
    elif "turn_id" in first and "text" in first and "," in first:
        rows = rows_from_csv(text, source, labelled=False)
    else:
        rows = transcript_rows(text, source)
    return build_dialogues(rows, split=split, tags=None)[0]
