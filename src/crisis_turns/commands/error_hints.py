"""What a user can do about a key or a choice that has no place."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

from hydra.errors import ConfigCompositionException, MissingConfigException

from crisis_turns.commands.command import Command
from crisis_turns.config.keys import keys_of
from crisis_turns.errors import InputError

_HYDRAS_CHOICES = re.compile(r"Could not find '(\S+)/(\S+)'\s+Available options in '\S+':(.*)\n\s*Config search", re.S)


@contextmanager
def advice(command: Command, overrides: Sequence[str]) -> Iterator[None]:
    """Where Hydra finds no place for a key, say what the user can do; its own advice is to add every key with ``+``."""
    try:
        yield
    except MissingConfigException as error:  # of one of Hydra's own groups
        missing = _HYDRAS_CHOICES.search(str(error))
        if missing is None:
            raise
        raise InputError(no_choice(missing[1], missing[2], missing[3].split())) from None
    except ConfigCompositionException as error:
        misplaced = re.match(r"Could not override '([^']+)'", str(error))
        if misplaced is None:
            raise
        raise InputError(_misplaced(misplaced[1], command, overrides)) from None


def nearest(name: str, command: Command) -> str:
    """A few of the command's keys and groups that look like the name, in words."""
    known = [*command.groups, *keys_of(command.schema)]
    last = name.rpartition(".")[2]
    alike = [key for key in known if key.rpartition(".")[2] == last] + get_close_matches(name, known)
    return f"did you mean {' or '.join(dict.fromkeys(alike[:3]))}?" if alike else "--help lists its keys"


def no_value(keys: Sequence[str]) -> str:
    """That the keys, one or more, must be given, in a sentence."""
    have = "has" if len(keys) == 1 else "have"
    return f"{' and '.join(keys)} {have} no value: give {' '.join(f'{key}=…' for key in keys)}"


def no_choice(group: str, value: str, allowed: Sequence[str]) -> str:
    """That the group has no such file, in a sentence."""
    return f"{group}={value}: no such choice; expected one of {', '.join(allowed)}"


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
