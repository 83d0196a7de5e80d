"""The content of ``comparison.json``, from which all tables and plots of a comparison are made.

Scores and shares are between 0 and 1; undefined ones, and the sd of a single seed, are null. Scores are micro F1,
except for exclusive classes: ``turn`` is then their macro F1, and ``accuracy`` stands beside it.
"""

from typing import Literal, TypedDict

from crisis_turns.config import Split
from crisis_turns.metrics.published import RankedSystem

Settings = dict[str, object]
"""Dotted key of the configuration to value: ``{"head": "onset", "model.context_window": 4}``."""
Interval = list[float | None]
"""``[low, high]`` of a 95 % interval."""
MeanErrors = dict[str, float | None]
"""Kind of error (``metrics/error_kinds.py``) to mean number in a run; null where a run cannot tell a kind. By
phenomenon with ``n_dialogues`` and ``n_labels`` before the kinds.
"""
ProperScore = Literal["log_loss", "brier"]


class SeedMean(TypedDict):
    """A number over the seeds of a system."""

    mean: float | None
    sd: float | None
    by_seed: list[float | None]


class SystemScore(SeedMean):
    """F1 (or accuracy) over seeds, with what a new sample would change."""

    ci95_dialogues: Interval
    """Of dialogues, the seeds as they are."""
    ci95: Interval
    """Of dialogues and seeds."""


class ProperScores(TypedDict):
    log_loss: float
    brier: float


class ReliabilityBin(TypedDict):
    """One of the bins of equal numbers into which probabilities above 0.05 are sorted."""

    probability: float
    observed: float


class MeanCalibration(TypedDict):
    scores: dict[str, ProperScores]
    """Over ``all`` tags, and by group of tags: ``alert``, ``confirm``."""
    reliability: list[ReliabilityBin]


class SystemCalibration(TypedDict):
    """Before and after temperature scaling; ``after`` is null unless each run was scored with ``calibrate=true``."""

    before: MeanCalibration
    after: MeanCalibration | None
    temperature: float | None


class FitSeconds(TypedDict):
    """The median, because a first run also fills the cache of turn vectors. Of seeds together the one number is the sum
    over the runs.
    """

    median: float
    by_seed: list[float]


class SystemResult(TypedDict):
    """One configuration under its seeds."""

    name: str
    settings: Settings
    """The keys in which the compared systems differ."""
    seeds: list[int]
    runs: list[str]
    """Names of the run folders, in the order of the seeds."""
    together: bool
    """Whether these runs speak as one, so that there is one number where ``by_seed`` has one for each of them."""
    scores: dict[str, SystemScore]
    """``turn``, ``turn_confirm``, ``turn_alert``, ``dialogue``, ``dialogue_confirm``."""
    label_free_flagged: SeedMean
    """Share of label-free dialogues with a flag."""
    false_flags_per_100_turns: SeedMean
    """Before a dialogue's first label."""
    errors: MeanErrors
    """Empty for exclusive classes."""
    errors_by_phenomenon: dict[str, MeanErrors]
    """Empty where the corpus names no phenomena, and of seeds together."""
    calibration: SystemCalibration | None
    """Null without probabilities."""
    figures: dict[str, SeedMean]
    """Single figures of the metrics files, by their dotted keys and in their units."""
    fit_seconds: FitSeconds


class Difference(TypedDict):
    """A system's score minus the baseline's."""

    difference: float | None
    ci95: Interval
    p: float | None
    p_holm: float | None
    """Corrected over the systems beside the baseline."""


class SystemDifference(TypedDict):
    name: str
    scores: dict[str, Difference]


class BaselineDifferences(TypedDict):
    """Every other system's distance from the system that was named as the baseline."""

    baseline: str
    differences: list[SystemDifference]


class Comparison(TypedDict):
    """The whole file."""

    split: Split
    corpus: str
    data_sha256: str
    scorer_version: str
    n_dialogues: int
    headline: str
    """The score that plots and p values in tables are of."""
    differing: list[str]
    """Keys of the configuration."""
    test: str
    """The statistical test, in words."""
    systems: list[SystemResult]
    comparison: BaselineDifferences | None
    """Null without a baseline."""
    published: list[RankedSystem] | None
    """The benchmark's published results with these systems among them; null but on its own test split."""
