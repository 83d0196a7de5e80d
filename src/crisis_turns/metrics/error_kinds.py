"""What kind of error each false flag and each missed tag is: every one of them is counted in exactly one kind.

A flag that hits nothing and a gold tag that is not hit are one error where the one explains the other. They are paired
in this order, each at most once: on the same turn, first within a type (``wrong_time``), then among Confirms
(``wrong_type``); then the same tag on another turn, before its onset (``early``) or after it (``late``: a later mention
was tagged in the onset's place). A flag that is left is a ``later_mention`` if its crisis has begun on that turn or
before, else a ``false_alarm``; an Alert names no crisis, so to an Alert every crisis is its own. A gold tag that is
left is a ``silent_miss`` if the tag never fires in the dialogue although its ``begun`` reaches ``BELIEVED``, else
``missed``. So a turn-level false positive is of one of ``FALSE_POSITIVES``, a false negative of one of
``FALSE_NEGATIVES``.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.score_sections import ErrorCounts, Errors
from crisis_turns.metrics.silent_misses import BELIEVED
from crisis_turns.tags import TagSet

Place = tuple[int, int]
"""User turn and tag."""


class ErrorKind(StrEnum):
    WRONG_TIME = "wrong_time"
    WRONG_TYPE = "wrong_type"
    EARLY = "early"
    LATE = "late"
    LATER_MENTION = "later_mention"
    FALSE_ALARM = "false_alarm"
    MISSED = "missed"
    SILENT_MISS = "silent_miss"


FALSE_POSITIVES = tuple(kind for kind in ErrorKind if kind not in (ErrorKind.MISSED, ErrorKind.SILENT_MISS))
FALSE_NEGATIVES = tuple(kind for kind in ErrorKind if kind not in (ErrorKind.LATER_MENTION, ErrorKind.FALSE_ALARM))


def errors(dialogue: Tagged, tags: TagSet) -> Counter[ErrorKind]:
    """The errors of one dialogue by kind; without ``begun`` nothing is a silent miss."""
    crisis = _crises(tags)
    flags, gold = _places(dialogue.predicted & ~dialogue.gold), _places(dialogue.gold & ~dialogue.predicted)
    found: Counter[ErrorKind] = Counter()

    def pair(kind: ErrorKind, explains: Callable[[Place, Place], bool]) -> None:
        for due in list(gold):
            flag = next((flag for flag in flags if explains(flag, due)), None)
            if flag is not None:
                flags.remove(flag)
                gold.remove(due)
                found[kind] += 1

    confirms = set(tags.confirms)
    pair(ErrorKind.WRONG_TIME, lambda flag, due: flag[0] == due[0] and crisis[flag[1]] == crisis[due[1]])
    pair(ErrorKind.WRONG_TYPE, lambda flag, due: flag[0] == due[0] and {flag[1], due[1]} <= confirms)
    pair(ErrorKind.EARLY, lambda flag, due: flag[1] == due[1] and flag[0] < due[0])
    pair(ErrorKind.LATE, lambda flag, due: flag[1] == due[1])
    for turn, tag in flags:
        own = np.ones_like(crisis, dtype=bool) if tag in tags.alerts else crisis == crisis[tag]
        begun = dialogue.gold[: turn + 1, own].any()
        found[ErrorKind.LATER_MENTION if begun else ErrorKind.FALSE_ALARM] += 1
    for _, tag in gold:
        believed = dialogue.begun is not None and dialogue.begun[:, tag].max() >= BELIEVED
        silent = believed and not dialogue.predicted[:, tag].any()
        found[ErrorKind.SILENT_MISS if silent else ErrorKind.MISSED] += 1
    return found


def error_record(
    dialogues: Sequence[Tagged], tags: TagSet, phenomena: Mapping[str, frozenset[str]] | None = None
) -> Errors:
    """Counts for the metrics file: in all, and by phenomenon where the corpus names any.

    ``silent_miss`` is ``None`` if the system says nothing about ``begun``. A dialogue counts under each of its
    phenomena.
    """
    by_dialogue = [errors(d, tags) for d in dialogues]
    knows_begun = all(d.begun is not None for d in dialogues)

    def total(kept: Sequence[int]) -> ErrorCounts:
        counts: ErrorCounts = {kind.value: sum(by_dialogue[i][kind] for i in kept) for kind in ErrorKind}
        return counts if knows_begun else {**counts, ErrorKind.SILENT_MISS.value: None}

    record: Errors = {"kinds": total(range(len(dialogues)))}
    if phenomena:
        record["by_phenomenon"] = {}
        for name in sorted(frozenset().union(*phenomena.values())):
            kept = [i for i, d in enumerate(dialogues) if name in phenomena.get(d.dialogue_id, ())]
            sizes: ErrorCounts = {"n_dialogues": len(kept), "n_labels": sum(int(dialogues[i].gold.sum()) for i in kept)}
            record["by_phenomenon"][name] = {**sizes, **total(kept)}
    return record


def _places(marked: np.ndarray) -> list[Place]:
    return [(turn, tag) for turn, tag in np.argwhere(marked).tolist()]


def _crises(tags: TagSet) -> np.ndarray:
    """``(Y,)``: equal numbers for the tags of one type; a tag outside the benchmark's naming is its own."""
    crisis = np.arange(len(tags))
    for indices in tags.types.values():
        crisis[list(indices)] = indices[0]
    return crisis
