"""The content of ``comparison.json``: every figure of a comparison, from which its tables and pictures are made.

::

    {"split": "test", "corpus": "mini", "data_sha256": …, "scorer_version": …, "n_dialogues": 200,
     "headline": "turn",                                 # the score that figures and the ranking are made of
     "differing": ["head", "model.context_window"],      # keys of the configuration
     "test": "…",                                        # the statistical test, in words
     "systems": [
       {"name": "head=onset, context_window=4", "settings": {"head": "onset", "model.context_window": 4},
        "seeds": [1, 2, 3], "runs": ["hier_crf-onset-mini-s1-0a1b2c3d", …],
        "scores": {
          "turn": {"mean": 0.27, "sd": 0.02, "by_seed": [0.26, 0.28, 0.27],
                   "ci95_dialogues": [0.21, 0.33],       # the seeds as they are
                   "ci95": [0.20, 0.34]},                # dialogues and seeds
          "turn_confirm": {…}, "turn_alert": {…}, "dialogue": {…}, "dialogue_confirm": {…}},
        "label_free_flagged": {"mean": …, "sd": …, "by_seed": […]},         # share of label-free dialogues with a flag
        "false_flags_per_100_turns": {"mean": …, "sd": …, "by_seed": […]},  # before the first label
        "errors": {"wrong_time": 3.4, "early": 12.0, …},                    # mean number by kind: error_kinds.py
        "errors_by_phenomenon": {"idiom": {"n_dialogues": 22, "n_labels": 31, "wrong_time": 0.4, …}, …},
        "calibration": {"before": {"scores": {"all": {"log_loss": 0.05, "brier": 0.01}, "alert": {…}, …},
                                   "reliability": [{"probability": 0.07, "observed": 0.05}, …]},
                        "after": {…}, "temperature": 1.3},          # null without evaluate's calibrate=true
        "fit_seconds": {"median": …, "by_seed": […]}}],  # the median: a first run also fills the cache of turn vectors
     "comparison": {                                     # null without a baseline
       "baseline": "head=independent",
       "differences": [
         {"name": "head=onset, context_window=4",
          "scores": {"turn": {"difference": 0.03, "ci95": [0.01, 0.05], "p": 0.004, "p_holm": 0.008}, …}}]}}

Scores and shares are between 0 and 1; undefined figures, and the sd of a single seed, are null. Scores are micro F1,
except for exclusive classes: ``turn`` is then their macro F1, and ``accuracy`` stands beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from crisis_turns.comparison.calibration import mean_calibration
from crisis_turns.comparison.errors import mean_errors, mean_errors_by_phenomenon
from crisis_turns.comparison.spread import spread
from crisis_turns.comparison.systems import System
from crisis_turns.config import Split
from crisis_turns.metrics.levels import levels
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.statistics.bootstrap import two_sided_p
from crisis_turns.metrics.statistics.crossed import holm, resampled_scores, seed_scores
from crisis_turns.tags import TagSet

HEADLINE = "turn"
TEST = (
    "paired crossed bootstrap of the difference in mean score: dialogues drawn with replacement for both systems "
    "alike, n - 1 of the n seeds drawn with replacement; two-sided p, corrected by Holm's method over the systems "
    "beside the baseline, apart for each score"
)


@dataclass(frozen=True)
class _Score:
    level: str
    kept: Sequence[int]
    macro: bool = False


def comparison_record(
    systems: Sequence[System], split: Split, *, baseline: System | None, resamples: int
) -> dict[str, Any]:
    """Scores of each system and, with a baseline, the difference of every other system from it."""
    first = systems[0].runs[0]
    scores = _scores_of(first.config.data.tag_set)
    rows, samples = {}, {}
    for system in systems:
        figures, samples[system.name] = _scored(system, scores, resamples)
        rows[system.name] = _system(system, figures)
    return {
        "split": split,
        **{key: first.metrics[key] for key in ("corpus", "data_sha256", "scorer_version", "n_dialogues")},
        "headline": HEADLINE,
        "differing": list(dict.fromkeys(key for system in systems for key in system.settings)),
        "test": TEST,
        "systems": list(rows.values()),
        "comparison": _comparison(rows, samples, baseline.name) if baseline else None,
    }


def _scores_of(tags: TagSet) -> dict[str, _Score]:
    if tags.exclusive:
        return {HEADLINE: _Score("turn", range(len(tags)), macro=True), "accuracy": _Score("turn", range(len(tags)))}
    return {name: _Score(level, kept) for name, (level, kept) in levels(tags).items()}


def _scored(
    system: System, scores: dict[str, _Score], resamples: int
) -> tuple[dict[str, dict[str, Any]], dict[str, np.ndarray]]:
    """Each score's figures, and its samples over dialogues and seeds, from draws that all systems share."""
    figures, samples = {}, {}
    for name, score in scores.items():
        counts = system.counts(score.level, score.kept)
        fixed, samples[name] = (
            resampled_scores(counts, resamples=resamples, over_seeds=over_seeds, macro=score.macro)
            for over_seeds in (False, True)
        )
        figures[name] = {
            **spread([number(value) for value in seed_scores(counts, macro=score.macro)]),
            "ci95_dialogues": interval95(fixed),
            "ci95": interval95(samples[name]),
        }
    return figures, samples


def _system(system: System, figures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    seconds = [run.fit_seconds for run in system.runs]
    return {
        "name": system.name,
        "settings": system.settings,
        "seeds": system.seeds,
        "runs": [run.name for run in system.runs],
        "scores": figures,
        **_alarms(system),
        "errors": mean_errors(system.runs),
        "errors_by_phenomenon": mean_errors_by_phenomenon(system.runs),
        "calibration": mean_calibration(system.runs),
        "fit_seconds": {"median": median(seconds), "by_seed": seconds},
    }


def _alarms(system: System) -> dict[str, Any]:
    """From the runs' metrics; exclusive classes have no false alarms."""
    read: dict[str, Callable[[dict[str, Any]], float | None]] = {
        "label_free_flagged": lambda alarms: alarms["label_free_flagged"],
        "false_flags_per_100_turns": lambda alarms: alarms["before_first_label"]["flags_per_100_turns"],
    }
    found = [run.metrics.get("false_alarms") for run in system.runs]
    return {name: spread([alarms and value(alarms) for alarms in found]) for name, value in read.items()}


def _comparison(
    rows: dict[str, dict[str, Any]], samples: dict[str, dict[str, np.ndarray]], baseline: str
) -> dict[str, Any]:
    others = [name for name in rows if name != baseline]
    found: dict[str, dict[str, Any]] = {name: {} for name in others}
    for score, theirs in rows[baseline]["scores"].items():
        apart = [samples[name][score] - samples[baseline][score] for name in others]
        p_values = [two_sided_p(differences) for differences in apart]
        for name, differences, p, corrected in zip(others, apart, p_values, holm(p_values), strict=True):
            means = rows[name]["scores"][score]["mean"], theirs["mean"]
            found[name][score] = {
                "difference": None if None in means else means[0] - means[1],
                "ci95": interval95(differences),
                "p": p,
                "p_holm": corrected,
            }
    return {"baseline": baseline, "differences": [{"name": name, "scores": row} for name, row in found.items()]}
