"""Two systems on the same dialogues, and what they say together when the large one is asked about some turns.

Axes: N user turns of all dialogues in a row, D dialogues, Y tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.decision.flag_curve import FlagKinds
from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.alarm_sections import PREVALENCES
from crisis_turns.metrics.numbers import number, share


@dataclass(frozen=True)
class Pair:
    """Flags of both, ``(N, Y)``, raw: each tag at most once is applied after merging alone.

    Attributes:
        dialogues: with a user turn each.
        false: where a flag would be a false alarm (neither on its tag's turn nor one turn late).
        once: whether each tag is given at most once per dialogue.
    """

    dialogues: tuple[Tagged, ...]
    gold: np.ndarray
    false: np.ndarray
    small: np.ndarray
    large: np.ndarray
    once: bool

    @classmethod
    def of(cls, small: Sequence[Tagged], large: Sequence[Tagged], *, once: bool) -> "Pair":
        """Both sides tag the same dialogues in the same order."""
        assert [d.dialogue_id for d in small] == [d.dialogue_id for d in large]
        kept = [(one, other) for one, other in zip(small, large, strict=True) if len(one.gold)]
        ours, theirs = zip(*kept, strict=True)
        return cls(
            ours,
            np.concatenate([d.gold for d in ours]),
            np.concatenate([FlagKinds.beside(d.gold).false for d in ours]),
            np.concatenate([d.predicted for d in ours]),
            np.concatenate([d.predicted for d in theirs]),
            once,
        )

    def merged(self, asked: np.ndarray) -> np.ndarray:
        """``(N, Y)`` flags: on the turns that are asked about, ``(N,)``, the large system's, on the others the small's;
        then each tag at most once.
        """
        fires = np.where(asked[:, None], self.large, self.small)
        if not self.once:
            return fires
        so_far = fires.cumsum(0)
        before = (so_far - fires)[self._starts]
        return np.asarray(fires & (so_far - before.repeat(self._sizes, axis=0) == 1))

    def scores(self, flags: np.ndarray) -> dict[str, float | None]:
        """Micro scores on turns and on dialogues, the rate of false alarms, and alerts at a service's prevalence."""
        turn = counting.turn_counts(self.gold, flags).sum(0)
        gold, given = (np.logical_or.reduceat(side, self._starts, axis=0) for side in (self.gold, flags))  # (D, Y)
        dialogue = counting.turn_counts(gold, given).sum(0)
        kinds = np.stack((gold.any(1), ~gold.any(1)), axis=-1)
        rates, prevalence = AlertRates.of_counts(kinds[given.any(1)].sum(0), kinds.sum(0)), PREVALENCES["1_in_100"]
        return {
            "micro_f1": number(counting.f1(turn)),
            "micro_precision": number(counting.precision(turn)),
            "micro_recall": number(counting.recall(turn)),
            "dialogue_micro_f1": number(counting.f1(dialogue)),
            "false_per_100_turns": share(100 * int((flags & self.false).sum()), len(flags)),
            "sensitivity": number(rates.sensitivity),
            "alerts_per_1000": number(rates.alerts_per_1000(prevalence)),
            "alert_precision": number(rates.precision(prevalence)),
        }

    def decided(self, flags: np.ndarray) -> list[Tagged]:
        """The dialogues with these flags; what both systems say together is no probability."""
        parts = np.split(flags, self._starts[1:])
        return [
            replace(dialogue, predicted=part, onset=None, begun=None)
            for dialogue, part in zip(self.dialogues, parts, strict=True)
        ]

    @property
    def _sizes(self) -> np.ndarray:
        return np.array([len(d.gold) for d in self.dialogues])

    @property
    def _starts(self) -> np.ndarray:
        return np.asarray(self._sizes.cumsum() - self._sizes)
