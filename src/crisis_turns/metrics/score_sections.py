"""Sections of ``metrics-<split>.json`` on what is right and what is believed: scores, errors, calibration."""

from typing import Literal, NotRequired, TypedDict, get_args

Interval = list[float | None]
"""``[low, high]`` of a 95 % bootstrap interval over dialogues."""
Matrix = dict[str, dict[str, int]]
"""Numbers by gold label, then by predicted label; ``none`` is one of both."""
LevelSection = Literal["turn", "turn_confirm", "turn_alert", "dialogue", "dialogue_confirm"]
"""Sections that hold the scores of a level, over all tags or one kind of them."""
LEVEL_SECTIONS: tuple[LevelSection, ...] = get_args(LevelSection)
"""Headline first."""


class LevelScores(TypedDict):
    micro_f1: float | None
    micro_f1_ci95: Interval
    micro_precision: float | None
    micro_recall: float | None
    macro_f1: float | None


class TurnScores(LevelScores):
    exact_match: float


class TagScores(TypedDict):
    """Of one tag, or of one type with its times united."""

    f1: float | None
    precision: float | None
    recall: float | None
    support: int
    predicted: int


class ExclusiveScores(TypedDict):
    """Where every turn has exactly one class."""

    accuracy: float
    macro_f1: float | None
    weighted_f1: float | None
    """Mean over classes, each weighed by its gold support."""
    weighted_f1_ci95: Interval
    ignored_class: str | None
    """``data.ignored_class``; without one the next two are ``None``."""
    micro_f1_without_ignored: float | None
    micro_f1_without_ignored_ci95: Interval
    per_class: dict[str, TagScores]


class RevealScores(TypedDict):
    n_dialogues: int
    n_labels: int
    turn_micro_f1: float | None
    turn_micro_f1_ci95: Interval
    dialogue_micro_f1: float | None
    never_flagged: float | None


class SilentMisses(TypedDict):
    n: int
    n_missed: int
    of_missed: float | None
    begun_at_least: float


class ThresholdPoint(TypedDict):
    threshold: float
    f1: float | None
    precision: float | None
    recall: float | None


class ProperScores(TypedDict):
    brier: float
    log_loss: float


Bin = TypedDict(
    "Bin", {"from": float, "to": float, "n": int, "probability": float, "observed": float}
)  # fmt: skip
"""Of ``n`` probabilities between two edges: their mean, and the share that was so."""


class Calibration(ProperScores):
    expected_calibration_error: float
    bins: list[Bin]
    above: list[Bin]
    groups: dict[str, ProperScores]


class ScaledCalibration(Calibration):
    temperature: float


class CalibrationSection(Calibration):
    """Of the probabilities as given and, if asked for, after temperature scaling."""

    scaled: NotRequired[ScaledCalibration]


ErrorCounts = dict[str, int | None]
"""Kind of error to its number; a silent miss is ``None`` if the system says nothing about what has begun."""


class Errors(TypedDict):
    kinds: ErrorCounts
    by_phenomenon: NotRequired[dict[str, ErrorCounts]]
    """With ``n_dialogues`` and ``n_labels`` of the phenomenon before its kinds."""


class ProbeScores(TypedDict, total=False):
    """Of one phenomenon: ``flagged`` where its dialogues carry no label, ``flagged_at_once`` and ``right_at_once``
    where each states one crisis, the rest where they are minimal pairs.
    """

    n_dialogues: int
    flagged: float
    flagged_at_once: float
    right_at_once: float
    n_pairs: int
    both_right: float
    one_right: float


class PairedDifference(TypedDict):
    micro_f1: float | None
    other_micro_f1: float | None
    difference: float | None
    difference_ci95: Interval
    p: float | None
