"""How long one turn of a conversation takes, early and late in it."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle, islice

import numpy as np
import torch

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.deploy.runtime import Monitor, Tagger
from crisis_turns.speed.timing import in_rounds

POSITIONS = (1, 10, 50, 200)
"""Turns of the conversation, counted from 1."""
PERCENTILES = (50, 95, 99)


def latencies(
    taggers: Mapping[str, Tagger], dialogues: Sequence[Dialogue], *, rounds: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds by tagger, position and percentile (``p50`` …) over all rounds.

    The conversation is the dialogues end to end. At each position it is taken up again for every user turn of the
    dialogues, so all positions answer the same texts.
    """
    passes: dict[str, list[np.ndarray]] = {name: [] for name in taggers}
    asked = [turn.text for dialogue in dialogues for turn in dialogue.user_turns]
    states = {name: _states(tagger, dialogues) for name, tagger in taggers.items()}

    def answer(name: str) -> None:
        passes[name].append(np.array([_answered(taggers[name], state, asked) for state in states[name]]))

    in_rounds({name: partial(answer, name) for name in taggers}, rounds=rounds, device=torch.device("cpu"))
    return {name: _percentiles(np.concatenate(found[1:], axis=1)) for name, found in passes.items()}


def _states(tagger: Tagger, dialogues: Sequence[Dialogue]) -> list[bytes]:
    """Saved just before each position."""
    monitor, states = tagger.monitor(), []
    turns = cycle(turn for dialogue in dialogues for turn in dialogue.turns)
    for position in POSITIONS:
        for turn in islice(turns, position - 1 - monitor.turns):
            monitor.add(turn.speaker, turn.text)
        states.append(monitor.state())
    return states


def _answered(tagger: Tagger, state: bytes, asked: Sequence[str]) -> list[float]:
    """Milliseconds of each text as the conversation's next turn."""
    taken = []
    for text in asked:
        monitor = Monitor.restore(tagger, state)
        start = time.perf_counter()
        monitor.add("User", text)
        taken.append(1000 * (time.perf_counter() - start))
    return taken


def _percentiles(taken: np.ndarray) -> dict[str, dict[str, float]]:
    """From ``(positions, n)`` milliseconds."""
    figures = np.percentile(taken, PERCENTILES, axis=1).T.tolist()
    return {
        str(position): {f"p{p}": value for p, value in zip(PERCENTILES, row, strict=True)}
        for position, row in zip(POSITIONS, figures, strict=True)
    }
