"""Choose thresholds on validation, apart from the model: ``python -m src.thresholds run=DIR objective=recall at=3``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from crisis_turns.commands import app
from crisis_turns.commands.run_data import with_run_data
from crisis_turns.config import DataConfig, PathText, validated
from crisis_turns.decision.alert_price import AlertPrice, most_found_for_alerts
from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.decision.operating_point import most_found, operating_point
from crisis_turns.decision.tagged import Tagged
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
    """Folder of a trained run."""
    data: DataConfig | None = None
    """The corpus whose validation split is tuned on; ``null``: the run's own. ``data.path`` alone: where the run's own
    lies now.
    """
    objective: Literal["f1", "recall"] = "f1"
    """Best micro F1, or the most tags found on their turn at a price: ``at``, or ``alerts_per_1000``."""
    at: PositiveFloat | None = None
    """With ``objective=recall``: at most so many false alarms per 100 user turns."""
    alerts_per_1000: PositiveFloat | None = None
    """With ``objective=recall``: at most so many of 1,000 conversations raise an alert, at a stated ``prevalence``."""
    prevalence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of a service's conversations that hold a label, for ``alerts_per_1000``: 0.01 is one in a hundred."""
    scope: Literal["global", "per_tag"] = "global"
    """One threshold for all tags, or one for each (tags with fewer than 10 gold labels on validation share one)."""
    score: Literal["onset", "fresh", "begun"] | None = None
    """Which belief is thresholded (``decision.score`` of ``train``); ``null``: the run's."""
    once: bool | None = None
    """Whether each tag is given at most once per dialogue; ``null``: as the run does."""
    out: PathText | None = None
    """File to write; ``null``: thresholds-<objective>[-<price>].json in the run's folder."""

    @property
    def alert_price(self) -> AlertPrice | None:
        """The price in alerts, where that is the one."""
        if self.alerts_per_1000 is None or self.prevalence is None:
            return None
        return AlertPrice(self.alerts_per_1000, self.prevalence)


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="thresholds")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(ThresholdsConfig, with_run_data(app.values(values)))
    _check_price(config)
    with logged_to():
        choose(config)


def choose(config: ThresholdsConfig) -> Path:
    """Write the thresholds file and print what it does on validation; returns where it is."""
    if config.out:
        check_writable(Path(config.out), "out")
    run = load_run(config.run)
    if run.tags.exclusive:
        raise InputError(f"run={run.path} has exclusive classes: the likeliest one is taken, without thresholds")
    once = run.policy.once if config.once is None else config.once
    score = config.score or run.policy.score
    corpus = run.corpus("validation", config.data)
    corpus.check_labelled("thresholds cannot be tuned")
    dialogues = run.tagger.tag(list(corpus.dialogues))
    price = ""
    if config.at is not None:
        policy = most_found(dialogues, run.tags, at=config.at, scope=config.scope, once=once, score=score)
        price = f"-{config.at:g}"
    elif alerts := config.alert_price:
        policy = most_found_for_alerts(dialogues, run.tags, price=alerts, scope=config.scope, once=once, score=score)
        price = f"-{alerts.alerts_per_1000:g}-per-1000-at-{alerts.prevalence:g}"
    else:
        policy = tune(dialogues, run.tags, scope=config.scope, once=once, score=score)
    path = Path(config.out) if config.out else run.path / f"thresholds-{config.objective}{price}.json"
    write_thresholds(path, policy, run.tags)
    decided = policy.apply(dialogues)
    found = operating_point(decided)
    print(
        f"on validation: {found.recall:.1%} of tags flagged on their turn, {found.late:.1%} one turn late, "
        f"{found.false_per_100:.2f} false alarms per 100 user turns"
    )
    if config.prevalence is not None:
        print(_of_a_service(decided, config.prevalence))
    print(f"thresholds: {path}")
    return path


def _check_price(config: ThresholdsConfig) -> None:
    prices = (config.at is not None) + (config.alerts_per_1000 is not None)
    if (config.alerts_per_1000 is None) != (config.prevalence is None):
        raise InputError("alerts_per_1000=… and prevalence=… belong together: give both")
    if prices > 1:
        raise InputError("give one price: at=…, or alerts_per_1000=… and prevalence=…")
    if config.objective == "recall" and not prices:
        raise InputError(
            "objective=recall needs the false alarms it may cost: at=… per 100 user turns, or alerts_per_1000=… "
            "conversations and prevalence=…"
        )
    if config.objective != "recall" and prices:
        raise InputError(
            f"{'at' if config.alerts_per_1000 is None else 'alerts_per_1000'}=… belongs to objective=recall"
        )


def _of_a_service(decided: Sequence[Tagged], prevalence: float) -> str:
    """What validation says of 1,000 conversations, and how finely it can say it."""
    rates, free = AlertRates.of(decided), sum(not d.gold.any() for d in decided)
    alerts, misses = float(rates.alerts_per_1000(prevalence)), float(rates.misses_per_1000(prevalence))
    right = f", {float(rates.precision(prevalence)):.1%} of them right" if alerts else ""
    each = 1000 * (1 - prevalence) / free
    return (
        f"where {prevalence:.2%} of conversations hold a label: {alerts:.1f} alerts per 1,000{right}, "
        f"{misses:.1f} of {1000 * prevalence:g} missed\n"
        f"each of validation's {free} conversations without a label stands for {each:.1f} alerts"
    )
