"""The content of ``cascade-<split>.json``. Scores and shares are between 0 and 1; undefined ones are null."""

from typing import TypedDict

from crisis_turns.decision.thresholds_file import ThresholdsRecord
from crisis_turns.metrics.alarm_sections import Deployment
from crisis_turns.metrics.score_sections import LevelScores, LevelSection, PairedDifference


class CurvePoint(TypedDict):
    """What both systems say together when the large one is asked about this share of the user turns."""

    share: float
    asked: int
    threshold: float | None
    """It is asked where the rule's figure is as high or higher; null where it never is."""
    micro_f1: float | None
    micro_precision: float | None
    micro_recall: float | None
    dialogue_micro_f1: float | None
    false_per_100_turns: float | None
    sensitivity: float | None
    """Share of the dialogues with a label that raise an alert."""
    alerts_per_1000: float | None
    """Alerts that 1,000 conversations raise where one in a hundred holds a label."""
    alert_precision: float | None
    """Share of these alerts that are right."""
    price_per_1000_turns: float | None


class RandomPoint(TypedDict):
    """The same where the turns are drawn by lot: means over the draws."""

    share: float
    micro_f1: float | None
    micro_recall: float | None


class RuleScore(TypedDict):
    """A rule on the split that it was chosen on."""

    mean_f1: float
    """Over the shares up to the largest that is allowed."""
    best_f1: float
    best_share: float


class Choice(TypedDict):
    split: str
    data_sha256: str
    rules: dict[str, RuleScore]


class ChosenPoint(TypedDict):
    """The cascade as it would run."""

    curve: CurvePoint
    levels: dict[LevelSection, LevelScores]
    deployment: Deployment
    minus_small: dict[LevelSection, PairedDifference]
    minus_large: dict[LevelSection, PairedDifference]


class CascadeRecord(TypedDict):
    """The whole file."""

    scorer_version: str
    corpus: str
    split: str
    data_sha256: str
    n_dialogues: int
    n_user_turns: int
    n_labels: int
    small: str
    large: str
    thresholds: ThresholdsRecord | None
    """The small system's; null where nobody knows them."""
    rule: str
    largest_share: float
    price: float | None
    """Of one turn that is asked about."""
    once: bool
    """Whether each tag is given at most once per dialogue."""
    choice: Choice | None
    """Null where the rule was given."""
    curve: list[CurvePoint]
    by_lot: list[RandomPoint]
    chosen: ChosenPoint
