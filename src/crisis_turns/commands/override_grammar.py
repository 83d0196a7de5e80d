"""Hydra's grammar of ``key=value``: what it cannot read although it is plain to a person is quoted for it."""

import os
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString, ValueType
from hydra.errors import HydraException

from crisis_turns.errors import InputError


def path_value(value: str, *, sweep: bool) -> str:
    """What is typed for a path, or for a list of them in brackets, as Hydra reads it, with ``~`` expanded.

    Args:
        sweep: whether commas separate the paths of several runs; otherwise they are part of the path.
    """
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
        depth = depth if quote else max(0, depth + (character in "([{") - (character in ")]}"))
        parts[-1] += character
    return parts


def _is_list(override: Override) -> bool:
    return override.value_type is ValueType.SIMPLE_CHOICE_SWEEP


def _try_parse(argument: str) -> Override | None:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException:
        return None


def parsed(argument: str) -> Override:
    """The argument as Hydra understands it.

    Raises:
        InputError: if Hydra does not.
    """
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException as error:
        reasons = [line for line in str(error).splitlines() if not line.startswith(("Error ", "See ", "Lexer", " "))]
        because = f" ({reasons[0]})" if reasons else ""
        key = argument.partition("=")[0]
        raise InputError(f"{argument}: this value has to be quoted{because}: write '{key}=\"…\"'") from None


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
