"""Standard output where it cannot show every character: look-alikes in ASCII, never an error."""

import codecs
import io
import os
import sys
from typing import NoReturn

_ALIKE = {
    "–": "-", "—": "-", "−": "-", "…": "...", "·": "|", "→": "->", "×": "x", "±": "+-", "≥": ">=", "≤": "<=",
    "“": '"', "”": '"', "‘": "'", "’": "'", "•": "*", "▶": ">", "█": "#", "░": ".",
}  # fmt: skip


def show_everything() -> None:
    """Let standard output take every character, whatever its encoding."""
    codecs.register_error(_look_alikes.__name__, _look_alikes)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_look_alikes.__name__)


def speak_utf8() -> None:
    """For JSON, whose readers expect UTF-8 whatever the terminal shows."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def reader_left() -> NoReturn:
    """End quietly with status 1: nobody reads standard output any more (``| head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


def _look_alikes(error: UnicodeError) -> tuple[str, int]:
    """An error handler of :mod:`codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_ALIKE.get(c, "?") for c in error.object[error.start : error.end]), error.end
