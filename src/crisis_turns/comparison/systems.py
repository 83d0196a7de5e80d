"""Runs that differ in their seed only are one system."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crisis_turns.comparison.comparison_file import Settings
from crisis_turns.comparison.finished_runs import Run
from crisis_turns.comparison.system_names import SystemName, named, text
from crisis_turns.config.keys import dotted
from crisis_turns.errors import InputError
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.metrics_file import MetricsRecord


@dataclass(frozen=True)
class System:
    """One configuration under several seeds, in the order of the seeds."""

    called: SystemName
    settings: Settings
    """The keys in which the compared systems differ."""
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        return str(self.called)

    @property
    def seeds(self) -> list[int]:
        return [run.config.seed for run in self.runs]

    @property
    def metrics(self) -> list[MetricsRecord]:
        return [run.metrics for run in self.runs]

    def counts(self, level: str, kept: Sequence[int]) -> np.ndarray:
        """``(N, D, Y, 3)`` TP, FP, FN of each seed's run, on each dialogue, of each kept tag."""
        return np.stack([counting.stacked(run.dialogues, level=level)[:, list(kept)] for run in self.runs])


def grouped(runs: Sequence[Run]) -> list[System]:
    """The systems, in the order of their settings.

    Raises:
        InputError: if two runs of a system have the same seed.
    """
    groups: dict[str, list[Run]] = {}
    settings: dict[str, Settings] = {}
    for run in runs:
        found = dotted(_of_system(run))
        key = json.dumps(found, sort_keys=True)
        settings[key] = found
        groups.setdefault(key, []).append(run)
    names = named(list(settings.values()))
    systems = []
    for members, (name, differing) in zip(groups.values(), names, strict=True):
        ordered = sorted(members, key=lambda run: run.config.seed)
        for one, other in pairwise(ordered):
            if one.config.seed == other.config.seed:
                raise InputError(f"{one.name} and {other.name} are runs of one system with the same seed")
        systems.append(System(name, differing, tuple(ordered)))
    return sorted(systems, key=lambda system: [_rank(value) for value in system.settings.values()])


def chosen_baseline(systems: Sequence[System], asked: Sequence[object]) -> System:
    """The one system with all these settings, each a value or ``key=value`` as in the systems' names.

    Raises:
        InputError: if none or several have them, or there is nothing beside it.
    """
    words = [word.strip() for part in asked for word in text(part).split(",")]
    fitting = [system for system in systems if set(words) <= _words(system.called)]
    names = "; ".join(system.name for system in (fitting or systems))
    said = f"baseline={','.join(words)}"
    if len(fitting) != 1:
        found = "no system" if not fitting else f"{len(fitting)} systems"
        raise InputError(f"{said}: expected one system to fit, found {found}; there are: {names}")
    if len(systems) < 2:
        raise InputError(f"{said}: there is one system only, so nothing to compare with it")
    return fitting[0]


def _words(name: SystemName) -> set[str]:
    return {*name.parts.values(), *(f"{key}={value}" for key, value in name.parts.items())}


def _of_system(run: Run) -> Settings:
    values = {key: value for key, value in run.config.deciding.items() if key not in ("seed", "bootstrap")}
    return values | {"data": {"train_limit": run.config.data.train_limit}}  # the scored split is compared by its hash


def _rank(value: object) -> tuple[int, float, str]:
    """Numbers by size, then words, then ``null``: a window of ``null`` is the whole past."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (2, 0.0, "") if value is None else (1, 0.0, text(value))
