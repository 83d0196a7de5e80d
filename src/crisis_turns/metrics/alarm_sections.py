"""Sections of ``metrics-<split>.json`` on when a flag comes and what it costs: timing, safety, alerts of a service."""

from typing import Literal, NotRequired, TypedDict, get_args

from crisis_turns.metrics.score_sections import Interval

DeploymentSection = Literal["deployment", "deployment_confirm"]
DEPLOYMENT_SECTIONS: tuple[DeploymentSection, ...] = get_args(DeploymentSection)
Prevalence = Literal["1_in_1000", "1_in_100", "1_in_20"]
PREVALENCES: dict[Prevalence, float] = {"1_in_1000": 0.001, "1_in_100": 0.01, "1_in_20": 0.05}
"""Shares of a service's conversations that hold a label, by their keys in such a section."""
Stretch = Literal["before_first_label", "after_first_label", "label_free", "labelled_turns"]
STRETCHES: tuple[Stretch, ...] = get_args(Stretch)
"""Where a false flag can stand; every user turn is in one."""


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
