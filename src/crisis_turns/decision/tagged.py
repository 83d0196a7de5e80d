"""What decision, predictions and metrics speak about: a dialogue's user turns with gold, beliefs and decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.tags import TagSet

Score = Literal["onset", "fresh", "begun"]
"""Which belief a threshold is laid on; see :meth:`Tagged.scores`."""


@dataclass(frozen=True)
class Tagged:
    """One dialogue's user turns with gold, beliefs and decisions: what decision, predictions and metrics speak about.

    Attributes:
        turn_ids: the release's ids of the S user turns.
        gold: ``(S, Y)`` bool.
        predicted: ``(S, Y)`` bool; all false until decided.
        onset: ``(S, Y)`` probabilities, or ``None`` where a foreign system gave none.
        begun: ``(S, Y)`` probabilities that a tag has begun by the turn, or ``None``.
    """

    dialogue_id: str
    turn_ids: tuple[int, ...]
    gold: np.ndarray
    predicted: np.ndarray
    onset: np.ndarray | None = None
    begun: np.ndarray | None = None

    @property
    def beliefs(self) -> np.ndarray:
        if self.onset is None:
            raise ValueError(f"dialogue {self.dialogue_id} has no probabilities")
        return self.onset

    def scores(self, kind: Score) -> np.ndarray:
        """``(S, Y)`` in [0, 1], each turn's from beliefs of that turn.

        ``onset`` is p(the tag begins now); ``begun`` p(it has begun by now); ``fresh`` p(it begins now | it had not
        begun before) = onset / (1 - p(begun before)). Where a tag begins once, p(begun before) = begun - onset, both
        given the turns up to now.

        Raises:
            ValueError: if the system gave no such belief.
        """
        if kind == "onset":
            return self.beliefs
        if self.begun is None:
            raise ValueError(f"dialogue {self.dialogue_id} has no beliefs about what has begun")
        if kind == "begun":
            return self.begun
        not_before = 1 - self.begun + self.beliefs
        return np.asarray(self.beliefs / np.maximum(not_before, np.finfo(float).tiny))


def untagged(dialogues: Sequence[Dialogue], tags: TagSet) -> list[Tagged]:
    """The gold side alone: every user turn with no prediction."""
    return [
        Tagged(d.id, tuple(t.turn_id for t in d.user_turns), gold, np.zeros_like(gold))
        for d in dialogues
        for gold in [d.gold(tags)]
    ]


class DialogueTagger(Protocol):
    """Anything that gives beliefs: a neural tagger, TF-IDF, an exported folder."""

    def tag(self, dialogues: list[Dialogue], *, alike: bool = False) -> list[Tagged]:
        """Beliefs about every user turn, dialogues in order; nothing has to be decided yet.

        Args:
            alike: whether they share most of their turns, which are then read once for all of them. They are in memory
                together.
        """
        ...
