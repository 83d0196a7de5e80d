"""What a comparison reads of a run's ``metrics-<split>.json``."""

from typing import NotRequired, TypedDict

from crisis_turns.comparison.schema import ProperScores, ReliabilityBin


class StretchFlags(TypedDict):
    flags_per_100_turns: float | None


class FalseAlarms(TypedDict):
    label_free_flagged: float | None
    before_first_label: StretchFlags


class Errors(TypedDict):
    kinds: dict[str, int | None]
    by_phenomenon: NotRequired[dict[str, dict[str, int | None]]]


class Calibration(ProperScores):
    """Over all tags, by group of tags, and in bins of equal numbers above 0.05."""

    groups: dict[str, ProperScores]
    above: list[ReliabilityBin]


class ScaledCalibration(Calibration):
    temperature: float


class CalibrationSection(Calibration):
    scaled: NotRequired[ScaledCalibration]
    """Of a run that was scored with ``calibrate=true``."""


class MetricsRecord(TypedDict):
    corpus: str
    split: str
    data_sha256: str
    scorer_version: str
    n_dialogues: int
    false_alarms: NotRequired[FalseAlarms]
    """Not of exclusive classes, nor are there ``errors``."""
    errors: NotRequired[Errors]
    calibration: NotRequired[CalibrationSection | None]
