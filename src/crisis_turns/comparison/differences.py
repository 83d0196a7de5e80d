"""How far the systems are from a baseline, tested on draws of dialogues and seeds that all of them share."""

from collections.abc import Sequence

from crisis_turns.comparison.comparison_file import BaselineDifferences, Difference
from crisis_turns.comparison.scored_systems import ScoredSystem
from crisis_turns.metrics.numbers import interval95
from crisis_turns.metrics.statistics.bootstrap import two_sided_p
from crisis_turns.metrics.statistics.crossed import holm

TEST = (
    "paired crossed bootstrap of the difference in mean score: dialogues drawn with replacement for both systems "
    "alike, n - 1 of the n seeds drawn with replacement; two-sided p, corrected by Holm's method over the systems "
    "beside the baseline, apart for each score"
)


def differences_from(baseline: ScoredSystem, others: Sequence[ScoredSystem]) -> BaselineDifferences:
    """Each other system's score minus the baseline's, for every score."""
    by_score = {name: _differences(name, baseline, others) for name in baseline.result["scores"]}
    return {
        "baseline": baseline.result["name"],
        "differences": [
            {"name": system.result["name"], "scores": {name: found[place] for name, found in by_score.items()}}
            for place, system in enumerate(others)
        ],
    }


def _differences(score: str, baseline: ScoredSystem, others: Sequence[ScoredSystem]) -> list[Difference]:
    apart = [system.samples[score] - baseline.samples[score] for system in others]
    p_values = [two_sided_p(samples) for samples in apart]
    theirs = baseline.result["scores"][score]["mean"]
    found: list[Difference] = []
    for system, samples, p, corrected in zip(others, apart, p_values, holm(p_values), strict=True):
        ours = system.result["scores"][score]["mean"]
        found.append(
            {
                "difference": None if ours is None or theirs is None else ours - theirs,
                "ci95": interval95(samples),
                "p": p,
                "p_holm": corrected,
            }
        )
    return found
