"""Choose thresholds apart from the model: ``python -m src.thresholds run=DIR objective=recall at=3`` on validation's
labels, ``objective=rate data=…`` on dialogues without labels.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from crisis_turns.commands import app
from crisis_turns.commands.flags_at_rates import StatedRates, flags_at_rates
from crisis_turns.commands.run_data import with_run_data, with_run_tags
from crisis_turns.config import DataConfig, PathText, Scope, Split, validated
from crisis_turns.data.unlabelled import read_unlabelled
from crisis_turns.decision.alert_price import AlertPrice, most_found_for_alerts
from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.decision.expected_flags import check_enough
from crisis_turns.decision.operating_point import most_found, operating_point
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.prior_shift import shifted_rates
from crisis_turns.decision.tagged import Tagged
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.decision.thresholds_file import write_thresholds
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable
from crisis_turns.log import logged_to
from crisis_turns.runs.load import Run, load_run
from crisis_turns.runs.usual_rates import Rates, check_shifts, trained_onsets, usual_rates


class ThresholdsConfig(BaseModel):
    """The keys of ``conf/thresholds.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    run: PathText
    """Folder of a trained run, or ``pretrained``: the tagger in the package (a folder of that name is
    ``./pretrained``), into which nothing is written: it needs ``out``.
    """
    data: DataConfig | None = None
    """The corpus whose validation split is tuned on; ``null``: the run's own. ``data.path`` alone: where the run's own
    lies now. With ``objective=rate`` and ``em``, whose labels are never read, also a file or folder of conversations.
    """
    split: Split | None = None
    """With ``objective=rate`` and ``em``: the split of the corpus; ``null``: validation."""
    objective: Literal["f1", "recall", "rate", "em"] = "f1"
    """Best micro F1; the most tags found on their turn at a rate of false alarms (``at``); as many flags per dialogue
    as are expected (``rate``), or as train's rates become when they are estimated anew on these dialogues (``em``).
    """
    at: PositiveFloat | None = None
    """With ``objective=recall``: at most so many false alarms per 100 user turns."""
    alerts_per_1000: PositiveFloat | None = None
    """With ``objective=recall``: at most so many of 1,000 conversations raise an alert, at a stated ``prevalence``."""
    prevalence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of a service's conversations that hold a label, for ``alerts_per_1000``: 0.01 is one in a hundred."""
    expected: StatedRates = Field(default={})
    """With ``objective=rate``: flags per dialogue, by ``alert``, ``confirm``, ``other`` or the name of a tag; what is
    not given is as in the run's train, with ``data=cradle`` as published.
    """
    scope: Scope | None = None
    """One threshold for all tags, one for Alerts and one for Confirms (``group``), or one for each (those with fewer
    than 10 gold labels on validation share one); ``null``: ``group`` with ``rate`` and ``em``, otherwise ``global``.
    """
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

    @property
    def named(self) -> str:
        """What the file is called by: objective and price."""
        if alerts := self.alert_price:
            return f"{self.objective}-{alerts.alerts_per_1000:g}-per-1000-at-{alerts.prevalence:g}"
        return self.objective if self.at is None else f"{self.objective}-{self.at:g}"

    @property
    def unlabelled(self) -> bool:
        """Whether labels are never read."""
        return self.objective in ("rate", "em")


class _Chosen(NamedTuple):
    """A policy with what it does, in words."""

    policy: Policy
    told: str


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="thresholds")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(ThresholdsConfig, with_run_data(app.values(with_run_tags(values))))
    _check_price(config)
    if config.expected and config.objective != "rate":
        raise InputError(f"expected.{next(iter(config.expected))}=… belongs to objective=rate")
    if config.split and not config.unlabelled:
        raise InputError(f"split={config.split}: objective={config.objective} reads labels, of validation alone")
    with logged_to():
        choose(config)


def choose(config: ThresholdsConfig) -> Path:
    """Write the thresholds file and print what it does; returns where it is."""
    if config.out:
        check_writable(Path(config.out), "out")
    run = load_run(config.run)
    once = run.policy.once if config.once is None else config.once
    run = replace(run, policy=replace(run.policy, once=once, score=config.score or run.policy.score))
    if run.tags.exclusive:
        raise InputError(f"run={run.path} has exclusive classes: the likeliest one is taken, without thresholds")
    path = Path(config.out or run.own_folder("out=FILE") / f"thresholds-{config.named}.json")
    policy, told = _at_rates(run, config) if config.unlabelled else _tuned(run, config)
    write_thresholds(path, policy, run.tags)
    print(f"{told}\nthresholds: {path}")
    return path


def _tuned(run: Run, config: ThresholdsConfig) -> _Chosen:
    """On the labels of validation."""
    scope, once, score = config.scope or "global", run.policy.once, run.policy.score
    corpus = run.corpus("validation", config.data)
    corpus.check_labelled("thresholds cannot be tuned")
    dialogues = run.tagger.tag(list(corpus.dialogues))
    if config.at is not None:
        policy = most_found(dialogues, run.tags, at=config.at, scope=scope, once=once, score=score)
    elif alerts := config.alert_price:
        policy = most_found_for_alerts(dialogues, run.tags, price=alerts, scope=scope, once=once, score=score)
    else:
        policy = tune(dialogues, run.tags, scope=scope, once=once, score=score)
    decided = policy.apply(dialogues)
    found = operating_point(decided)
    told = [
        f"on validation: {found.recall:.1%} of tags flagged on their turn, {found.late:.1%} one turn late, "
        f"{found.false_per_100:.2f} false alarms per 100 user turns"
    ]
    if config.prevalence is not None:
        told.append(_of_a_service(decided, config.prevalence))
    return _Chosen(policy, "\n".join(told))


def _at_rates(run: Run, config: ThresholdsConfig) -> _Chosen:
    """On dialogues without labels."""
    if config.objective == "em":
        check_shifts(run)
    data = config.data or run.trained.data
    chats = read_unlabelled(data, config.split or "validation")
    check_enough(chats.dialogues, chats.source)
    believed = [d for d in run.decide(chats.dialogues) if len(d.turn_ids)]

    def usual() -> Rates:
        if config.objective == "rate":
            return usual_rates(run, data)
        estimated = shifted_rates(believed, trained_onsets(run), list(run.tags.groups.values()))
        return Rates(estimated, "as estimated from these beliefs by expectation maximisation")

    policy, told = flags_at_rates(run, believed, stated=config.expected, usual=usual, scope=config.scope or "group")
    return _Chosen(policy, "\n".join([chats.told, *told]))


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
