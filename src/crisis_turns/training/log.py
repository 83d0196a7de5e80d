"""A run's ``train.log``: our log lines (counts and scores, never text), warnings to standard error as well."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOG = logging.getLogger("crisis_turns")


def open_log(path: Path) -> tuple[logging.Handler, ...]:
    """Send the log's lines to the file from now on."""
    file, screen = logging.FileHandler(path, encoding="utf-8"), logging.StreamHandler()
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    screen.setFormatter(logging.Formatter("warning: %(message)s"))
    screen.setLevel(logging.WARNING)
    _LOG.setLevel(logging.INFO)
    for handler in (file, screen):
        _LOG.addHandler(handler)
    return file, screen


def is_open() -> bool:
    """Whether this process has a log; a process that another one has spawned has not."""
    return bool(_LOG.handlers)


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Send the log's lines to the file while this lasts."""
    before = _LOG.level
    handlers = open_log(path)
    try:
        yield
    finally:
        _LOG.setLevel(before)
        for handler in handlers:
            _LOG.removeHandler(handler)
            handler.close()
