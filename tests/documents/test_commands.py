"""Commands in blocks of the documents: keys that exist, values that are allowed; nothing is run."""

import importlib
import re
import shlex

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.__main__ import COMMANDS
from crisis_turns.commands import app
from crisis_turns.commands.arguments import for_hydra, read
from crisis_turns.commands.command import command
from crisis_turns.config import RunConfig, check, validated
from tests.support.checkout import ROOT
from tests.support.documents import blocks, documents, text

CALL = re.compile(r"(?:python -m src\.|crisis-turns )(\w+) ?([^|>#\n]*)")


def calls() -> list[tuple[str, str]]:
    """Command and arguments of each line, but for those with choices of one's own."""
    pages = [text(path) for path in documents() if not path.is_relative_to(ROOT / "notebooks" / "results")]
    lines = [
        line for page in pages for block in blocks(page, "bash") for line in CALL.findall(block.replace("\\\n", " "))
    ]
    return sorted({(name, typed.strip()) for name, typed in lines if "--config-dir" not in typed})


@pytest.mark.parametrize(("name", "typed"), calls())
def test_the_command_is_one_that_works(name, typed):
    schema = getattr(importlib.import_module(f"crisis_turns.commands.{name}"), COMMANDS[name].config)
    arguments = read(shlex.split(typed))
    overrides = for_hydra(arguments, command(name, schema))
    if arguments.is_sweep:
        overrides = [re.sub(r"^([^\[\]]*?),.*$", r"\1", override) for override in overrides]
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        values = app.values(compose(name, overrides))
    check(values) if schema is RunConfig else validated(schema, values)


def test_commands_are_found():
    assert {name for name, _ in calls()} == set(COMMANDS)
