"""What was typed, made ready for Hydra: keys and choices checked, paths quoted, encoders of the hub spelled out."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.types import Override, ValueType

from crisis_turns.commands.command import Command, Group
from crisis_turns.commands.error_hints import nearest, no_choice
from crisis_turns.commands.override_grammar import expand_encoder, parsed, path_value
from crisis_turns.config import ChatConfig
from crisis_turns.config.keys import Key, keys_of
from crisis_turns.errors import InputError


class Typed(NamedTuple):
    """The command line, sorted."""

    overrides: tuple[str, ...]
    """Each ``key=value``, or ``~key``."""
    flags: tuple[str, ...]
    """Hydra's own options and their values."""
    wants_help: bool
    is_sweep: bool
    """Whether commas separate the values of several runs (``-m``)."""
    only_shows: bool
    """Whether something is printed instead of run."""
    own: Path | None
    """The user's folder of choices (``--config-dir``)."""


def read(arguments: Sequence[str]) -> Typed:
    """Sort what was typed, in whatever order.

    Raises:
        InputError: for an option that does not exist.
    """
    found, unknown = get_args_parser().parse_known_intermixed_args(arguments)
    if unknown:
        raise InputError(f"no option {unknown[0]}: keys are given as key=value, and --help lists them")
    overrides = tuple(found.overrides)
    return Typed(
        overrides=overrides,
        flags=tuple(part for part in arguments if part not in overrides),
        wants_help=found.help,
        is_sweep=found.multirun or "hydra.mode=MULTIRUN" in overrides,
        only_shows=bool(found.help or found.cfg or found.info or found.hydra_help or found.shell_completion),
        own=Path(found.config_dir) if found.config_dir else None,
    )


def for_hydra(typed: Typed, command: Command) -> list[str]:
    """The arguments as Hydra reads them.

    Raises:
        InputError: naming the first argument that is none, or whose key or choice the command does not have.
    """
    keys = keys_of(command.schema)
    ready: list[str] = []
    overrides = [_of_corpus(override, command) for override in typed.overrides]
    chosen = {override.lstrip("+~").partition("=")[0].partition("@")[0] for override in overrides}
    has_run = bool({"run", "small"} & keys.keys())
    of_run = {name for name, group in command.groups.items() if name == "data" and has_run and not group.default}
    for argument in overrides:
        written, equals, value = argument.partition("=")
        name = written.lstrip("+~").partition("@")[0]
        if not equals and not written.startswith("~"):
            raise InputError(f"'{argument}': expected key=value")
        if name.partition(".")[0] != "hydra" and not name.startswith("hydra/"):
            _check_key(name, keys, command)
        if name not in keys and _is_open(name, keys) and not written.startswith(("+", "~")):
            written = f"++{written}"  # a name of the user's own, which the mapping may have or not
            argument = f"{written}={value}"
        if name.partition(".")[0] in of_run - chosen and "." in written and not written.startswith(("+", "~")):
            written = f"+{written}"  # nothing is chosen, so that the run's own corpus is meant
            argument = f"{written}={value}"
        if name == "encoder":
            ready += expand_encoder(argument, command.groups["encoder"].choices, sweep=typed.is_sweep)
        elif name in keys and keys[name].is_path and equals:
            ready.append(f"{written}={path_value(value, sweep=typed.is_sweep)}")
        else:
            ready.append(argument)
    searched = any(argument.partition("=")[0] == "hydra.searchpath" for argument in ready)
    for override in map(parsed, ready):
        group = command.groups.get(override.key_or_group)
        if group and not searched and not override.is_delete():
            _check_choice(override, group)
            if group.is_sweep and not (typed.is_sweep or typed.only_shows):
                raise InputError(f"{override.input_line} is a sweep of several runs: add -m")
    return ready


def _of_corpus(override: str, command: Command) -> str:
    """``speakers.user=…`` and the like as ``data.speakers.user=…``, where the conversations are those of a corpus."""
    name = override.lstrip("+~")
    section = re.split(r"[.=]", name, maxsplit=1)[0]
    if section in ChatConfig.model_fields and section not in command.schema.model_fields and "data" in command.groups:
        return f"{override.removesuffix(name)}data.{name}"
    return override


def _check_key(name: str, keys: dict[str, Key], command: Command) -> None:
    known = name in command.groups or name in keys or any(key.startswith(f"{name}.") for key in keys)
    if not known and not _is_open(name, keys):
        raise InputError(f"{command.name} has no key '{name}': {nearest(name, command)}")


def _is_open(name: str, keys: dict[str, Key]) -> bool:
    """Whether it stands in a mapping whose names are the user's own."""
    above = [name[:place] for place, character in enumerate(name) if character == "."]
    return any(key in keys and keys[key].is_open for key in above)


def _check_choice(override: Override, group: Group) -> None:
    if override.value_type in (ValueType.CHOICE_SWEEP, ValueType.SIMPLE_CHOICE_SWEEP):
        values = [value.strip("'\"") for value in override.sweep_string_iterator()]
        if group.is_sweep:
            raise InputError(f"{override.input_line}: give one {group.name} at a time; each is a sweep of its own")
    elif override.is_sweep_override():
        return
    else:
        value = override.value()
        values = [str(item) for item in (value if isinstance(value, list) else ["null" if value is None else value])]
    allowed = [*group.choices, *(["null"] if group.default is None else [])]
    for value in values:
        if value not in allowed:
            raise InputError(no_choice(group.name, value, allowed))
