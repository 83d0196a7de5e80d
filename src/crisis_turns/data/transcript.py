"""Plain transcripts, ``User: …`` and ``Listener: …`` lines, as rows."""

from crisis_turns.data.table import Row
from crisis_turns.errors import InputError


def transcript_rows(text: str, source: str) -> list[Row]:
    """One dialogue of ``User: …`` and ``Listener: …`` lines; a line without a speaker goes on with the one before.

    Blank lines are ignored and ``turn_id`` counts the others from 0.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(f"{source}: expected a dialogue, found an empty file")
    return [Row(f"{source}, line {n}", None, i, line, None) for i, (n, line) in enumerate(lines)]
