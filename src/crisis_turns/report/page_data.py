"""Dialogues as the plain data that the page's script shows: turns, marks, the words behind flags, and the posteriors
worth a look.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.evidence.flag import Flag, Flags
from crisis_turns.metrics.outcomes import Outcome, first_turns, outcomes
from crisis_turns.metrics.silent_misses import BELIEVED
from crisis_turns.report.prose import outcome_words, tag_label
from crisis_turns.tags import TagSet

SHOWN = 0.25
"""A tag that is neither gold nor predicted is drawn from this posterior on."""
MOST = 6
"""Tags drawn per dialogue at most; gold and predicted ones come first."""

Mark = tuple[int, int, str, bool, int]
"""Turn, tag, outcome, whether it is gold, and by how many user turns it moved."""
Bar = tuple[int, list[int]]
"""Tag and percent per user turn."""
Evidence = tuple[int, int, list[tuple[str, int, int]]]
"""Turn and tag of a flag; of the words behind it what stands there, the turn's id, and percent without them."""


class DialogueView(TypedDict):
    id: str
    turns: list[tuple[int, bool, str]]
    """Id, whether the User speaks, and the text."""
    marks: list[Mark]
    evidence: list[Evidence]
    bars: list[Bar]
    silent: list[int]
    """Tags that were believed to have begun and never said."""


class View(TypedDict):
    tags: list[str]
    outcomes: dict[str, list[str]]
    thresholds: list[float] | None
    """In percent."""
    hidden: bool
    exclusive: bool
    dialogues: list[DialogueView]


def view(
    dialogues: Sequence[Dialogue], tagged: Sequence[Tagged], tags: TagSet, *, thresholds: Sequence[float] | None,
    hidden: bool, flags: Flags | None = None,
) -> View:  # fmt: skip
    """Everything that the script reads.

    Args:
        thresholds: ``(Y,)`` probabilities from which tags fire; ``None`` where unknown.
        hidden: leave the turns' text out, and with it the words behind flags.
        flags: of each dialogue, where they were asked for.
    """
    return {
        "tags": [tag_label(name) for name in tags.names],
        "outcomes": {str(outcome): list(words[:3]) for outcome, words in outcome_words(tags).items()},
        "thresholds": None if thresholds is None else [round(100 * t, 1) for t in thresholds],
        "hidden": hidden,
        "exclusive": tags.exclusive,
        "dialogues": [
            _dialogue(d, t, tags, () if hidden or flags is None else flags[d.id], hidden)
            for d, t in zip(dialogues, tagged, strict=True)
        ],
    }


def embedded(data: Mapping[str, object]) -> str:
    """JSON that may stand inside a ``<script>`` element: nothing in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _dialogue(dialogue: Dialogue, tagged: Tagged, tags: TagSet, flags: Sequence[Flag], hidden: bool) -> DialogueView:
    assert dialogue.id == tagged.dialogue_id
    place = [number for number, turn in enumerate(dialogue.turns) if turn.is_user]
    shift = first_turns(tagged.predicted) - first_turns(tagged.gold)
    marks: list[Mark] = []
    found = _class_outcomes(tagged) if tags.exclusive else outcomes(tagged.gold, tagged.predicted)
    for (turn, tag), outcome in found.items():
        moved = abs(int(shift[tag])) if outcome in (Outcome.EARLY, Outcome.LATE) else 0
        marks.append((place[turn], tag, str(outcome), bool(tagged.gold[turn, tag]), moved))
    return {
        "id": dialogue.id,
        "turns": [(t.turn_id, t.is_user, "" if hidden else t.text) for t in dialogue.turns],
        "marks": marks,
        "evidence": _evidence(dialogue, tags, flags),
        "bars": [] if tagged.onset is None else _bars(tagged, tagged.onset),
        "silent": _silent(tagged),
    }


def _evidence(dialogue: Dialogue, tags: TagSet, flags: Sequence[Flag]) -> list[Evidence]:
    place = {turn.turn_id: number for number, turn in enumerate(dialogue.turns)}
    return [
        (
            place[flag.turn_id],
            tags.index[flag.tag],
            [(s.words, s.turn_id, round(100 * (flag.belief - s.weight))) for s in flag.spans],
        )
        for flag in flags
    ]


def _class_outcomes(tagged: Tagged) -> dict[tuple[int, int], Outcome]:
    """Classes have no onset: each turn's class was named or another one was."""
    said = {True: Outcome.HIT, False: Outcome.MISSED}
    return {
        (turn, tag): said[bool(tagged.predicted[turn, tag])] if tagged.gold[turn, tag] else Outcome.FALSE_ALARM
        for turn, tag in np.argwhere(tagged.gold | tagged.predicted).tolist()
    }


def _bars(tagged: Tagged, onset: np.ndarray) -> list[Bar]:
    """Of the tags that matter in this dialogue."""
    concerned = np.asarray((tagged.gold | tagged.predicted).any(0))
    peaks = onset.max(0)
    order = sorted(np.flatnonzero(concerned | (peaks >= SHOWN)).tolist(), key=lambda i: (not concerned[i], -peaks[i]))
    return [(tag, (100 * onset[:, tag]).round().astype(int).tolist()) for tag in sorted(order[:MOST])]


def _silent(tagged: Tagged) -> list[int]:
    if tagged.begun is None:
        return []
    believed = tagged.begun.max(0) >= BELIEVED
    return np.flatnonzero(tagged.gold.any(0) & ~tagged.predicted.any(0) & believed).tolist()
