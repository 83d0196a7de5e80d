"""The content of ``metrics-<split>.json``: what the functions of this folder give and readers take.

Scores and shares lie between 0 and 1, rates are per 100 user turns, times are in user turns. ``None`` is an undefined
figure, ``null`` in the file.
"""

from typing import NotRequired, TypedDict

from crisis_turns.decision.tagged import Score
from crisis_turns.metrics.alarm_sections import Deployment, EarlyRisk, FalseAlarms, Safety, Timing
from crisis_turns.metrics.score_sections import (
    CalibrationSection,
    Errors,
    ExclusiveScores,
    Interval,
    LevelScores,
    LevelSection,
    Matrix,
    PairedDifference,
    ProbeScores,
    RevealScores,
    SilentMisses,
    TagScores,
    ThresholdPoint,
    TurnScores,
)

Comparison = TypedDict(
    "Comparison",
    {
        "with": str,
        "sections": dict[LevelSection, PairedDifference],
        "parts": NotRequired[dict[str, PairedDifference]],
    },
)
"""To another system, called ``with``, on the same dialogues; ``parts``: of turn micro F1, by part of the corpus."""


class ScoredSections(TypedDict):
    """What gold, decisions and beliefs give by themselves; the tag set alone decides which sections there are."""

    turn: TurnScores
    turn_confirm: NotRequired[LevelScores]
    turn_alert: NotRequired[LevelScores]
    dialogue: NotRequired[LevelScores]
    dialogue_confirm: NotRequired[LevelScores]
    per_tag: dict[str, TagScores]
    per_tag_f1_ci95: dict[str, Interval]
    exclusive: NotRequired[ExclusiveScores]
    class_confusion: NotRequired[Matrix]
    timing: NotRequired[Timing]
    false_alarms: NotRequired[FalseAlarms]
    safety: NotRequired[Safety]
    deployment: NotRequired[Deployment]
    deployment_confirm: NotRequired[Deployment]
    """Of Confirm tags alone, labels and flags."""
    early_risk: NotRequired[EarlyRisk]
    by_reveal: NotRequired[dict[str, RevealScores]]
    per_type: NotRequired[dict[str, TagScores]]
    time_confusion: NotRequired[Matrix]
    type_confusion: NotRequired[Matrix]
    silent_misses: NotRequired[SilentMisses | None]
    threshold_curve: NotRequired[list[ThresholdPoint] | None]
    calibration: CalibrationSection | None


class PartScores(TypedDict):
    """Of the dialogues of one part of the corpus."""

    n_dialogues: int
    n_labels: int
    turn: LevelScores
    turn_confirm: NotRequired[LevelScores]
    turn_alert: NotRequired[LevelScores]
    dialogue: NotRequired[LevelScores]
    dialogue_confirm: NotRequired[LevelScores]
    label_free_flagged: NotRequired[float | None]


class AnswerCounts(TypedDict):
    """Of a language model's answers. ``kinds``: ``exact`` is in the very form asked for, ``mended`` was read with
    tolerance; all others count as no tag: ``unreadable``, ``empty``, ``cut`` (at the longest allowed), ``refused`` by
    the model, ``filtered`` and ``rejected`` by the server.
    """

    answers: int
    kinds: dict[str, int]
    unknown_tags: int
    """Names and turns that do not exist; they are left out."""
    tokens_read: int
    tokens_written: int
    seconds: float
    """Of all calls together."""
    price: float | None
    """In the currency of ``llm.price``."""
    left_out: list[str]
    """Parameters that the server did not take."""


class ExtraSections(TypedDict, total=False):
    """What needs more than that: parts or annotations of the corpus, or another system's predictions."""

    parts: dict[str, PartScores]
    """By the name of the part, where the corpus has several."""
    errors: Errors
    probes: dict[str, ProbeScores]
    comparison: Comparison
    answers: AnswerCounts
    """Of a language model."""
    as_said: dict[LevelSection, LevelScores]
    """Of a language model, where each tag may be given any number of times in a dialogue, as its answers do."""


class MetricsRecord(ScoredSections, ExtraSections):
    """The whole file."""

    scorer_version: str
    data_sha256: str
    corpus: str
    split: str
    n_dialogues: int
    n_user_turns: int
    n_labels: int
    recall_ceiling_at_most_once: float | None
    threshold: float | dict[str, float] | None
    """The one of all tags, or one per tag; ``None`` where a foreign system decided, or classes are exclusive."""
    decision_score: Score
    published_split: bool
