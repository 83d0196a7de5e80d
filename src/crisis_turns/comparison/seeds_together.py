"""The seeds of a system as one more system: their beliefs averaged in log odds, thresholds chosen anew on validation.

Several trainings that speak as one are a deep ensemble (Lakshminarayanan et al. 2017, arXiv 1612.01474, who average
probabilities). The runs' predictions files are all that is read.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from crisis_turns.comparison.finished_runs import Run
from crisis_turns.comparison.systems import Decided, System
from crisis_turns.config import RunConfig
from crisis_turns.decision.opinion_pool import log_opinion_pool
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.errors import InputError
from crisis_turns.metrics.by_part import part_scores
from crisis_turns.metrics.calibration import scaled_calibration
from crisis_turns.metrics.error_kinds import error_record
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.metrics_file import ExtraSections, MetricsRecord
from crisis_turns.metrics.temperature import fit_temperature
from crisis_turns.predictions.format import read_decided
from crisis_turns.tags import TagSet

_RESAMPLES = 1
"""Intervals of the metrics are not shown: the comparison draws for itself."""


def with_seeds_together(systems: Sequence[System]) -> list[System]:
    """The systems, each that has several seeds followed by its seeds together.

    Raises:
        InputError: if none has, or the files of a run do not hold what this needs.
    """
    if all(len(system.runs) < 2 for system in systems):
        raise InputError("together=true: expected a system with at least two seeds, found one seed of each")
    found: list[System] = []
    for system in systems:
        found.append(system)
        if len(system.runs) > 1:
            found.append(seeds_together(system))
    return found


def seeds_together(system: System) -> System:
    """All seeds of a system as one, which decides as each of them does.

    Raises:
        InputError: if a run lacks probabilities, or predictions of validation.
    """
    first = system.runs[0]
    config = first.config
    if not isinstance(config, RunConfig):
        raise InputError(
            f"{first.folder.asked}: together=true needs thresholds that were chosen on validation, and a language "
            "model's answers have none; leave them out of runs="
        )
    tags, decision = config.data.tag_set, config.decision
    believed = [_with_beliefs(run, first.metrics["split"], run.dialogues, decision.score) for run in system.runs]
    validation = averaged(_of_validation(system.runs, tags, decision.score), exclusive=tags.exclusive)
    policy = tune(validation, tags, scope=decision.thresholds, once=decision.once, score=decision.score)
    decided = policy.apply(averaged(believed, exclusive=tags.exclusive))
    return replace(
        system,
        called=replace(system.called, together=len(system.runs)),
        together=Decided(decided, _metrics(system, decided, tags, policy, validation)),
    )


def averaged(by_run: Sequence[Sequence[Tagged]], *, exclusive: bool) -> list[Tagged]:
    """Each dialogue with the mean over the runs of its beliefs' log odds (logs of exclusive classes), as a probability
    again; nothing is decided yet.
    """
    found = []
    for same in zip(*by_run, strict=True):
        begun = [dialogue.begun for dialogue in same if dialogue.begun is not None]
        onset = log_opinion_pool([dialogue.beliefs for dialogue in same], exclusive=exclusive)
        so_far = log_opinion_pool(begun, exclusive=exclusive) if len(begun) == len(same) else None
        found.append(replace(same[0], predicted=np.zeros_like(same[0].gold), onset=onset, begun=so_far))
    return found


def _of_validation(runs: Sequence[Run], tags: TagSet, score: Score) -> list[list[Tagged]]:
    """What each run has written of validation, where all are about the same turns."""
    read: list[list[Tagged]] = []
    for run in runs:
        path = run.folder.predictions("validation")
        if not path.is_file():
            raise InputError(f"{path}: together=true chooses thresholds on it, and there is none; {_anew(run, path)}")
        read.append(_with_beliefs(run, "validation", read_decided(path, tags), score))
        places = [[(d.dialogue_id, d.turn_ids, d.gold.tolist()) for d in found] for found in (read[0], read[-1])]
        if places[0] != places[1]:
            other = runs[0].folder.predictions("validation")
            raise InputError(
                f"{path}: together=true needs the same dialogues, turns and gold tags of all runs, found others "
                f"than in {other}; {_anew(run, path)}"
            )
    return read


def _with_beliefs(run: Run, split: str, dialogues: list[Tagged], score: Score) -> list[Tagged]:
    """The dialogues, refused without the beliefs that the runs put thresholds on."""
    path = run.folder.predictions(split)
    for name, given in (
        ("probabilities", all(d.onset is not None for d in dialogues)),
        ("begun", score == "onset" or all(d.begun is not None for d in dialogues)),
    ):
        if not given:
            raise InputError(f"{path}: together=true needs '{name}' on every user turn; {_anew(run, path)}")
    return dialogues


def _anew(run: Run, path: Path) -> str:
    split = path.stem.removeprefix("predictions-")
    return f"evaluate run={run.folder.path} split={split} writes it"


def _metrics(
    system: System, decided: list[Tagged], tags: TagSet, policy: Policy, validation: list[Tagged]
) -> MetricsRecord:
    """What a run's own metrics would say of these decisions, as far as it takes no corpus."""
    of_runs = [run.metrics for run in system.runs]
    sections = scored_sections(decided, tags, resamples=_RESAMPLES, once=policy.once, by=policy.score)
    if sections["calibration"] and all("scaled" in (metrics.get("calibration") or ()) for metrics in of_runs):
        temperature = fit_temperature(validation, exclusive=tags.exclusive)
        sections["calibration"]["scaled"] = scaled_calibration(decided, tags, temperature)
    extra: ExtraSections = {}
    if not tags.exclusive:
        extra["errors"] = error_record(decided, tags)
    if parts := of_runs[0].get("parts"):
        sizes = [(name, part["n_dialogues"]) for name, part in parts.items()]
        extra["parts"] = part_scores(decided, tags, sizes, resamples=_RESAMPLES)
    published = all(metrics.get("published_split") for metrics in of_runs)
    return cast(MetricsRecord, {"published_split": published, **sections, **extra})
