"""A comparison from its first step to its last: runs found, grouped, scored, written and printed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from crisis_turns.comparison.comparison_file import Comparison
from crisis_turns.comparison.differences import TEST, differences_from
from crisis_turns.comparison.figures import shown_figures
from crisis_turns.comparison.finished_runs import find_runs, read_runs, scored_on
from crisis_turns.comparison.output import print_comparison, write_comparison
from crisis_turns.comparison.scored_systems import HEADLINE, ScoredSystem, scored
from crisis_turns.comparison.seeds_together import with_seeds_together
from crisis_turns.comparison.systems import System, chosen_baseline, grouped
from crisis_turns.config import Split
from crisis_turns.files import check_writable
from crisis_turns.metrics.published import RankedSystem, ranking
from crisis_turns.runs.pretrained import PRETRAINED


def compare_runs(
    patterns: Sequence[str],
    *,
    baseline: Sequence[object] | None,
    split: Split | None,
    together: bool = False,
    out: Path | None,
    figures: Sequence[str] | None = None,
    resamples: int,
    quiet: bool,
) -> Comparison:
    """Compare the runs whose folders match, and write ``comparison.json``, ``comparison.md`` and the plots.

    Args:
        baseline: settings of the system that the others are tested against.
        split: the runs scored on it; by default test where every run was, otherwise validation.
        figures: dotted keys of numbers in the metrics files, to be shown beside the scores; by default those of a
            service that every run has.
        together: whether the seeds of each system are one more system, together.
        out: by default ``comparison-<split>`` beside the run folders.
        resamples: samples behind each interval and p value.

    Raises:
        InputError: if the runs cannot stand beside each other, or no single system is the baseline.
    """
    found = find_runs(patterns)
    split, folders = scored_on(found, split)
    if len(folders) < len(found) and not quiet:
        print(f"{len(folders)} of {len(found)} runs were scored on {split}; the others are left out")
    beside = next(found.path.parent for found in folders if found.path != PRETRAINED)
    folder = out or beside / f"comparison-{split}"
    check_writable(folder / "comparison.json", "out")
    runs = read_runs(folders, split)
    shown = shown_figures(runs, figures)
    systems = with_seeds_together(grouped(runs)) if together else grouped(runs)
    if len({system.settings.get("data.train") for system in systems}) > 1 and not quiet:
        print("note: not all of these runs learnt from the same version of the corpus (trained_on.json)")
    chosen = None if baseline is None else chosen_baseline(systems, baseline)
    comparison = compared(systems, split, baseline=chosen, resamples=resamples, figures=shown)
    write_comparison(comparison, folder)
    if not quiet:
        print_comparison(comparison)
        print(f"tables and figures: {folder}")
    return comparison


def compared(
    systems: Sequence[System], split: Split, *, baseline: System | None, resamples: int, figures: Sequence[str] = ()
) -> Comparison:
    """Scores of each system and, with a baseline, the difference of every other system from it."""
    results = {system.name: scored(system, resamples=resamples, figures=figures) for system in systems}
    metrics = systems[0].runs[0].metrics
    others = [results[system.name] for system in systems if system is not baseline]
    return {
        "split": split,
        "corpus": metrics["corpus"],
        "data_sha256": metrics["data_sha256"],
        "scorer_version": metrics["scorer_version"],
        "n_dialogues": metrics["n_dialogues"],
        "headline": HEADLINE,
        "differing": list(dict.fromkeys(key for system in systems for key in system.settings)),
        "test": TEST,
        "systems": [system.result for system in results.values()],
        "comparison": differences_from(results[baseline.name], others) if baseline else None,
        "published": _beside_published(systems, results),
    }


def _beside_published(systems: Sequence[System], results: Mapping[str, ScoredSystem]) -> list[RankedSystem] | None:
    """The counts and supports of the split decide, as the scorer has found them, and never the corpus's name."""
    if not all(metrics.get("published_split") for system in systems for metrics in system.metrics):
        return None
    scores = {name: scored.result["scores"] for name, scored in results.items()}
    return ranking({name: (found["turn"]["mean"], found["dialogue"]["mean"]) for name, found in scores.items()})
