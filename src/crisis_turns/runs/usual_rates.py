"""How many flags per dialogue are to be expected where nobody states it: as in train, or as published."""

from typing import NamedTuple

import numpy as np

from crisis_turns.config import DataConfig, TfidfConfig
from crisis_turns.data.corpus import read_split
from crisis_turns.decision.onset_counts import OnsetCounts, read_onset_counts
from crisis_turns.errors import InputError
from crisis_turns.heads import HEADS, heads_where
from crisis_turns.metrics.published import published
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import Run


class Rates(NamedTuple):
    """Flags per dialogue of each of the Y tags, ``(Y,)``, and where the numbers come from."""

    per_dialogue: np.ndarray
    source: str


def usual_rates(run: Run, data: DataConfig | None = None) -> Rates:
    """The published rates for the benchmark's own corpus, those of the run's train for any other.

    Args:
        data: the corpus whose dialogues are to be flagged; ``None`` where it is none.

    Raises:
        InputError: as :func:`trained_onsets`.
    """
    if data is not None and data.name == "cradle" and set(run.tags.names) == set(published()["supports"]):
        size = published()["counts"]["dialogues"]
        supports = np.array([published()["supports"][name] for name in run.tags.names])
        return Rates(supports / size, f"as published for {published()['benchmark']}'s test ({size} dialogues)")
    counts = trained_onsets(run)
    return Rates(counts.rates(once=run.policy.once), f"as in the run's train ({counts.dialogues} dialogues)")


def trained_onsets(run: Run) -> OnsetCounts:
    """What was counted on train: as training has stored it, or counted now where an older version has not.

    Raises:
        InputError: if it is not stored and train cannot be read.
    """
    path = RunFolder(run.path).onsets
    if run.exported:
        path = run.path / path.name
    if path.is_file():
        return read_onset_counts(path, run.tags)
    try:
        train = read_split(run.trained.data, "train")
    except InputError as error:
        raise InputError(
            f"{path}: not there, as in every run of an older version, and its train cannot be read for how often each "
            f"tag begins ({error}); state it with expected.alert=… and expected.confirm=…"
        ) from None
    return OnsetCounts.over(dialogue.gold(run.tags) for dialogue in train.dialogues)


def check_shifts(run: Run) -> None:
    """Refuse a run whose beliefs do not say what estimating the rates needs: when a tag began, if it did.

    Raises:
        InputError: naming the key.
    """
    config = run.trained
    if isinstance(config.model, TfidfConfig) or not HEADS[config.head].begins_once:
        found = "model=tfidf" if isinstance(config.model, TfidfConfig) else f"head={config.head}"
        fitting = heads_where(lambda head: head.begins_once)
        raise InputError(f"objective=em needs a run whose tags begin once, so {fitting}, found {found}: state rates")
    if config.decision.rule != "filter":
        raise InputError(f"objective=em needs filtered beliefs, found a run with decision.rule={config.decision.rule}")
