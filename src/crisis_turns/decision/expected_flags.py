"""Thresholds that raise as many flags per dialogue as are to be expected, on dialogues whose labels nobody knows.

What a belief is worth shifts with the text that it is about; how often a tag begins can be known without labels. So a
threshold is laid where the number of flags fits, at-most-once rule included.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from crisis_turns.config import Scope
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.flag_curve import UNREACHABLE, FlagCurve
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.decision.threshold_tuning import sharing
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet

MIN_DIALOGUES = 30
"""Below so many, the number of flags to expect is itself luck."""


class Expected(NamedTuple):
    """Flags to expect of tags that share a threshold.

    Attributes:
        name: of the tag or the group.
        tags: their indices.
        per_dialogue: flags of all of them together.
    """

    name: str
    tags: list[int]
    per_dialogue: float


def expected_flags(
    tags: TagSet, stated: Mapping[str, float], usual: Callable[[], np.ndarray], scope: Scope
) -> list[Expected]:
    """What to expect of every tag.

    Args:
        stated: flags per dialogue by group (``alert``, ``confirm``, ``other``) or by tag; a tag that is named has a
            threshold of its own.
        usual: gives ``(Y,)`` flags per dialogue of each tag; asked only if something is not stated.
        scope: which of the other tags share a threshold.

    Raises:
        InputError: for a name that is neither, or two that speak of the same tag.
    """
    known = {**{name: list(own) for name, own in tags.groups.items()}, **{n: [i] for n, i in tags.index.items()}}
    found: list[Expected] = []
    for name, per_dialogue in stated.items():
        if name not in known:
            raise InputError(f"expected.{name}: expected {', '.join(tags.groups)} or a tag of the run")
        if twice := [other.name for other in found if set(other.tags) & set(known[name])]:
            raise InputError(f"expected.{twice[0]} and expected.{name} speak of the same tag: give one of them")
        if scope == "per_tag" and len(known[name]) > 1:
            raise InputError(f"expected.{name} is of several tags, which share a threshold then: give scope=group")
        found.append(Expected(name, known[name], per_dialogue))
    left = set(range(len(tags))) - {tag for each in found for tag in each.tags}
    rates = usual() if left else np.zeros(len(tags))
    for shared in sharing(tags, "group" if scope == "global" else scope):
        if own := [tag for tag in shared if tag in left]:
            found.append(Expected(_name(tags, shared, own), own, float(rates[own].sum())))
    if scope == "global":
        return [Expected("all", list(range(len(tags))), sum(each.per_dialogue for each in found))]
    return found


def at_rates(
    dialogues: Sequence[Tagged], tags: TagSet, expected: Sequence[Expected], *, once: bool, score: Score
) -> Policy:
    """The policy whose number of flags is the nearest to what is expected; no label is read.

    Beliefs that are equal fire together. Where the same number of flags is raised by several thresholds, at most once,
    the highest is taken: lower ones raise them earlier.

    Raises:
        InputError: if more are expected than can be raised.
    """
    thresholds, size = np.full(len(tags), UNREACHABLE), len(dialogues)
    for name, own, per_dialogue in expected:
        curve = FlagCurve.over(dialogues, own, once=once, score=score)
        flags = np.append(0, curve.flags)  # the first: where nothing fires
        if per_dialogue * size > flags[-1]:
            raise InputError(
                f"expected.{name}={per_dialogue:g}: at most {flags[-1] / size:g} per dialogue can be raised here"
            )
        point = int(np.abs(flags - per_dialogue * size).argmin())
        if point:
            thresholds[own] = curve.threshold(point - 1)
    return Policy(thresholds, once=once, exclusive=False, score=score)


def check_enough(dialogues: Sequence[Dialogue], source: str) -> None:
    """Refuse so few dialogues that the number of flags on them says nothing.

    Raises:
        InputError: with their number.
    """
    found = sum(bool(dialogue.user_turns) for dialogue in dialogues)
    if found < MIN_DIALOGUES:
        raise InputError(
            f"{source}: thresholds at a rate need {MIN_DIALOGUES} dialogues with a user turn or more, found {found}"
        )


def _name(tags: TagSet, shared: Sequence[int], own: Sequence[int]) -> str:
    """Of tags that share a threshold, or of what is left of them."""
    if len(shared) == 1:
        return tags.names[shared[0]]
    group = next(name for name, indices in tags.groups.items() if list(indices) == list(shared))
    return group if len(own) == len(shared) else f"rest of {group}"
