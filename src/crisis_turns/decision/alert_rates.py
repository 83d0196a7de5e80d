"""Alerts of whole conversations, at the prevalence of a service: there a label is far rarer than in a corpus.

A conversation is positive if it holds a gold tag, and raises one alert if any tag fires in it, on whatever turn. An
alert before the first label of a positive conversation counts like any other: a person is called once, and to somebody
who needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_turns.decision.tagged import Tagged


@dataclass(frozen=True)
class AlertRates:
    """Shares of conversations that raise an alert: numbers, or arrays of one shape. At an undefined share what follows
    from it is undefined (nan).

    Attributes:
        sensitivity: of the positive conversations.
        false_alarm_rate: of the others.
    """

    sensitivity: np.ndarray
    false_alarm_rate: np.ndarray

    @classmethod
    def of_counts(cls, alerts: np.ndarray, conversations: np.ndarray) -> "AlertRates":
        """Takes two numbers on the last axis of each: of the positive conversations, and of the others."""
        with np.errstate(invalid="ignore"):
            shares = np.where(conversations > 0, alerts / np.maximum(conversations, 1), np.nan)
        return cls(shares[..., 0], shares[..., 1])

    @classmethod
    def of(cls, decided: Sequence[Tagged]) -> "AlertRates":
        """Of decided conversations."""
        positive = np.array([d.gold.any() for d in decided])
        kinds = np.stack((positive, ~positive), axis=-1)
        return cls.of_counts(kinds[[d.predicted.any() for d in decided]].sum(0), kinds.sum(0))

    def alerts_per_1000(self, prevalence: float) -> np.ndarray:
        """Alerts that 1,000 conversations raise of which this share is positive."""
        return np.asarray(1000 * (prevalence * self.sensitivity + (1 - prevalence) * self.false_alarm_rate))

    def misses_per_1000(self, prevalence: float) -> np.ndarray:
        """Positive conversations among them that raise none."""
        return np.asarray(1000 * prevalence * (1 - self.sensitivity))

    def precision(self, prevalence: float) -> np.ndarray:
        """Share of the alerts that positive conversations raise (Bayes' rule); nan without alerts."""
        with np.errstate(invalid="ignore"):
            return np.asarray(1000 * prevalence * self.sensitivity / self.alerts_per_1000(prevalence))
