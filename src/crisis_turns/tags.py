"""Tag names: the only file that spells one.

A tag set is *multi-label* (any number of tags begin on a turn, an absent tag is no class) or *exclusive* (exactly one
class on every user turn). The benchmark's 16 tags are multi-label; AnnoMI's three classes are exclusive.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from crisis_turns.errors import InputError

CRISIS_TYPES = ("SI_passive", "SI_active", "SH", "DV", "CA", "SHA", "RA")
TIMES = ("ongoing", "past")
NO_LABEL = frozenset({"", "none", "nan", "null", "[]"})
"""Spellings of "no tag here" found in the release and in public exports of it, lower-cased."""


@dataclass(frozen=True)
class TagSet:
    """An ordered set of tag names; a tag's index is its chain (multi-label) or its state (exclusive).

    ``ignored_class`` is the exclusive class that says nothing in particular: scores may leave it out. It makes no other
    tag set.

    Raises:
        InputError: for no names, repeated names, names that the label syntax cannot carry, or an ignored class that is
            none of them.
    """

    names: tuple[str, ...]
    exclusive: bool = False
    ignored_class: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        repeated = sorted({n for n in self.names if self.names.count(n) > 1})
        unusable = [n for n in self.names if n != n.strip() or ";" in n or n.lower() in NO_LABEL]
        if not self.names or repeated or unusable:
            raise InputError(
                f"tags must be distinct names without ';' that do not mean 'no label'; found {list(self.names)}"
            )
        if self.exclusive and len(self.names) < 2:
            raise InputError(f"an exclusive tag set needs two classes or more, found {list(self.names)}")
        if self.ignored_class is not None and not (self.exclusive and self.ignored_class in self.names):
            expected = (
                f"one of {', '.join(self.names)}" if self.exclusive else "none where tags are no exclusive classes"
            )
            raise InputError(f"data.ignored_class: expected {expected}, found '{self.ignored_class[:60]}'")

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    @property
    def alerts(self) -> tuple[int, ...]:
        """Indices of the Alert tags."""
        return tuple(i for i, name in enumerate(self.names) if name.startswith("alert_"))

    @property
    def confirms(self) -> tuple[int, ...]:
        """Indices of the Confirm tags."""
        return tuple(i for i, name in enumerate(self.names) if name.startswith("confirm_"))

    @cached_property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """Indices by kind, of the kinds that occur: ``alert``, ``confirm``, and ``other`` where tags follow neither
        naming.
        """
        other = tuple(i for i in range(len(self)) if i not in (*self.alerts, *self.confirms))
        kinds = {"alert": self.alerts, "confirm": self.confirms, "other": other}
        return {kind: indices for kind, indices in kinds.items() if indices}

    @cached_property
    def types(self) -> dict[str, tuple[int, ...]]:
        """Tags by what they speak of, time dropped: ``alert`` and each Confirm's crisis type, in tag order.

        Tags that do not follow the benchmark's naming are in none.
        """
        groups: dict[str, list[int]] = {}
        for i, name in enumerate(self.names):
            stem, _, time = name.rpartition("_")
            if time in TIMES and (stem == "alert" or stem.startswith("confirm_")):
                groups.setdefault(stem.removeprefix("confirm_"), []).append(i)
        return {stem: tuple(indices) for stem, indices in groups.items()}

    @cached_property
    def events(self) -> tuple[tuple[int, ...], ...]:
        """Tags that differ in time only, together; each that is in none of :attr:`types`, alone. All tags once, in
        order of the first of each.
        """
        timed = {tag for tags in self.types.values() for tag in tags}
        return tuple(sorted([*self.types.values(), *((tag,) for tag in range(len(self)) if tag not in timed)]))

    def time(self, tag: int) -> str:
        """``ongoing`` or ``past`` of a tag that is in one of :attr:`types`."""
        return self.names[tag].rpartition("_")[2]

    def multi_hot(self, tags: Iterable[str]) -> list[bool]:
        """``[C]`` flags of the given tag names; an unknown name is a KeyError (the reader has checked them)."""
        flags = [False] * len(self)
        for tag in tags:
            flags[self.index[tag]] = True
        return flags

    def named(self, flags: Iterable[bool]) -> tuple[str, ...]:
        """Names of the set flags, in tag-set order: the inverse of :meth:`multi_hot`."""
        return tuple(name for name, flag in zip(self.names, flags, strict=True) if flag)


def split_labels(cell: str | None) -> list[str]:
    """The tag names in one ``labels`` cell (``"; "`` between names; empty, ``none`` and the like mean none)."""
    parts = (part.strip() for part in (cell or "").split(";"))
    return [part for part in parts if part.lower() not in NO_LABEL]


CRADLE = TagSet(
    names=(
        *(f"alert_{time}" for time in TIMES),
        *(f"confirm_{crisis}_{time}" for crisis in CRISIS_TYPES for time in TIMES),
    )
)
"""The 16 tags of CRADLE-Dialogue (arXiv 2606.10380), Alerts first."""
