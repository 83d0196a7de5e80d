"""Choose thresholds on validation, apart from the model: ``python -m src.thresholds run=DIR objective=recall at=3``."""

from pathlib import Path
from typing import Literal

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveFloat

from crisis_turns.commands import app
from crisis_turns.commands.run_data import with_run_data
from crisis_turns.config import DataConfig, PathText, validated
from crisis_turns.decision.operating_point import most_found, operating_point
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.decision.thresholds_file import write_thresholds
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable
from crisis_turns.log import logged_to
from crisis_turns.runs.load import load_run


class ThresholdsConfig(BaseModel):
    """The keys of ``conf/thresholds.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    run: PathText
    """Folder of a trained run, or ``pretrained``: the tagger in the package (a folder of that name is
    ``./pretrained``), into which nothing is written: it needs ``out``.
    """
    data: DataConfig | None = None
    """The corpus whose validation split is tuned on; ``null``: the run's own. ``data.path`` alone: where the run's own
    lies now.
    """
    objective: Literal["f1", "recall"] = "f1"
    """Best micro F1, or the most tags found on their turn at a rate of false alarms (``at``)."""
    at: PositiveFloat | None = None
    """With ``objective=recall``: at most so many false alarms per 100 user turns."""
    scope: Literal["global", "per_tag"] = "global"
    """One threshold for all tags, or one for each (tags with fewer than 10 gold labels on validation share one)."""
    score: Literal["onset", "fresh", "begun"] | None = None
    """Which belief is thresholded (``decision.score`` of ``train``); ``null``: the run's."""
    once: bool | None = None
    """Whether each tag is given at most once per dialogue; ``null``: as the run does."""
    out: PathText | None = None
    """File to write; ``null``: thresholds-<objective>[-<at>].json in the run's folder."""


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="thresholds")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(ThresholdsConfig, with_run_data(app.values(values)))
    if (config.objective == "recall") != (config.at is not None):
        raise InputError(
            "objective=recall needs the false alarms it may cost: at=… per 100 user turns"
            if config.at is None
            else "at=… belongs to objective=recall"
        )
    with logged_to():
        choose(config)


def choose(config: ThresholdsConfig) -> Path:
    """Write the thresholds file and print what it does on validation; returns where it is."""
    if config.out:
        check_writable(Path(config.out), "out")
    run = load_run(config.run)
    if run.tags.exclusive:
        raise InputError(f"run={run.path} has exclusive classes: the likeliest one is taken, without thresholds")
    price = "" if config.at is None else f"-{config.at:g}"
    path = Path(config.out or run.own_folder("out=FILE") / f"thresholds-{config.objective}{price}.json")
    once = run.policy.once if config.once is None else config.once
    score = config.score or run.policy.score
    corpus = run.corpus("validation", config.data)
    corpus.check_labelled("thresholds cannot be tuned")
    dialogues = run.tagger.tag(list(corpus.dialogues))
    if config.at is None:
        policy = tune(dialogues, run.tags, scope=config.scope, once=once, score=score)
    else:
        policy = most_found(dialogues, run.tags, at=config.at, scope=config.scope, once=once, score=score)
    write_thresholds(path, policy, run.tags)
    found = operating_point(policy.apply(dialogues))
    print(
        f"on validation: {found.recall:.1%} of tags flagged on their turn, {found.late:.1%} one turn late, "
        f"{found.false_per_100:.2f} false alarms per 100 user turns\nthresholds: {path}"
    )
    return path
