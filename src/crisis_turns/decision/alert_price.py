"""The policy that finds most tags at no more than so many alerts per 1,000 conversations of a service.

What an alert costs is counted once per conversation, so tags share it. One threshold over all tags is chosen exactly.
Where tags have thresholds of their own, each in turn moves to its best place beside the others, from that one on, until
none moves: the price is kept all along and no less is found, but that nothing else finds more is not proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_turns.config import Scope
from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.decision.flag_curve import UNREACHABLE, FlagCurve
from crisis_turns.decision.operating_point import threshold_groups
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet


@dataclass(frozen=True)
class AlertPrice:
    """At most ``alerts_per_1000`` conversations, of which a share ``prevalence`` is positive."""

    alerts_per_1000: float
    prevalence: float

    def allows(self, rates: AlertRates) -> np.ndarray:
        """Whether the rates keep the price: bool, of their shape."""
        return np.asarray(rates.alerts_per_1000(self.prevalence) <= self.alerts_per_1000 + 1e-9)


def most_found_for_alerts(
    dialogues: Sequence[Tagged],
    tags: TagSet,
    *,
    price: AlertPrice,
    scope: Scope,
    once: bool,
    score: Score,
) -> Policy:
    """The policy with the highest recall of those that keep the price on these dialogues.

    Raises:
        InputError: if all of them have a label, or none has: one of the two rates cannot be measured then.
    """
    positive = np.array([d.gold.any() for d in dialogues])
    if positive.all() or not positive.any():
        raise InputError(
            f"alerts_per_1000={price.alerts_per_1000:g}: expected conversations with and without a label to measure "
            f"alerts on, found {positive.sum()} with and {(~positive).sum()} without"
        )
    peaks = np.array([d.scores(score).max(0) for d in dialogues])  # (D, Y)
    thresholds = np.full(len(tags), UNREACHABLE)
    for groups in ([list(range(len(tags)))], threshold_groups(dialogues, tags, scope=scope)):
        curves = [FlagCurve.over(dialogues, group, once=once, score=score) for group in groups]
        before = None
        while before is None or (thresholds != before).any():
            before = thresholds.copy()
            for group, curve in zip(groups, curves, strict=True):
                others = np.asarray(np.delete(peaks >= thresholds, group, axis=1).any(1))
                thresholds[group] = _best(curve, peaks[:, group].max(1), others, positive, price)
    return Policy(thresholds, once=once, exclusive=False, score=score)


def _best(curve: FlagCurve, peaks: np.ndarray, others: np.ndarray, positive: np.ndarray, price: AlertPrice) -> float:
    """The highest threshold of those that find most within the price.

    Args:
        curve: of the tags that share the threshold.
        peaks: ``(D,)`` their highest score in each conversation.
        others: ``(D,)`` bool: conversations that the other tags raise an alert in.
        positive: ``(D,)`` bool.
    """
    kinds = (positive, ~positive)
    added = [np.searchsorted(np.sort(-peaks[kind & ~others]), -curve.scores, side="right") for kind in kinds]
    alerts = np.stack([more + (kind & others).sum() for more, kind in zip(added, kinds, strict=True)], axis=-1)
    rates = AlertRates.of_counts(alerts, np.array([kind.sum() for kind in kinds]))
    found = np.where(price.allows(rates), curve.found, 0)
    best = int(found.argmax())
    return curve.threshold(best) if found[best] else UNREACHABLE
