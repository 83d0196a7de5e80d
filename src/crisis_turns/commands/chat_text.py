"""Tagged dialogues for reading in a terminal: turns, flags, beliefs as bars, and the words behind a flag."""

import shutil
import textwrap
from collections.abc import Iterator

import numpy as np

from crisis_turns.data.dialogue import Turn
from crisis_turns.evidence.flag import Flag
from crisis_turns.predictions.answers import Answered
from crisis_turns.tags import TagSet
from crisis_turns.words import percent_sign

_BAR = 20
_SHOWN = 0.1
"""Beliefs below it have no bar, unless they raise a flag."""
_INDENT = " " * 7


def as_text(answered: Answered, tags: TagSet) -> Iterator[str]:
    """The dialogue's lines; characters that could steer a terminal are shown as dots."""
    dialogue, decided = answered.dialogue, answered.tagged
    width = max(40, min(100, shutil.get_terminal_size().columns))
    raised = {(flag.turn_id, flag.tag): flag for flag in answered.flags or ()}
    rows = dict(zip(decided.turn_ids, range(len(decided.turn_ids)), strict=True))
    yield f"{_harmless(dialogue.id)}\n"
    for turn in dialogue.turns:
        yield from _said(turn, width)
        if turn.is_user:
            row = rows[turn.turn_id]
            beliefs = None if decided.onset is None else decided.onset[row]
            for tag, line in _flags(decided.predicted[row], beliefs, tags):
                yield line
                if flag := raised.get((turn.turn_id, tag)):
                    yield from _evidence(flag, width)
    yield "\n"


def _said(turn: Turn, width: int) -> Iterator[str]:
    first = f"{turn.turn_id:>5}  {turn.speaker + ':':<10}"
    margin = " " * len(first)
    for line in turn.text.split("\n"):
        for part in textwrap.wrap(_harmless(line), width - len(first)) or [""]:
            yield f"{first}{part}".rstrip() + "\n"
            first = margin


def _flags(fires: np.ndarray, beliefs: np.ndarray | None, tags: TagSet) -> Iterator[tuple[str, str]]:
    """Tag and line of each flag and of each belief that is worth a bar, the strongest first."""
    longest = max(map(len, tags.names))
    order = range(len(tags)) if beliefs is None else np.argsort(-beliefs, kind="stable")
    for tag in order:
        belief = None if beliefs is None else float(beliefs[tag])
        if not fires[tag] and (belief is None or belief < _SHOWN):
            continue
        mark, name = "▶" if fires[tag] else " ", tags.names[tag]
        bar = "" if belief is None else f"{'█' * round(_BAR * belief):░<{_BAR}} {percent_sign(belief):>5}"
        yield name, f"{_INDENT}{mark} {name:<{longest}}  {bar}".rstrip() + "\n"


def _evidence(flag: Flag, width: int) -> Iterator[str]:
    """The words behind a flag, each with what the belief is without them."""
    for span in flag.spans:
        place = "" if span.turn_id == flag.turn_id else f" (turn {span.turn_id})"
        first = f"{_INDENT}    without {percent_sign(flag.belief - span.weight):>5}: "
        for part in textwrap.wrap(f"“{_harmless(span.words)}”{place}", width - len(first)):
            yield f"{first}{part}\n"
            first = " " * len(first)


def _harmless(text: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in text)
