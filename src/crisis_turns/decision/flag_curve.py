"""What a threshold flags as it falls over the scores that occur: counted once, for every way of choosing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from crisis_turns.decision.tagged import Score, Tagged

UNREACHABLE = 1.1
"""A threshold that no score reaches: its tags never fire."""


class FlagKinds(NamedTuple):
    """What a flag would be, ``(S, Y)`` bool each: on the tag's turn, one turn late (neither found nor false: somebody
    was told, though late), or a false alarm.
    """

    found: np.ndarray
    late: np.ndarray
    false: np.ndarray

    @classmethod
    def beside(cls, gold: np.ndarray) -> "FlagKinds":
        late = np.zeros_like(gold)
        late[1:] = gold[:-1]
        late &= ~gold
        return cls(gold, late, ~gold & ~late)


@dataclass(frozen=True)
class FlagCurve:
    """Counts at every threshold that makes a difference.

    Attributes:
        scores: ``(n,)`` the distinct scores at which something changes, falling.
        flags: ``(n,)`` flags raised where the threshold has fallen to that score.
        found: ``(n,)`` those on their tag's turn.
        false: ``(n,)`` those that are false alarms.
    """

    scores: np.ndarray
    flags: np.ndarray
    found: np.ndarray
    false: np.ndarray

    @classmethod
    def over(cls, dialogues: Sequence[Tagged], tags: Sequence[int], *, once: bool, score: Score) -> "FlagCurve":
        """The curve of one threshold that these tags share.

        At most once, a tag fires at the first turn whose score reaches the threshold. So only running maxima matter:
        from the highest down, the first raises a flag and each further one moves it to an earlier turn.
        """
        scores, changes = [np.empty(0)], [np.empty((0, 3), dtype=int)]
        for dialogue in dialogues:
            kinds = FlagKinds.beside(dialogue.gold)
            counted = np.stack((np.ones_like(kinds.found), kinds.found, kinds.false), axis=-1).astype(int)
            of_dialogue = dialogue.scores(score)
            for tag in tags:
                column, change = of_dialogue[:, tag], counted[:, tag]
                if once:
                    peaks = np.flatnonzero(column > np.maximum.accumulate(np.append(-np.inf, column[:-1])))[::-1]
                    column, change = column[peaks], np.diff(change[peaks], axis=0, prepend=0)
                scores.append(column.astype(float))
                changes.append(change)
        falling, steps = np.concatenate(scores), np.concatenate(changes)
        order = np.argsort(-falling, kind="stable")
        falling, counts = falling[order], steps[order].cumsum(0)
        last = np.append(np.diff(falling) != 0, True)[: len(falling)]  # equal scores fire together
        return cls(falling[last], *counts[last].T)

    def threshold(self, point: int) -> float:
        """Midway between the score of a point and the next lower one, so that small changes of either do no harm."""
        score = float(self.scores[point])
        below = float(self.scores[point + 1]) if point + 1 < len(self.scores) else 0.0
        middle = (score + below) / 2
        return middle if middle > below else score  # neighbouring floats have nothing between them
