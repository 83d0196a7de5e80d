"""Before a language model is asked and while it is: the user's consent, and a progress bar."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crisis_turns.errors import InputError
from crisis_turns.llm.address import Address


def check_consent(address: Address, n_calls: int, *, confirmed: bool) -> None:
    """Let no text leave this machine unless the user has said so, beforehand or now at the terminal.

    Raises:
        InputError: if they have not.
    """
    if address.is_here or confirmed:
        return
    leaves = f"the dialogues' text leaves this machine for {address.told}" + (
        "" if address.encrypted else ", unencrypted"
    )
    if not sys.stdin.isatty():
        raise InputError(f"{leaves}: llm.confirm=true allows that")
    print(f"{leaves}, in {n_calls} calls. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise InputError("nothing was sent")


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where that is a terminal; gives what is to be called after each call."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("asking", total=total)
        yield lambda: bar.advance(task)
