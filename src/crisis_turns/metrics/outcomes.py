"""What became of each gold and each predicted tag of a dialogue: hit, early, late, missed or false alarm.

The one definition behind the timing figures and behind the marks that the report puts on turns.
"""

from enum import StrEnum

import numpy as np


class Outcome(StrEnum):
    """``early`` and ``late`` stand on both ends: on the gold turn and on the turn where the tag was predicted."""

    HIT = "hit"
    EARLY = "early"
    LATE = "late"
    MISSED = "missed"
    FALSE_ALARM = "false_alarm"


NEVER = -1


def first_turns(flags: np.ndarray) -> np.ndarray:
    """``(Y,)`` index of the first user turn with each tag, ``NEVER`` without one. Takes ``(S, Y)`` bool."""
    return np.where(flags.any(0), flags.argmax(0), NEVER)


def first_turn(flags: np.ndarray) -> int:
    """Index of the first user turn with any tag, ``NEVER`` without one. Takes ``(S, Y)`` bool."""
    turns = np.flatnonzero(flags.any(1))
    return int(turns[0]) if len(turns) else NEVER


def outcomes(gold: np.ndarray, predicted: np.ndarray) -> dict[tuple[int, int], Outcome]:
    """Outcome of every gold or predicted (user turn, tag) of one dialogue.

    A tag's timing compares its first prediction with its first gold turn; further gold turns that are not hit count as
    missed, further predictions that hit nothing as false alarms.

    Args:
        gold: ``(S, Y)`` bool.
        predicted: ``(S, Y)`` bool.
    """
    first_gold, first_predicted = first_turns(gold), first_turns(predicted)
    found: dict[tuple[int, int], Outcome] = {}
    for turn, tag in np.argwhere(gold | predicted).tolist():
        due, came = int(first_gold[tag]), int(first_predicted[tag])
        if gold[turn, tag] and predicted[turn, tag]:
            found[turn, tag] = Outcome.HIT
        elif NEVER not in (due, came) and due != came and turn == (due if gold[turn, tag] else came):
            found[turn, tag] = Outcome.EARLY if came < due else Outcome.LATE
        else:
            found[turn, tag] = Outcome.MISSED if gold[turn, tag] else Outcome.FALSE_ALARM
    return found
