"""Plain transcripts: ``User: …`` and ``Listener: …`` lines; a line without a speaker goes on with the one before."""

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import Row
from crisis_turns.errors import InputError


def read_transcript(text: str, *, source: str, split: str) -> Dialogue:
    """One dialogue from a transcript; blank lines are ignored and ``turn_id`` counts the others from 0.

    Raises:
        InputError: if there is no line at all, the first has no speaker, or no user speaks.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(f"{source}: expected a dialogue, found an empty file")
    rows = [Row(f"{source}, line {n}", None, i, line, None) for i, (n, line) in enumerate(lines)]
    dialogues, _ = build_dialogues(rows, split=split, tags=None)
    return dialogues[0]
