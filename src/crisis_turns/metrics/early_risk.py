"""Early risk detection as the eRisk laboratories of CLEF score it: is a person at risk found, and after how much text?

A conversation is a case, at risk if it holds a gold tag. Its first flag, of any tag, is the decision, and the delay k
counts the user turns read by then, that one included; without a flag the case is decided to be none.

ERDE_o (Losada and Crestani 2016) is the mean cost of a case: 1 if it is at risk and never flagged; c_fp if it is
flagged without being at risk; 1 - 1 / (1 + exp(k - o)) if it is rightly flagged after k turns, which grows from 0 to 1
around turn o; else 0. c_fp is the share of the split's cases that are at risk, eRisk's convention. Lower is better.

F-latency (Sadeque, Xu and Bethard 2018; eRisk since 2019: Losada, Crestani and Parapar) is F1 over the cases times
speed = 1 - median of the penalties -1 + 2 / (1 + exp(-p (k - 1))) of the rightly flagged. p makes the penalty one half
at the median length of the cases, as they propose: p = ln 3 / (length - 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.alarm_sections import EarlyRisk
from crisis_turns.metrics.numbers import interval95, number
from crisis_turns.metrics.outcomes import NEVER, first_turn
from crisis_turns.metrics.statistics.bootstrap import resampled_sums


def early_risk(dialogues: Sequence[Tagged], *, resamples: int) -> EarlyRisk:
    """ERDE, and F-latency with its parts. Without a right flag, speed and delay are undefined and F-latency is 0."""
    at_risk = np.array([d.gold.any() for d in dialogues])
    flag = np.array([first_turn(d.predicted) for d in dialogues])
    flagged, delay = flag != NEVER, flag + 1
    delays = np.unique(np.append(1, delay[at_risk & flagged]))  # never empty, so that a median has a place to point to
    hits = (at_risk & flagged)[:, None] & (delay[:, None] == delays)
    counts = np.column_stack((np.ones_like(at_risk), at_risk, ~at_risk & flagged, at_risk & ~flagged, hits))
    length = float(np.median([len(d.gold) for d in dialogues]))
    found = _Cases(delays, length, counts.astype(int).sum(0))
    samples = _Cases(delays, length, resampled_sums(counts, resamples=resamples))
    return {
        "n_at_risk": int(at_risk.sum()),
        "cost_of_false_alarm": float(at_risk.mean()),
        "erde_5": number(found.erde(5)),
        "erde_5_ci95": interval95(samples.erde(5)),
        "erde_50": number(found.erde(50)),
        "erde_50_ci95": interval95(samples.erde(50)),
        "f1": number(found.f1),
        "f1_ci95": interval95(samples.f1),
        "speed": number(found.speed),
        "speed_ci95": interval95(samples.speed),
        "f_latency": number(found.f_latency),
        "f_latency_ci95": interval95(samples.f_latency),
        "median_delay": number(found.median_delay),
        "median_delay_ci95": interval95(samples.median_delay),
        "half_speed_at": length,
    }


@dataclass(frozen=True)
class _Cases:
    """Sums over cases, of a split or of each of its resamples; a figure has the axes of ``sums`` but the last.

    Attributes:
        delays: ``(K,)`` those of right flags, rising.
        length: user turns at which the penalty is one half.
        sums: ``(..., 4 + K)`` numbers of cases: all, at risk, falsely flagged, missed, and found at each delay.
    """

    delays: np.ndarray
    length: float
    sums: np.ndarray

    def erde(self, o: int) -> np.ndarray:
        cases, at_risk, false, missed = np.moveaxis(self.sums[..., :4], -1, 0)
        late = self._found @ (1 - 1 / (1 + np.exp(np.minimum(self.delays - o, 500.0))))  # exp(710) is no number
        return np.asarray((at_risk / cases * false + missed + late) / cases)

    @property
    def f1(self) -> np.ndarray:
        false, missed = np.moveaxis(self.sums[..., 2:4], -1, 0)
        return counting.f1(np.stack((self._found.sum(-1), false, missed), axis=-1))

    @property
    def speed(self) -> np.ndarray:
        p = np.log(3) / (self.length - 1) if self.length > 1 else np.nan  # of one turn each, nothing can be late
        return 1 - self._median(-1 + 2 / (1 + np.exp(-p * (self.delays - 1))))

    @property
    def f_latency(self) -> np.ndarray:
        return np.where(self._found.sum(-1) > 0, self.f1 * self.speed, self.f1)

    @property
    def median_delay(self) -> np.ndarray:
        return self._median(self.delays)

    @property
    def _found(self) -> np.ndarray:
        return np.asarray(self.sums[..., 4:])

    def _median(self, values: np.ndarray) -> np.ndarray:
        """Of what has a value at each delay, rising with it: the mean of the two in the middle; nan of nothing."""
        up_to = self._found.cumsum(-1)
        n = up_to[..., -1:]
        middle = [values[(2 * up_to >= n).argmax(-1)], values[(2 * up_to > n).argmax(-1)]]
        return np.where(n[..., 0] > 0, np.mean(middle, axis=0), np.nan)
