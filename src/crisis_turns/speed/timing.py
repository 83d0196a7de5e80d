"""Timing by rounds: in each round every task runs once, so that whatever drifts hits all of them."""

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

import torch

from crisis_turns.speed.settings import Precision

Key = TypeVar("Key", bound=Hashable)
Task = tuple[str, Precision]
"""A system's name, and the precision of its encoder."""


@dataclass(frozen=True)
class Timing:
    """Seconds of each round, in order."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)

    def times_as_fast_as(self, other: "Timing") -> tuple[float, float, float]:
        """How many times the other's speed: median, lowest and highest over the rounds, each round by itself."""
        ratios = [theirs / own for own, theirs in zip(self.seconds, other.seconds, strict=True)]
        return median(ratios), min(ratios), max(ratios)


def in_rounds(tasks: Mapping[Key, Callable[[], object]], *, rounds: int, device: torch.device) -> dict[Key, Timing]:
    """Time the tasks after one run of each that does not count; every other round goes through them backwards."""
    for task in tasks.values():
        task()
    seconds: dict[Key, list[float]] = {key: [] for key in tasks}
    for number in range(rounds):
        for key in list(tasks)[:: -1 if number % 2 else 1]:
            seconds[key].append(_seconds(tasks[key], device))
    return {key: Timing(tuple(values)) for key, values in seconds.items()}


def _seconds(task: Callable[[], object], device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    task()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
