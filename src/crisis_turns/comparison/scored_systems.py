"""Each system's results: scores with intervals over dialogues and seeds, and what its runs' metrics say on average."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from crisis_turns.comparison.comparison_file import SystemResult, SystemScore
from crisis_turns.comparison.figures import figure, has_figure
from crisis_turns.comparison.seed_means import (
    false_flags_per_100_turns,
    label_free_flagged,
    mean_calibration,
    mean_errors,
    mean_errors_by_phenomenon,
    seed_mean,
)
from crisis_turns.comparison.systems import System
from crisis_turns.metrics.levels import levels
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.statistics.crossed import resampled_scores, seed_scores
from crisis_turns.tags import TagSet

HEADLINE = "turn"


@dataclass(frozen=True)
class ScoredSystem:
    """A system's result, and what its differences from another are tested with."""

    result: SystemResult
    samples: dict[str, np.ndarray]
    """Name of a score to ``(resamples,)`` means over seeds, from draws that all systems share."""


@dataclass(frozen=True)
class _Score:
    level: str
    kept: Sequence[int]
    macro: bool = False


def scored(system: System, *, resamples: int, figures: Sequence[str] = ()) -> ScoredSystem:
    """The system with as many samples of its dialogues and seeds.

    Args:
        figures: dotted keys of the figures that its runs' metrics are to be asked for.
    """
    scores: dict[str, SystemScore] = {}
    samples: dict[str, np.ndarray] = {}
    for name, score in _scores(system.runs[0].config.data.tag_set).items():
        counts = system.counts(score.level, score.kept)
        fixed, samples[name] = (
            resampled_scores(counts, resamples=resamples, over_seeds=over_seeds, macro=score.macro)
            for over_seeds in (False, True)
        )
        scores[name] = {
            **seed_mean([number(value) for value in seed_scores(counts, macro=score.macro)]),
            "ci95_dialogues": interval95(fixed),
            "ci95": interval95(samples[name]),
        }
    return ScoredSystem(_result(system, scores, figures), samples)


def _scores(tags: TagSet) -> dict[str, _Score]:
    if tags.exclusive:
        return {HEADLINE: _Score("turn", range(len(tags)), macro=True), "accuracy": _Score("turn", range(len(tags)))}
    return {name: _Score(level, kept) for name, (level, kept) in levels(tags).items()}


def _result(system: System, scores: dict[str, SystemScore], figures: Sequence[str]) -> SystemResult:
    seconds = [run.fit_seconds for run in system.runs]
    if system.together:
        seconds = [sum(seconds)]  # all of them were trained for it
    return {
        "name": system.name,
        "settings": system.settings,
        "seeds": system.seeds,
        "runs": [run.name for run in system.runs],
        "together": system.together is not None,
        "scores": scores,
        "label_free_flagged": label_free_flagged(system.metrics),
        "false_flags_per_100_turns": false_flags_per_100_turns(system.metrics),
        "errors": mean_errors(system.metrics),
        "errors_by_phenomenon": mean_errors_by_phenomenon(system.metrics),
        "calibration": mean_calibration(system.metrics),
        "figures": {key: seed_mean([_figure(found, key) for found in system.metrics]) for key in figures},
        "fit_seconds": {"median": median(seconds), "by_seed": seconds},
    }


def _figure(metrics: MetricsRecord, key: str) -> float | None:
    """Every run has it (``shown_figures``); of seeds together, some take the corpus and are undefined."""
    return figure(metrics, key) if has_figure(metrics, key) else None
