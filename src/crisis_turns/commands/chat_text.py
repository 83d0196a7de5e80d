"""Tagged dialogues for reading in a terminal: turns, flags, and beliefs as bars."""

import shutil
import textwrap
from collections.abc import Iterator

import numpy as np

from crisis_turns.data.dialogue import Dialogue, Turn
from crisis_turns.decision.tagged import Tagged
from crisis_turns.tags import TagSet
from crisis_turns.words import percent_sign

_BAR = 20
_SHOWN = 0.1
"""Beliefs below it have no bar, unless they raise a flag."""
_INDENT = " " * 7


def as_text(dialogue: Dialogue, decided: Tagged, tags: TagSet) -> Iterator[str]:
    """The dialogue's lines; characters that could steer a terminal are shown as dots."""
    width = max(40, min(100, shutil.get_terminal_size().columns))
    longest = max(map(len, tags.names))
    rows = dict(zip(decided.turn_ids, range(len(decided.turn_ids)), strict=True))
    yield f"{_harmless(dialogue.id)}\n"
    for turn in dialogue.turns:
        yield from _said(turn, width)
        if turn.is_user:
            row = rows[turn.turn_id]
            beliefs = None if decided.onset is None else decided.onset[row]
            yield from _flags(decided.predicted[row], beliefs, tags, longest)
    yield "\n"


def _said(turn: Turn, width: int) -> Iterator[str]:
    first = f"{turn.turn_id:>5}  {turn.speaker + ':':<10}"
    margin = " " * len(first)
    for line in turn.text.split("\n"):
        for part in textwrap.wrap(_harmless(line), width - len(first)) or [""]:
            yield f"{first}{part}".rstrip() + "\n"
            first = margin


def _flags(fires: np.ndarray, beliefs: np.ndarray | None, tags: TagSet, longest: int) -> Iterator[str]:
    """One line for each flag and each belief that is worth a bar, the strongest first."""
    order = range(len(tags)) if beliefs is None else np.argsort(-beliefs, kind="stable")
    for tag in order:
        belief = None if beliefs is None else float(beliefs[tag])
        if not fires[tag] and (belief is None or belief < _SHOWN):
            continue
        mark = "▶" if fires[tag] else " "
        bar = "" if belief is None else f"{'█' * round(_BAR * belief):░<{_BAR}} {percent_sign(belief):>5}"
        yield f"{_INDENT}{mark} {tags.names[tag]:<{longest}}  {bar}".rstrip() + "\n"


def _harmless(text: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in text)
