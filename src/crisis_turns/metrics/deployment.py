"""What a service asks first: how many of 1,000 conversations raise an alert, which share of these rightly, and how many
are missed.

Corpora of this task hold a label in most dialogues, a service in one of a hundred or fewer. So the shares of dialogues
with and without a label that raise an alert (``decision/alert_rates.py`` says what counts) are carried over to stated
prevalences. That the conversations of each kind are like the corpus's own is assumed, and is for the service to check.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np

from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.alarm_sections import PREVALENCES, AtPrevalence, Deployment
from crisis_turns.metrics.numbers import interval95, number, share
from crisis_turns.metrics.outcomes import NEVER, first_turn
from crisis_turns.metrics.statistics.bootstrap import resampled_sums


def deployment(dialogues: Sequence[Tagged], kept: Sequence[int], *, resamples: int) -> Deployment:
    """Alerts by the kept tags in conversations with and without a gold one of them, at each of ``PREVALENCES``.

    Figures of a kind of conversation that the split does not have are ``None``.
    """
    tags = list(kept)
    label, alert = np.array([(first_turn(d.gold[:, tags]), first_turn(d.predicted[:, tags])) for d in dialogues]).T
    positive, alerted = label != NEVER, alert != NEVER
    kinds = np.stack((positive, ~positive), axis=-1)  # (D, 2)
    counts = np.stack((kinds & alerted[:, None], kinds), axis=1).astype(int)  # (D, 2, 2): alerts and all, by kind
    sums = resampled_sums(counts, resamples=resamples)
    rates, samples = (AlertRates.of_counts(of[..., 0, :], of[..., 1, :]) for of in (counts.sum(0), sums))
    found = positive & alerted
    result = {
        "n_positive": int(positive.sum()),
        "n_negative": int((~positive).sum()),
        "sensitivity": number(rates.sensitivity),
        "sensitivity_ci95": interval95(samples.sensitivity),
        "false_alarm_rate": number(rates.false_alarm_rate),
        "false_alarm_rate_ci95": interval95(samples.false_alarm_rate),
        "found_before_first_label": share((found & (alert < label)).sum(), found.sum()),
    }
    return cast(Deployment, result | {key: _at(share, rates, samples) for key, share in PREVALENCES.items()})


def _at(prevalence: float, rates: AlertRates, samples: AlertRates) -> AtPrevalence:
    return {
        "prevalence": prevalence,
        "precision": number(rates.precision(prevalence)),
        "precision_ci95": interval95(samples.precision(prevalence)),
        "alerts_per_1000": number(rates.alerts_per_1000(prevalence)),
        "alerts_per_1000_ci95": interval95(samples.alerts_per_1000(prevalence)),
        "misses_per_1000": number(rates.misses_per_1000(prevalence)),
        "misses_per_1000_ci95": interval95(samples.misses_per_1000(prevalence)),
    }
