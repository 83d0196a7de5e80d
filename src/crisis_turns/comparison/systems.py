"""Runs that differ in their seed only are one system; a system is called by the keys in which the systems differ."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from crisis_turns.comparison.runs import Run
from crisis_turns.errors import InputError
from crisis_turns.metrics import counts as counting

Settings = dict[str, Any]
"""Dotted key of the configuration to value."""


@dataclass(frozen=True)
class System:
    """One configuration under several seeds, in the order of the seeds."""

    name: str
    settings: Settings
    """The keys in which the compared systems differ."""
    runs: tuple[Run, ...]

    @property
    def seeds(self) -> list[int]:
        return [run.config.seed for run in self.runs]

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
        found = dict(_flat(_of_system(run)))
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


def chosen_baseline(systems: Sequence[System], asked: Sequence[Any]) -> System:
    """The one system with all these settings, each a value or ``key=value`` as in the systems' names.

    Raises:
        InputError: if none or several have them, or there is nothing beside it.
    """
    words = [word.strip() for part in asked for word in _text(part).split(",")]
    fitting = [system for system in systems if set(words) <= _words(system)]
    names = "; ".join(system.name for system in (fitting or systems))
    said = f"baseline={','.join(words)}"
    if len(fitting) != 1:
        found = "no system" if not fitting else f"{len(fitting)} systems"
        raise InputError(f"{said}: expected one system to fit, found {found}; there are: {names}")
    if len(systems) < 2:
        raise InputError(f"{said}: there is one system only, so nothing to compare with it")
    return fitting[0]


def _words(system: System) -> set[str]:
    parts = system.name.split(", ")
    return {*parts, *(part.partition("=")[2] for part in parts)}


def _of_system(run: Run) -> dict[str, Any]:
    values = {key: value for key, value in run.config.deciding.items() if key not in ("seed", "bootstrap")}
    return values | {"data": {"train_limit": run.config.data.train_limit}}  # the scored split is compared by its hash


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def named(settings: Sequence[Settings]) -> list[tuple[str, Settings]]:
    """A name and the differing settings of each system; equal settings have equal names, and ``all`` if all are equal.

    A name takes the first keys that tell the systems apart: the model, what stands at the top (head, loss), the rest.
    """
    keys = sorted(
        dict.fromkeys(key for values in settings for key in values), key=lambda key: (key != "model.name", "." in key)
    )
    differing = [key for key in keys if len({_text(values.get(key)) for values in settings}) > 1]
    telling: list[str] = []
    for key in differing:
        if _groups(settings, [*telling, key]) > _groups(settings, telling):
            telling.append(key)
    short = _short_keys(telling)
    return [
        (
            ", ".join(f"{short[key]}={_text(values[key])}" for key in telling if key in values) or "all",
            {key: values[key] for key in differing if key in values},
        )
        for values in settings
    ]


def _groups(settings: Sequence[Settings], keys: Sequence[str]) -> int:
    return len({tuple(_text(values.get(key)) for key in keys) for values in settings})


def _short_keys(keys: Sequence[str]) -> dict[str, str]:
    """``model.context_window`` is called ``context_window``, ``encoder.name`` ``encoder``, unless two would clash."""
    short = {key: key.removesuffix(".name").rpartition(".")[2] for key in keys}
    return {key: name if list(short.values()).count(name) == 1 else key for key, name in short.items()}


def _text(value: Any) -> str:
    """A value as it is written on the command line."""
    return value if isinstance(value, str) else json.dumps(value)


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers by size, then words, then ``null``: a window of ``null`` is the whole past."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (2, 0.0, "") if value is None else (1, 0.0, _text(value))
