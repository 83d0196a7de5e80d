"""Systems that differ in one number of the configuration only: what more of it brings."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from crisis_turns.comparison.comparison_file import SystemResult
from crisis_turns.comparison.system_names import named

WINDOW = "model.context_window"
TRAIN_LIMIT = "data.train_limit"


@dataclass(frozen=True)
class Curve:
    """Two systems or more, by the size of their number."""

    name: str
    """What tells it from the other curves."""
    sizes: list[float]
    """Ascending; infinite without a limit (``null``)."""
    systems: list[SystemResult]


def curves(systems: Sequence[SystemResult], key: str) -> list[Curve]:
    """The curves over this key of the configuration; none where no two systems differ in it alone.

    Seeds together are on none: a curve shows what a run costs and how far its seeds vary.
    """
    having = [system for system in systems if key in system["settings"] and not system["together"]]
    rest = [{other: value for other, value in system["settings"].items() if other != key} for system in having]
    alike: dict[str, list[SystemResult]] = {}
    names: dict[str, str] = {}
    for system, settings, (name, _) in zip(having, rest, named(rest), strict=True):
        group = json.dumps(settings, sort_keys=True)
        names[group] = str(name)
        alike.setdefault(group, []).append(system)
    found = []
    for group, members in alike.items():
        ordered = sorted(members, key=lambda system: _size(system, key))
        found.append(Curve(names[group], [_size(system, key) for system in ordered], ordered))
    return [curve for curve in found if len(curve.systems) > 1]


def _size(system: SystemResult, key: str) -> float:
    value = system["settings"][key]
    assert value is None or isinstance(value, int | float)
    return math.inf if value is None else float(value)
