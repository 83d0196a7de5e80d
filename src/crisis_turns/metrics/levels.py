"""The scores of a split as a whole: of tags on their very turns or in their dialogues, of all tags or one kind."""

from collections.abc import Sequence

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.score_sections import LevelScores, LevelSection, TurnScores
from crisis_turns.metrics.statistics.bootstrap import resampled_micro_f1
from crisis_turns.tags import TagSet


def levels(tags: TagSet) -> dict[LevelSection, tuple[str, Sequence[int]]]:
    """Those that a tag set has, headline first: section to (``turn`` or ``dialogue``, indices of the kept tags)."""
    found: dict[LevelSection, tuple[str, Sequence[int]]] = {"turn": ("turn", range(len(tags)))}
    if tags.alerts and tags.confirms:
        found |= {"turn_confirm": ("turn", tags.confirms), "turn_alert": ("turn", tags.alerts)}
    if not tags.exclusive:
        found["dialogue"] = ("dialogue", range(len(tags)))
    if tags.alerts and tags.confirms:
        found["dialogue_confirm"] = ("dialogue", tags.confirms)
    return found


def level_counts(dialogues: Sequence[Tagged], tags: TagSet, name: LevelSection) -> np.ndarray:
    """``(D, Y', 3)`` TP, FP, FN of the Y' tags that the level keeps."""
    level, kept = levels(tags)[name]
    return counting.stacked(dialogues, level=level)[:, list(kept)]


def level_scores(dialogues: Sequence[Tagged], tags: TagSet, name: LevelSection, *, resamples: int) -> LevelScores:
    """Micro scores with the interval of F1, and macro F1."""
    counts = level_counts(dialogues, tags, name)
    total = counts.sum((0, 1))
    return {
        "micro_f1": number(counting.f1(total)),
        "micro_f1_ci95": interval95(resampled_micro_f1(counts, resamples=resamples)),
        "micro_precision": number(counting.precision(total)),
        "micro_recall": number(counting.recall(total)),
        "macro_f1": number(counting.macro_f1(counts.sum(0))),
    }


def turn_scores(dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int) -> TurnScores:
    """The headline, with the share of user turns whose set of tags is fully right."""
    return {**level_scores(dialogues, tags, "turn", resamples=resamples), "exact_match": exact_match(dialogues)}


def exact_match(dialogues: Sequence[Tagged]) -> float:
    """Share of user turns whose set of tags is fully right: the accuracy of exclusive classes."""
    matches = sum(counting.exact_matches(d.gold, d.predicted) for d in dialogues)
    return matches / sum(len(d.gold) for d in dialogues)
