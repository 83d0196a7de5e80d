"""One command: its name, its typed configuration, and the choices in ``conf/`` and in a user's own folder."""

from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel

from crisis_turns.errors import InputError
from crisis_turns.files import read_text

_PACKAGED = Path(__file__).parents[1] / "conf"
CONF = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[3] / "conf"
"""The configurations: inside an installed package, or at the top of a checkout."""


class Group(NamedTuple):
    """A folder of ``conf/`` of which one file is chosen: ``data=embedded``."""

    name: str
    default: str | None
    choices: tuple[str, ...]

    @property
    def is_sweep(self) -> bool:
        """Whether a choice stands for several runs."""
        return self.name == "experiment"


class Command(NamedTuple):
    """What ``crisis-turns NAME`` takes."""

    name: str
    schema: type[BaseModel]
    groups: dict[str, Group]


def command(name: str, schema: type[BaseModel], own: Path | None = None) -> Command:
    """The command with its groups.

    Args:
        own: the user's folder of choices (``--config-dir``).

    Raises:
        InputError: if there is no such folder, or it has a choice that the package has too: Hydra would take that one.
    """
    if own is not None and not own.is_dir():
        raise InputError(f"--config-dir {own}: no such folder")
    groups = {}
    for entry in yaml.safe_load(read_text(CONF / f"{name}.yaml"))["defaults"]:
        if isinstance(entry, dict):
            group, default = next(iter(entry.items()))
            if not group.startswith("override "):
                groups[group] = Group(group, default, _choices(group, own))
    return Command(name, schema, groups)


def _choices(group: str, own: Path | None) -> tuple[str, ...]:
    packaged, added = _files(CONF / group), set()
    if own is not None and own.resolve() != CONF.resolve():
        added = _files(own / group)
        if taken := sorted(packaged & added):
            raise InputError(f"{own / group / taken[0]}.yaml: {group}={taken[0]} is a choice already; rename the file")
    return tuple(sorted(packaged | added))


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml")}
