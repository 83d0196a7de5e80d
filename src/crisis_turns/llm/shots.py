"""Examples from train: turns, or whole dialogues, with the gold answer."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from crisis_turns.data.dialogue import Dialogue, Turn
from crisis_turns.errors import InputError


class Shot(NamedTuple):
    """A conversation up to the turn in question, and the turns that are answered."""

    turns: tuple[Turn, ...]
    asked: tuple[Turn, ...]


def chosen_shots(train: Sequence[Dialogue], n: int, *, mode: str, seed: int) -> list[Shot]:
    """So many examples of different dialogues, drawn by the seed; every second one has a tag.

    In ``turn`` mode one without a tag is taken after the first label where there is such a turn: later mentions that
    carry no tag are what is hard.

    Raises:
        InputError: if train has too few dialogues.
    """
    drawn = list(train)
    random.Random(seed).shuffle(drawn)  # noqa: S311 - no secret
    shots: list[Shot] = []
    for dialogue in drawn:
        if len(shots) == n:
            break
        wanted = len(shots) % 2 == 0
        if mode == "dialogue":
            if any(turn.tags for turn in dialogue.user_turns) == wanted and dialogue.user_turns:
                shots.append(Shot(dialogue.turns, dialogue.user_turns))
        elif (turn := _example(dialogue, tagged=wanted)) is not None:
            shots.append(Shot(dialogue.turns[: dialogue.turns.index(turn) + 1], (turn,)))
    if len(shots) < n:
        raise InputError(f"llm.shots={n}: train has {len(shots)} fitting dialogues only")
    return shots


def _example(dialogue: Dialogue, *, tagged: bool) -> Turn | None:
    turns = dialogue.user_turns
    with_tag = [place for place, turn in enumerate(turns) if turn.tags]
    if tagged:
        return turns[with_tag[0]] if with_tag else None
    without = [place for place, turn in enumerate(turns) if not turn.tags]
    later = [place for place in without if with_tag and place > with_tag[0]]
    fitting = later or without
    return turns[fitting[0]] if fitting else None
