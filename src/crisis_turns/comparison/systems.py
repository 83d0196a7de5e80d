"""Runs that differ in their seed only, trained on the same dialogues, are one system."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from crisis_turns.comparison.comparison_file import Settings
from crisis_turns.comparison.finished_runs import Run
from crisis_turns.comparison.system_names import ALL, SystemName, named, text
from crisis_turns.config.keys import dotted
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.metrics_file import MetricsRecord


class Decided(NamedTuple):
    """Decisions on the split, and what the scorer says of them."""

    dialogues: list[Tagged]
    metrics: MetricsRecord


@dataclass(frozen=True)
class System:
    """One configuration under several seeds, in the order of the seeds."""

    called: SystemName
    settings: Settings
    """The keys in which the compared systems differ."""
    runs: tuple[Run, ...]
    together: Decided | None = None
    """What all seeds decide as one, which is scored in their place (``seeds_together.py``)."""

    @property
    def name(self) -> str:
        return str(self.called)

    @property
    def seeds(self) -> list[int]:
        return [run.config.seed for run in self.runs]

    @property
    def decided(self) -> Sequence[Run | Decided]:
        """What is scored: each run, or all of them as one."""
        return (self.together,) if self.together else self.runs

    @property
    def metrics(self) -> list[MetricsRecord]:
        return [each.metrics for each in self.decided]

    def counts(self, level: str, kept: Sequence[int]) -> np.ndarray:
        """``(N, D, Y, 3)`` TP, FP, FN of each of the N that are scored, on each dialogue, of each kept tag."""
        return np.stack([counting.stacked(each.dialogues, level=level)[:, list(kept)] for each in self.decided])


def grouped(runs: Sequence[Run]) -> list[System]:
    """The systems, in the order of their settings.

    Raises:
        InputError: if two runs of a system have the same seed.
    """
    groups: dict[str, list[Run]] = {}
    settings: dict[str, Settings] = {}
    for run in runs:
        found = dotted(_of_system(run) | {"data": _learnt_from(run, runs)})
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
    """The one system with all these settings, each a value or ``key=value`` as in the systems' names; ``together`` is
    one of seeds together, ``all`` the one that has no settings of its own.

    Raises:
        InputError: if none or several have them, or there is nothing beside it.
    """
    words = [word.strip() for part in asked for word in text(part).split(",")]
    fitting = [system for system in systems if _fits(system.called, set(words))]
    names = "; ".join(system.name for system in (fitting or systems))
    said = f"baseline={','.join(words)}"
    if len(fitting) != 1:
        found = "no system" if not fitting else f"{len(fitting)} systems"
        raise InputError(f"{said}: expected one system to fit, found {found}; there are: {names}")
    if len(systems) < 2:
        raise InputError(f"{said}: there is one system only, so nothing to compare with it")
    return fitting[0]


def _fits(name: SystemName, words: set[str]) -> bool:
    """Seeds together are meant only where that is said."""
    own = {*name.parts.values(), *(f"{key}={value}" for key, value in name.parts.items())} or {ALL}
    together = {"together", name.seeds} if name.together else set()
    return words <= own | together and bool(words & together) == bool(together)


def _of_system(run: Run) -> Settings:
    """All keys but those of the data: the scored split is compared by its hash."""
    return {key: value for key, value in run.config.deciding.items() if key not in ("seed", "bootstrap", "data")}


def _learnt_from(run: Run, runs: Sequence[Run]) -> Settings:
    """What a run learnt from. One of an older version is taken for a seed of runs of the same settings that tell, if
    those learnt from the same, and from as many dialogues as it.
    """
    limit, train = run.config.data.train_limit, run.trained_on
    if train is None:
        alike = [
            other
            for other in runs
            if other.trained_on
            and (other.config.data.train_limit, other.folder.n_trained_on) == (limit, run.folder.n_trained_on)
            and _of_system(other) == _of_system(run)
        ]
        known = {other.trained_on for other in alike}
        if len(known) == 1 and run.config.seed not in {other.config.seed for other in alike}:
            (train,) = known
    return {"train_limit": limit, "train": train and f"sha-{train[:8]}"}  # digits alone would be read as a number


def _rank(value: object) -> tuple[int, float, str]:
    """Numbers by size, then words, then ``null``: a window of ``null`` is the whole past."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (2, 0.0, "") if value is None else (1, 0.0, text(value))
