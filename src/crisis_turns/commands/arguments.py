"""What was typed, made ready for Hydra: keys and choices checked, paths quoted, encoders of the hub spelled out."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString, ValueType
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException

from crisis_turns.commands.command import Command, Group
from crisis_turns.config.keys import Key, keys_of
from crisis_turns.errors import InputError

_HYDRAS_CHOICES = re.compile(r"Could not find '(\S+)/(\S+)'\s+Available options in '\S+':(.*)\n\s*Config search", re.S)


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
    for argument in typed.overrides:
        written, equals, value = argument.partition("=")
        name = written.lstrip("+~").partition("@")[0]
        if not equals and not written.startswith("~"):
            raise InputError(f"'{argument}': expected key=value")
        if name.partition(".")[0] != "hydra" and not name.startswith("hydra/"):
            _check_key(name, keys, command)
        if name == "encoder":
            ready += expand_encoder(argument, command.groups["encoder"].choices, sweep=typed.is_sweep)
        elif name in keys and keys[name].is_path and equals:
            ready.append(f"{written}={_paths(value, sweep=typed.is_sweep)}")
        else:
            ready.append(argument)
    searched = any(argument.partition("=")[0] == "hydra.searchpath" for argument in ready)
    for override in map(_parsed, ready):
        group = command.groups.get(override.key_or_group)
        if group and not searched and not override.is_delete():
            _check_choice(override, group)
            if group.is_sweep and not (typed.is_sweep or typed.only_shows):
                raise InputError(f"{override.input_line} is a sweep of several runs: add -m")
    return ready


@contextmanager
def advice(command: Command, overrides: Sequence[str]) -> Iterator[None]:
    """Where Hydra finds no place for a key, say what the user can do; its own advice is to add every key with ``+``."""
    try:
        yield
    except MissingConfigException as error:  # of one of Hydra's own groups
        missing = _HYDRAS_CHOICES.search(str(error))
        if missing is None:
            raise
        raise InputError(_no_choice(missing[1], missing[2], missing[3].split())) from None


def expand_encoder(argument: str, choices: Sequence[str], *, sweep: bool = False) -> list[str]:
    """``encoder=NAME`` with a hub name or folder instead of a config file's name becomes two overrides.

    Raises:
        InputError: for a sweep over both.
    """
    value = argument.partition("=")[2]
    override = _try_parse(argument)
    if not value or (override and override.is_sweep_override() and not (sweep and _is_list(override))):
        return [argument]
    names = [name.strip().strip("'\"") for name in (_split(value) if sweep else [value])]
    known = [name in choices for name in names]
    if all(known):
        return [argument]
    if any(known):
        raise InputError(f"{argument}: sweep either over names of conf/encoder or over hub names and folders, not both")
    return ["encoder=pretrained", f"encoder.name={','.join(map(_quoted, names))}"]


def nearest(name: str, command: Command) -> str:
    """A few of the command's keys and groups that look like the name, in words."""
    known = [*command.groups, *keys_of(command.schema)]
    last = name.rpartition(".")[2]
    alike = [key for key in known if key.rpartition(".")[2] == last] + get_close_matches(name, known)
    return f"did you mean {' or '.join(dict.fromkeys(alike[:3]))}?" if alike else "--help lists its keys"
    except ConfigCompositionException as error:
        misplaced = re.match(r"Could not override '([^']+)'", str(error))
        if misplaced is None:
            raise
        raise InputError(_misplaced(misplaced[1], command, overrides)) from None


def _misplaced(name: str, command: Command, overrides: Sequence[str]) -> str:
    """Why a key of some choice (``model.history``) has no place in the configuration that was chosen."""
    group = name.partition(".")[0]
    if name not in keys_of(command.schema):
        return f"{command.name} has no key '{name}': {nearest(name, command)}"
    if group not in command.groups:
        return f"'{name}' has no value so far: give it as +{name}=…"
    typed = [override.partition("=")[2] for override in overrides if override.startswith(f"{group}=")]
    choice = typed[-1] if typed else command.groups[group].default
    if choice is None:
        return f"'{name}' belongs to a choice of {group}: give {group}={'|'.join(command.groups[group].choices)}"
    if name in keys_of(command.schema, {group: {"name": choice}}):
        return f"{group}={choice} leaves '{name}' out: give it as +{name}=…"
    return f"{group}={choice} has no key '{name}': {command.name} {group}={choice} --help lists its keys"


def _check_key(name: str, keys: dict[str, Key], command: Command) -> None:
    above = [name[:place] for place, character in enumerate(name) if character == "."]
    known = name in command.groups or name in keys or any(key.startswith(f"{name}.") for key in keys)
    if not known and not any(key in keys and keys[key].is_open for key in above):
        raise InputError(f"{command.name} has no key '{name}': {nearest(name, command)}")


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
            raise InputError(_no_choice(group.name, value, allowed))


def _no_choice(group: str, value: str, allowed: Sequence[str]) -> str:
    return f"{group}={value}: no such choice; expected one of {', '.join(allowed)}"


def _paths(value: str, *, sweep: bool) -> str:
    return ",".join(_path(part, sweep=sweep) for part in (_split(value) if sweep else [value]))


def _path(text: str, *, sweep: bool) -> str:
    """A path as Hydra reads it: as it stands if its grammar takes it for a string, otherwise quoted."""
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        return f"[{','.join(_path(part, sweep=False) for part in _split(bare[1:-1]))}]"
    override = _try_parse(f"key={text}")
    if override is None or (override.is_sweep_override() and not sweep):
        return _quoted(text)
    value = None if override.is_sweep_override() else override.value()
    if value is None:
        return text
    if isinstance(value, str):
        return _quoted(value) if value.startswith("~") else text
    return _quoted(text)


def _quoted(text: str) -> str:
    return QuotedString(os.path.expanduser(text), Quote.single).with_quotes()


def _split(value: str) -> list[str]:
    """The parts between commas that stand in no quotes or brackets."""
    parts, quote, depth = [""], "", 0
    for character in value:
        if quote:
            quote = "" if character == quote and not parts[-1].endswith("\\") else quote
        elif character in "'\"" and not parts[-1].strip():
            quote = character
        elif character == "," and not depth:
            parts.append("")
            continue
        depth += 0 if quote else (character in "([{") - (character in ")]}")
        parts[-1] += character
    return parts


def _is_list(override: Override) -> bool:
    return override.value_type is ValueType.SIMPLE_CHOICE_SWEEP


def _try_parse(argument: str) -> Override | None:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException:
        return None


def _parsed(argument: str) -> Override:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException as error:
        reasons = [line for line in str(error).splitlines() if not line.startswith(("Error ", "See ", "Lexer", " "))]
        because = f" ({reasons[0]})" if reasons else ""
        key = argument.partition("=")[0]
        raise InputError(f"{argument}: this value has to be quoted{because}: write '{key}=\"…\"'") from None
