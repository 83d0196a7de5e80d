"""The mistakes of a predictions file in few lines: a systematic one is told once, with how often it was made."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from crisis_turns.errors import InputError

MOST = 20
"""Lines that are told at most."""
_PARTICULAR = re.compile(r"(?<!\w)'.*?'(?!\w)|-?\d+|nan|inf", re.DOTALL)


class Mistake(NamedTuple):
    """Where it stands ("p.csv, line 3"), and one sentence on what is wrong there."""

    where: str
    sentence: str

    @classmethod
    def at(cls, where: str, error: InputError) -> "Mistake":
        """What a reader has found, whose message begins with the place."""
        return cls(where, str(error).removeprefix(f"{where}: "))

    @property
    def line(self) -> str:
        """The place without the file's name."""
        return self.where.rsplit(", ", 1)[-1]


def told(mistakes: Sequence[Mistake]) -> str:
    """One line each if they are few; otherwise one for each sentence, or where these are many, for each kind of them:
    the first, how many, and the last.
    """
    groups: list[list[Mistake]] = []
    for alike in (_itself, _sentence, _kind):
        groups = _grouped(mistakes, alike)
        if len(groups) <= MOST:
            return "\n".join(map(_line, groups))
    kept, rest = groups[: MOST - 1], groups[MOST - 1 :]
    more = f"{sum(map(len, rest)):,} more mistakes of {len(rest):,} other kinds, the first in {rest[0][0].line}"
    return "\n".join([*map(_line, kept), more])


def _itself(mistake: Mistake) -> str:
    return f"{mistake.where}: {mistake.sentence}"


def _sentence(mistake: Mistake) -> str:
    return mistake.sentence


def _kind(mistake: Mistake) -> str:
    return _PARTICULAR.sub("…", mistake.sentence)


def _grouped(mistakes: Sequence[Mistake], alike: Callable[[Mistake], str]) -> list[list[Mistake]]:
    """In the order of their first ones."""
    groups: dict[str, list[Mistake]] = {}
    for mistake in mistakes:
        groups.setdefault(alike(mistake), []).append(mistake)
    return list(groups.values())


def _line(group: Sequence[Mistake]) -> str:
    first, last = group[0], group[-1]
    many = f" ({len(group):,} such mistakes, the last in {last.line})" if len(group) > 1 else ""
    return f"{first.where}: {first.sentence}{many}"
