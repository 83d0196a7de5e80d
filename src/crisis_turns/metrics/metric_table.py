"""What a split is scored by: a table of the sections of ``metrics-<split>.json``.

A new metric is a function in a file of its own, a row here, and its type in ``metrics_file.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.metrics.by_reveal import by_reveal
from crisis_turns.metrics.by_tag import exclusive_scores, f1_intervals, scores_by_tag, scores_by_type
from crisis_turns.metrics.calibration import calibration
from crisis_turns.metrics.confusion import class_confusion, time_confusion, type_confusion
from crisis_turns.metrics.deployment import deployment
from crisis_turns.metrics.early_risk import early_risk
from crisis_turns.metrics.false_alarms import false_alarms
from crisis_turns.metrics.levels import level_scores, levels, turn_scores
from crisis_turns.metrics.metrics_file import ScoredSections
from crisis_turns.metrics.safety import safety
from crisis_turns.metrics.score_sections import LevelSection
from crisis_turns.metrics.silent_misses import silent_record
from crisis_turns.metrics.threshold_curves import threshold_curve
from crisis_turns.metrics.timing import timing
from crisis_turns.tags import TagSet

SCORER_VERSION = "2.4"
"""The first number changes whenever a figure in the file could change for the same predictions, the second when
figures are added.
"""


@dataclass(frozen=True)
class Decisions:
    """One system's decisions on a split, and how they are to be scored.

    Attributes:
        resamples: bootstrap samples of the dialogues behind each 95 % interval.
        once: whether a tag fires at most once per dialogue where a threshold is swept.
        by: which belief is swept.
    """

    dialogues: Sequence[Tagged]
    tags: TagSet
    resamples: int
    once: bool = True
    by: Score = "onset"


class Section(NamedTuple):
    """A key of :class:`ScoredSections`, the tag sets that have it, and the function that gives it."""

    name: str
    applies: Callable[[TagSet], bool]
    measure: Callable[[Decisions], object]


def scored_sections(
    dialogues: Sequence[Tagged], tags: TagSet, *, resamples: int, once: bool = True, by: Score = "onset"
) -> ScoredSections:
    """Scores of one split; undefined ones are ``None``. The arguments are those of :class:`Decisions`."""
    decisions = Decisions(dialogues, tags, resamples, once, by)
    found = {section.name: section.measure(decisions) for section in SECTIONS if section.applies(tags)}
    return cast(ScoredSections, found)


def _always(tags: TagSet) -> bool:
    return True


def _exclusive(tags: TagSet) -> bool:
    return tags.exclusive


def _onsets(tags: TagSet) -> bool:
    """Tags begin somewhere, and "no tag" is the rule."""
    return not tags.exclusive


def _confirms(tags: TagSet) -> bool:
    return _onsets(tags) and bool(tags.confirms)


def _both(tags: TagSet) -> bool:
    return _confirms(tags) and bool(tags.alerts)


def _types(tags: TagSet) -> bool:
    return _onsets(tags) and bool(tags.types)


def _confirmed_types(tags: TagSet) -> bool:
    return _confirms(tags) and _types(tags)


def _level(name: LevelSection) -> Section:
    return Section(
        name,
        lambda tags: name in levels(tags),
        lambda d: level_scores(d.dialogues, d.tags, name, resamples=d.resamples),
    )


SECTIONS = (
    Section("turn", _always, lambda d: turn_scores(d.dialogues, d.tags, resamples=d.resamples)),
    _level("turn_confirm"),
    _level("turn_alert"),
    _level("dialogue"),
    _level("dialogue_confirm"),
    Section("per_tag", _always, lambda d: scores_by_tag(d.dialogues, d.tags)),
    Section("per_tag_f1_ci95", _always, lambda d: f1_intervals(d.dialogues, d.tags, resamples=d.resamples)),
    Section("exclusive", _exclusive, lambda d: exclusive_scores(d.dialogues, d.tags, resamples=d.resamples)),
    Section("class_confusion", _exclusive, lambda d: class_confusion(d.dialogues, d.tags)),
    Section("timing", _onsets, lambda d: timing(d.dialogues, d.tags, resamples=d.resamples)),
    Section("false_alarms", _onsets, lambda d: false_alarms(d.dialogues, resamples=d.resamples)),
    Section(
        "safety", _confirms, lambda d: safety(d.dialogues, d.tags, resamples=d.resamples, once=d.once, by=d.by)
    ),
    Section("deployment", _onsets, lambda d: deployment(d.dialogues, range(len(d.tags)), resamples=d.resamples)),
    Section("deployment_confirm", _both, lambda d: deployment(d.dialogues, d.tags.confirms, resamples=d.resamples)),
    Section("early_risk", _onsets, lambda d: early_risk(d.dialogues, resamples=d.resamples)),
    Section("by_reveal", _confirms, lambda d: by_reveal(d.dialogues, d.tags, resamples=d.resamples)),
    Section("per_type", _types, lambda d: scores_by_type(d.dialogues, d.tags)),
    Section("time_confusion", _types, lambda d: time_confusion(d.dialogues, d.tags)),
    Section("type_confusion", _confirmed_types, lambda d: type_confusion(d.dialogues, d.tags)),
    Section("silent_misses", _onsets, lambda d: silent_record(d.dialogues)),
    Section("threshold_curve", _onsets, lambda d: threshold_curve(d.dialogues, once=d.once, by=d.by)),
    Section("calibration", _always, lambda d: calibration(d.dialogues, d.tags)),
)  # fmt: skip
"""In the order of the file."""
