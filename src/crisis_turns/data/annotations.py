"""``annotations-<split>.csv`` of an embedded corpus: what is hard about a dialogue. For analysis, not for training."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from crisis_turns.files import read_text


def pairs(annotations: Path) -> dict[str, tuple[str, str]]:
    """Of the probes: ``dialogue_id`` to (phenomenon, pair), the pair empty where there is none."""
    return {row["dialogue_id"]: (row["phenomenon"], row["pair"]) for row in _rows(annotations)}


def phenomena(annotations: Path) -> dict[str, frozenset[str]]:
    """``dialogue_id`` to the phenomena of the dialogue, of all its events."""
    found: dict[str, frozenset[str]] = {}
    for row in _rows(annotations):
        cell = row.get("phenomenon") or row.get("phenomena") or ""
        named = frozenset(name.strip() for name in cell.split(",")) - {""}
        found[row["dialogue_id"]] = found.get(row["dialogue_id"], frozenset()) | named
    return found


def _rows(annotations: Path) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(read_text(annotations), newline=""))
