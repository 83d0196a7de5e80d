"""What systems are called: by the keys of the configuration in which they differ."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from crisis_turns.comparison.comparison_file import Settings

ALL = "all"
"""The name where nothing tells systems apart."""


@dataclass(frozen=True)
class SystemName:
    """The first keys that tell a system apart: the model, what stands at the top (head, loss), the rest."""

    parts: dict[str, str]
    """Short key to value, both as on the command line: ``{"head": "onset", "context_window": "4"}``."""
    together: int = 0
    """So many seeds that speak as one; 0 of a system whose seeds speak for themselves."""

    def __str__(self) -> str:
        parts = [f"{key}={value}" for key, value in self.parts.items()]
        return ", ".join([*parts, self.seeds] if self.together else parts) or ALL

    @property
    def seeds(self) -> str:
        """Of seeds together, the part that tells them from the system that they are of."""
        return f"{self.together} seeds together"


def named(settings: Sequence[Settings]) -> list[tuple[SystemName, Settings]]:
    """The name and the differing settings of each system; equal settings have equal names."""
    keys = sorted(
        dict.fromkeys(key for values in settings for key in values), key=lambda key: (key != "model.name", "." in key)
    )
    differing = [key for key in keys if len({text(values.get(key)) for values in settings}) > 1]
    telling: list[str] = []
    for key in differing:
        if _groups(settings, [*telling, key]) > _groups(settings, telling):
            telling.append(key)
    short = _short_keys(telling)
    return [
        (
            SystemName({short[key]: text(values[key]) for key in telling if key in values}),
            {key: values[key] for key in differing if key in values},
        )
        for values in settings
    ]


def text(value: object) -> str:
    """A value as it is written on the command line."""
    return value if isinstance(value, str) else json.dumps(value)


def _groups(settings: Sequence[Settings], keys: Sequence[str]) -> int:
    return len({tuple(text(values.get(key)) for key in keys) for values in settings})


def _short_keys(keys: Sequence[str]) -> dict[str, str]:
    """``model.context_window`` is called ``context_window``, ``encoder.name`` ``encoder``, unless two would clash."""
    short = {key: key.removesuffix(".name").rpartition(".")[2] for key in keys}
    return {key: name if list(short.values()).count(name) == 1 else key for key, name in short.items()}
