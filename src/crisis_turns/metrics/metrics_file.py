"""The content of ``metrics-<split>.json``, section by section: what the functions of this folder give and readers take.

Scores and shares lie between 0 and 1, rates are per 100 user turns, times are in user turns. ``None`` is an undefined
figure, ``null`` in the file.
"""

from typing import Literal, NotRequired, TypedDict, get_args

from crisis_turns.decision.tagged import Score

Interval = list[float | None]
"""``[low, high]`` of a 95 % bootstrap interval over dialogues."""
Matrix = dict[str, dict[str, int]]
"""Numbers by gold label, then by predicted label; ``none`` is one of both."""
LevelSection = Literal["turn", "turn_confirm", "turn_alert", "dialogue", "dialogue_confirm"]
"""Sections that hold the scores of a level, over all tags or one kind of them."""
LEVEL_SECTIONS: tuple[LevelSection, ...] = get_args(LevelSection)
"""Headline first."""
DeploymentSection = Literal["deployment", "deployment_confirm"]
DEPLOYMENT_SECTIONS: tuple[DeploymentSection, ...] = get_args(DeploymentSection)
Prevalence = Literal["1_in_1000", "1_in_100", "1_in_20"]
PREVALENCES: dict[Prevalence, float] = {"1_in_1000": 0.001, "1_in_100": 0.01, "1_in_20": 0.05}
"""Shares of a service's conversations that hold a label, by their keys in such a section."""
Stretch = Literal["before_first_label", "after_first_label", "label_free", "labelled_turns"]
STRETCHES: tuple[Stretch, ...] = get_args(Stretch)
"""Where a false flag can stand; every user turn is in one."""


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


class TimingCounts(TypedDict):
    early: int
    on_time: int
    late: int
    missed: int


class TimingShares(TypedDict):
    """Of ``n_gold`` tags with gold; the four shares sum to 1."""

    n_gold: int
    early: float | None
    on_time: float | None
    late: float | None
    missed: float | None
    on_time_ci95: Interval
    missed_ci95: Interval
    counts: TimingCounts
    difference: dict[str, int]
    """First predicted minus first gold user turn, as text, to the number of tags."""


class Timing(TimingShares):
    """Of all tags, and where a corpus has both kinds, of either."""

    micro_f1_within_1: float | None
    micro_f1_within_1_ci95: Interval
    micro_f1_within_2: float | None
    micro_f1_within_2_ci95: Interval
    confirm: NotRequired[TimingShares]
    alert: NotRequired[TimingShares]


class StretchFlags(TypedDict):
    user_turns: int
    flags: int
    flags_per_100_turns: float | None
    flags_per_100_turns_ci95: Interval


class FalseAlarms(TypedDict):
    label_free_dialogues: int
    label_free_flagged: float | None
    label_free_flagged_ci95: Interval
    before_first_label: StretchFlags
    after_first_label: StretchFlags
    label_free: StretchFlags
    labelled_turns: StretchFlags


class FirstFlag(TypedDict):
    """Shares of the dialogues with a Confirm, by when their first flag came."""

    before: float | None
    same_turn: float | None
    after: float | None
    none: float | None


class DetectionPoint(TypedDict):
    threshold: float
    detected: float | None
    detected_in_time: float | None
    false_alarms_per_100_turns: float | None
    label_free_flagged: float | None


class Safety(TypedDict):
    n_confirmed: int
    never_flagged: float | None
    never_flagged_ci95: Interval
    flagged_by_confirm: float | None
    flagged_by_confirm_ci95: Interval
    first_flag: FirstFlag
    median_difference: float | None
    difference: dict[str, int]
    """First flag minus first Confirm in user turns, as text, to the number of dialogues."""
    false_alarms_per_100_turns: float | None
    curve: list[DetectionPoint] | None


class AtPrevalence(TypedDict):
    """What 1,000 conversations bring of which a share ``prevalence`` is positive."""

    prevalence: float
    precision: float | None
    precision_ci95: Interval
    alerts_per_1000: float | None
    alerts_per_1000_ci95: Interval
    misses_per_1000: float | None
    misses_per_1000_ci95: Interval


Deployment = TypedDict(
    "Deployment",
    {
        "n_positive": int,
        "n_negative": int,
        "sensitivity": float | None,
        "sensitivity_ci95": Interval,
        "false_alarm_rate": float | None,
        "false_alarm_rate_ci95": Interval,
        "found_before_first_label": float | None,
        "1_in_1000": AtPrevalence,
        "1_in_100": AtPrevalence,
        "1_in_20": AtPrevalence,
    },
)
"""Alerts of whole conversations. ``found_before_first_label``: of the positive ones with an alert, the share whose
first one came before the first label.
"""


class EarlyRisk(TypedDict):
    """ERDE and F-latency with what they are made of; delays and lengths are in user turns."""

    n_at_risk: int
    cost_of_false_alarm: float
    erde_5: float | None
    erde_5_ci95: Interval
    erde_50: float | None
    erde_50_ci95: Interval
    f1: float | None
    f1_ci95: Interval
    speed: float | None
    speed_ci95: Interval
    f_latency: float | None
    f_latency_ci95: Interval
    median_delay: float | None
    median_delay_ci95: Interval
    half_speed_at: float
    """Delay with a penalty of one half: the median length of the dialogues."""


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
