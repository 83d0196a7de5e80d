"""The user's cache: a folder that saves work where it can be written, and is gone without where it cannot."""

import os
from pathlib import Path

from crisis_turns.model.encoders.notices import tell


def user_cache() -> Path:
    """``$XDG_CACHE_HOME/crisis-turns``, or the same under ``~/.cache``; nowhere where the user has no home."""
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(given) if given else Path.home() / ".cache"
    except RuntimeError:  # a container's user of whom nothing is known
        base = Path(os.devnull)
    return base / "crisis-turns"


def tell_without_cache(reason: str | None) -> None:
    """Say once that work is not kept, and why."""
    tell(f"the cache {user_cache()} is not used ({reason}): what it would hold is computed anew each time")
