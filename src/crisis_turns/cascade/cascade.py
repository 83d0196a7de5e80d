"""A cascade from its first step to its record: the rule chosen on one split, and drawn on another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crisis_turns.cascade.cascade_file import CascadeRecord, Choice, ChosenPoint, CurvePoint
from crisis_turns.cascade.curve import by_lot, curve, point, rule_score, threshold_at, unsure
from crisis_turns.cascade.pair import Pair
from crisis_turns.cascade.uncertainty import usable
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.decision.thresholds_file import thresholds_record
from crisis_turns.errors import InputError
from crisis_turns.metrics.deployment import deployment
from crisis_turns.metrics.levels import level_scores, levels
from crisis_turns.metrics.metric_table import SCORER_VERSION
from crisis_turns.metrics.statistics.paired import compare
from crisis_turns.tags import TagSet


@dataclass(frozen=True)
class Both:
    """What the small system believes and the large one says of a split."""

    corpus: CorpusSplit
    small: Sequence[Tagged]
    large: Sequence[Tagged]


@dataclass(frozen=True)
class Settings:
    """How a cascade is drawn.

    Attributes:
        largest_share: of the turns that may be asked about.
        price: of one turn that is asked about.
        once: whether each tag is given at most once per dialogue.
        steps: of the curve.
        resamples: of the dialogues behind each interval.
    """

    largest_share: float
    price: float | None
    once: bool
    steps: int
    resamples: int
    seed: int


@dataclass(frozen=True)
class Chosen:
    """When the large system is asked.

    Attributes:
        policy: thresholds that the rule compares with; ``None`` for a rule that needs none.
        threshold: of the rule's figures; ``None``: as many turns of the scored split as are allowed.
        choice: how it was chosen; ``None``: it was given.
    """

    rule: str
    policy: Policy | None
    threshold: float | None
    choice: Choice | None


def chosen_rule(both: Both, policy: Policy | None, settings: Settings) -> Chosen:
    """The rule with the best mean F1 over the shares that are allowed, and its best threshold.

    Args:
        policy: the small system's; ``None``: one threshold is tuned here, for the rules that need one.
    """
    both.corpus.check_labelled("no rule can be chosen")
    policy = policy or tune(both.small, both.corpus.tags)
    pair = Pair.of(both.small, both.large, once=settings.once)
    found = {}
    for rule in usable(both.small, thresholds=True):
        points = curve(pair, unsure(pair, rule, policy), steps=settings.steps, price=None)
        found[rule] = rule_score(points, settings.largest_share)
    best = max(found, key=lambda rule: found[rule][0]["mean_f1"])
    scores = {rule: score for rule, (score, _) in found.items()}
    choice: Choice = {"split": both.corpus.split, "data_sha256": both.corpus.sha256, "rules": scores}
    return Chosen(best, policy, found[best][1], choice)


def given_rule(rule: str, policy: Policy | None, small: Sequence[Tagged]) -> Chosen:
    """A rule that was not chosen here.

    Raises:
        InputError: if the small system gives too little for it.
    """
    can = usable(small, thresholds=policy is not None)
    if rule not in can:
        needs = "beliefs about what has begun" if rule == "silent" else "thresholds: give thresholds=FILE"
        raise InputError(f"rule={rule} needs {needs}; without, there are {', '.join(can)}")
    return Chosen(rule, policy, None, None)


def cascade(
    both: Both, chosen: Chosen, settings: Settings, *, small: str, large: str
) -> tuple[CascadeRecord, list[Tagged]]:
    """The record, and the decisions of the cascade as it would run.

    Args:
        small, large: what the systems are called.
    """
    pair, tags = Pair.of(both.small, both.large, once=settings.once), both.corpus.tags
    figures = unsure(pair, chosen.rule, chosen.policy or _unused(tags))
    if chosen.threshold is None:
        chosen = replace(chosen, threshold=threshold_at(figures, settings.largest_share))
    assert chosen.threshold is not None
    at = point(pair, figures, chosen.threshold, price=settings.price)
    decided = pair.decided(pair.merged(figures >= chosen.threshold))
    record: CascadeRecord = {
        "scorer_version": SCORER_VERSION,
        "corpus": both.corpus.corpus,
        "split": both.corpus.split,
        "data_sha256": both.corpus.sha256,
        "n_dialogues": len(both.corpus.dialogues),
        "n_user_turns": len(pair.gold),
        "n_labels": int(pair.gold.sum()),
        "small": small,
        "large": large,
        "thresholds": None if chosen.policy is None else thresholds_record(chosen.policy, tags),
        "rule": chosen.rule,
        "largest_share": settings.largest_share,
        "price": settings.price,
        "once": settings.once,
        "choice": chosen.choice,
        "curve": curve(pair, figures, steps=settings.steps, price=settings.price),
        "by_lot": by_lot(pair, steps=settings.steps, seed=settings.seed),
        "chosen": _point(pair, at, decided, tags, settings),
    }
    return record, decided


def _point(pair: Pair, at: CurvePoint, decided: list[Tagged], tags: TagSet, settings: Settings) -> ChosenPoint:
    nobody = pair.gold[:, 0] & False
    alone = {"small": pair.decided(pair.merged(nobody)), "large": pair.decided(pair.merged(~nobody))}
    minus = {name: compare(decided, other, tags, resamples=settings.resamples) for name, other in alone.items()}
    return {
        "curve": at,
        "levels": {name: level_scores(decided, tags, name, resamples=settings.resamples) for name in levels(tags)},
        "deployment": deployment(decided, range(len(tags)), resamples=settings.resamples),
        "minus_small": minus["small"],
        "minus_large": minus["large"],
    }


def _unused(tags: TagSet) -> Policy:
    """For rules that look at no thresholds."""
    return Policy(np.full(len(tags), np.nan), once=False, exclusive=False)
