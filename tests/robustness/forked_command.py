"""A command in a forked process: as a user starts it, without the seconds that its imports take."""

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

import crisis_turns.runs.html_report
import crisis_turns.training.run  # noqa: F401
from crisis_turns.__main__ import COMMANDS, run

for _name in COMMANDS:
    importlib.import_module(f"crisis_turns.commands.{_name}")


class Ended(NamedTuple):
    status: int
    """As a shell says it; negative: the signal that killed it."""
    errors: str


def start(here: Path, name: str, *arguments: str, before: Callable[[], None] = lambda: None) -> int:
    """Start ``crisis-turns NAME …`` in a folder; returns the process's id. ``before`` is called in the child."""
    here.mkdir(parents=True, exist_ok=True)
    _errors(here).touch()  # a child may be killed before it gets so far
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _run(here, name, arguments, before)
    return child


def wait(child: int, here: Path) -> Ended:
    _, status = os.waitpid(child, 0)
    return Ended(os.waitstatus_to_exitcode(status), _errors(here).read_text(encoding="utf-8", errors="replace"))


def _errors(here: Path) -> Path:
    return here.with_name(f"{here.name}.errors")


def _run(here: Path, name: str, arguments: tuple[str, ...], before: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        os.chdir(here)
        with _errors(here).open("w", encoding="utf-8", buffering=1) as errors, open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            sys.stdout, sys.stderr = nowhere, errors
            sys.argv = [f"crisis-turns {name}", *arguments]
            try:
                before()
                run(name)
                status = 0
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(status)
