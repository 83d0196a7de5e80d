"""Names of tags as models write them: in any case, with spaces or hyphens, in a list, a sentence's place or a table."""

import re
from typing import Any, NamedTuple

from crisis_turns.tags import NO_LABEL, TagSet

_YES = {"true", "yes", "1"}
_NOTHING = NO_LABEL | {"no_tag", "no_tags", "no_label"}


class TagNames(NamedTuple):
    """The tags that a JSON value names.

    Attributes:
        exact: whether they are spelled as the tags are.
        unknown: names that are none, and classes beyond the one that a turn can have.
    """

    said: tuple[str, ...]
    exact: bool
    unknown: int


def tag_names(given: Any, tags: TagSet) -> TagNames | None:
    """What a list, text with separators, or yes and no by tag names; ``None`` if it is something else."""
    if given is None:
        return TagNames((), False, 0)
    if isinstance(given, str):
        given = re.split(r"[;,\n]", given)
    if isinstance(given, dict):
        given = [name for name, said in given.items() if str(said).strip().casefold() in _YES]
    if not isinstance(given, list) or not all(isinstance(part, str | None) for part in given):
        return None
    spelled = by_squeezed_name(tags)
    parts = [squeezed(part or "") for part in given]
    known = dict.fromkeys(spelled[part] for part in parts if part in spelled)
    unknown = sum(part not in spelled and part not in _NOTHING for part in parts)
    kept = tuple(known)[:1] if tags.exclusive else tuple(known)
    return TagNames(kept, all(part in tags.index for part in given), unknown + len(known) - len(kept))


def by_squeezed_name(tags: TagSet) -> dict[str, str]:
    """The tags by what is left of a name that is spelled in any way."""
    return {squeezed(name): name for name in tags.names}


def squeezed(name: str) -> str:
    """A name without case, with underscores for spaces and hyphens, out of its quotes."""
    return re.sub(r"[\s\-‐–]+", "_", name.strip(" \t\r\n\"'`*.").casefold())
