"""What ``--help`` prints: every key with its default, its meaning and its values; the groups with their choices."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from crisis_turns.commands.command import CONF, Command
from crisis_turns.config.keys import Key, keys_of, plain

_WIDTH, _COLUMN = 100, 32
_REQUIRED = "???"
_KEPT = "\xa0"  # a space that no line ends at
_EXPERIMENT = "A sweep with settings of its own; needs -m."
_FLAGS = (
    "-m sweeps: every combination of key=a,b is a run. --config-dir DIR adds choices of your own: data=mine is "
    "DIR/data/mine.yaml. --cfg job prints the configuration instead, --info where it comes from; --hydra-help names "
    "the others."
)


def help_text(command: Command, spelling: str, overrides: Sequence[str], own: Path | None) -> str:
    """The page, at most 100 columns wide.

    Args:
        spelling: how the command was called: ``crisis-turns train``.
        overrides: what stands on the command line beside ``--help``: ``model=tfidf`` shows the keys of that model.
        own: the user's folder of choices.
    """
    searched = [f"hydra.searchpath=['file://{own.resolve()}']"] if own else []
    with initialize_config_dir(str(CONF), version_base="1.3"):
        composed = compose(command.name, [*overrides, *searched], return_hydra_config=True)
    told, chosen = composed.hydra.help, composed.hydra.runtime.choices
    own_keys = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    values = OmegaConf.to_container(own_keys, resolve=True)
    assert isinstance(values, dict)
    return "\n\n".join(
        (
            f"usage: crisis-turns {command.name} key=value …\n"
            f"       python -m src.{command.name} key=value …   (in a checkout)",
            textwrap.fill(told.header, _WIDTH),
            *_groups(command, chosen),
            *_keys(command, {str(name): value for name, value in values.items()}, chosen),
            str(told.footer).replace("COMMAND", spelling).rstrip(),
            textwrap.fill(_FLAGS, _WIDTH),
        )
    )


def _groups(command: Command, chosen: Mapping[str, str | None]) -> list[str]:
    rows = []
    for group in command.groups.values():
        field = command.schema.model_fields.get(group.name)
        meaning = plain(field.description) if field else _EXPERIMENT
        rows.append(_row(f"{group.name}={_text(chosen.get(group.name))}", meaning, " | ".join(group.choices)))
    return ["\n".join(("Choices, each a file that sets several keys:", *rows))] if rows else []


def _keys(command: Command, values: dict[str, Any], chosen: Mapping[str, str | None]) -> list[str]:
    """The keys that stand alone, then those of each section."""
    sections: dict[str, list[str]] = {"": ["Keys, with their defaults:"]}
    for key in keys_of(command.schema, values).values():
        if key.name in command.groups:
            continue  # nothing is chosen, so that it has no keys
        section = key.name.partition(".")[0] if "." in key.name else ""
        if section not in sections:
            sections[section] = [f"Keys of {section}={chosen[section]}:"] if section in command.groups else []
        default = _default(key, values)
        required = "; required" if default == _REQUIRED else ""
        typed = f"{key.name}=" if required else f"{key.name}={_text(default)}"
        sections[section].append(_row(typed, key.meaning, f"{key.values}{required}"))
    return ["\n".join(rows) for rows in sections.values()]


def _default(key: Key, values: Mapping[str, Any]) -> Any:
    found: Any = values
    for part in key.name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return _REQUIRED if key.default is ... else key.default
        found = found[part]
    return found


def _row(typed: str, meaning: str, values: str) -> str:
    whole = " | ".join(value.replace(" ", _KEPT) for value in values.split(" | "))
    text = f"{meaning} ({whole})"
    lines = textwrap.wrap(text, _WIDTH - _COLUMN, break_long_words=False, break_on_hyphens=False)
    lines = [line.replace(_KEPT, " ") for line in lines]
    first = f"  {typed}"
    if len(first) >= _COLUMN:
        lines = [first, *(f"{'':{_COLUMN}}{line}" for line in lines)]
    else:
        lines = [f"{first:{_COLUMN}}{lines[0]}", *(f"{'':{_COLUMN}}{line}" for line in lines[1:])]
    return "\n".join(lines)


def _text(value: Any) -> str:
    """A value as it is typed; an ellipsis for what is too long to stand here."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list() | tuple():
            text = f"[{','.join(map(_text, value))}]"
        case dict():
            return "…" if value else "{}"
        case _:
            text = str(value)
    return text if len(text) <= 48 else "…"
