"""How a thing is timed.

By rounds: in each round every task runs once, so that whatever drifts hits all of them. Latency: how long one turn of a
conversation takes, early and late in it.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np
import torch

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.deploy.runtime import Monitor, Tagger

POSITIONS = (1, 10, 50, 200)
"""Turns of a conversation at which latency is measured, counted from 1."""
PERCENTILES = (50, 95, 99)
Latency = dict[str, dict[str, float]]
"""Milliseconds by position and percentile (``p50`` …)."""
CPU = torch.device("cpu")

Key = TypeVar("Key", bound=Hashable)


class Ratio(NamedTuple):
    """How many times as fast: over the rounds, each round by itself."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Timing:
    """Seconds of each round, in order."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)

    def times_as_fast_as(self, other: "Timing") -> Ratio:
        """How many times the other's speed."""
        ratios = [theirs / own for own, theirs in zip(self.seconds, other.seconds, strict=True)]
        return Ratio(median(ratios), min(ratios), max(ratios))


def in_rounds(tasks: Mapping[Key, Callable[[], object]], *, rounds: int, device: torch.device) -> dict[Key, Timing]:
    """Time the tasks after one run of each that does not count; every other round goes through them backwards."""
    for task in tasks.values():
        task()
    seconds: dict[Key, list[float]] = {key: [] for key in tasks}
    for number in range(rounds):
        for key in list(tasks)[:: -1 if number % 2 else 1]:
            seconds[key].append(_seconds(tasks[key], device))
    return {key: Timing(tuple(values)) for key, values in seconds.items()}


def latencies(taggers: Mapping[str, Tagger], dialogues: Sequence[Dialogue], *, rounds: int) -> dict[str, Latency]:
    """Latency of each tagger over all rounds.

    The conversation is the dialogues end to end. At each position it is taken up again for every user turn of the
    dialogues, so all positions answer the same texts.
    """
    passes: dict[str, list[np.ndarray]] = {name: [] for name in taggers}
    asked = [turn.text for dialogue in dialogues for turn in dialogue.user_turns]
    states = {name: _states(tagger, dialogues) for name, tagger in taggers.items()}

    def answer(name: str) -> None:
        passes[name].append(np.array([_answered(taggers[name], state, asked) for state in states[name]]))

    in_rounds({name: partial(answer, name) for name in taggers}, rounds=rounds, device=CPU)
    return {name: _percentiles(np.concatenate(found[1:], axis=1)) for name, found in passes.items()}


def _seconds(task: Callable[[], object], device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    task()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


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


def _percentiles(taken: np.ndarray) -> Latency:
    """From ``(positions, n)`` milliseconds."""
    figures = np.percentile(taken, PERCENTILES, axis=1).T.tolist()
    return {
        str(position): {f"p{p}": value for p, value in zip(PERCENTILES, row, strict=True)}
        for position, row in zip(POSITIONS, figures, strict=True)
    }
