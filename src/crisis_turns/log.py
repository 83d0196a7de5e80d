"""Our log lines, which hold counts and scores, never text: to standard error if odd, all to a run's ``train.log``."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOTE = 25
"""The level of what is odd but harms nothing: shown like a warning, unless the user wants quiet."""
logging.addLevelName(NOTE, "NOTE")

_LOG = logging.getLogger("crisis_turns")


class _Screen(logging.Formatter):
    """``note: …`` and ``warning: …``."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}"


def open_log(path: Path | None = None, *, quiet: bool = False) -> tuple[logging.Handler, ...]:
    """Send notes and warnings to standard error from now on, and every line to the file if there is one.

    Args:
        quiet: no notes on standard error.
    """
    screen = logging.StreamHandler()
    screen.setFormatter(_Screen())
    screen.setLevel(logging.WARNING if quiet else NOTE)
    handlers: list[logging.Handler] = [screen]
    if path:
        file = logging.FileHandler(path, encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        handlers.append(file)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False  # libraries give the root logger handlers of their own, and would say it all again
    for handler in handlers:
        _LOG.addHandler(handler)
    return tuple(handlers)


def is_open() -> bool:
    """Whether this process has a log; a process that another one has spawned has not."""
    return bool(_LOG.handlers)


@contextmanager
def logged_to(path: Path | None = None, *, quiet: bool = False) -> Iterator[None]:
    """:func:`open_log` while this lasts."""
    before = _LOG.level
    handlers = open_log(path, quiet=quiet)
    try:
        yield
    finally:
        _LOG.setLevel(before)
        _LOG.propagate = True
        for handler in handlers:
            _LOG.removeHandler(handler)
            handler.close()
