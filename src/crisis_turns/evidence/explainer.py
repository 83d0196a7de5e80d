"""Flags with the words that raised them, for any tagger."""

from collections.abc import Iterator, Sequence

import numpy as np

from crisis_turns.data.dialogue import Dialogue, whole_characters
from crisis_turns.decision.tagged import DialogueTagger, Score, Tagged
from crisis_turns.evidence.flag import Flag, Span
from crisis_turns.evidence.occlusion import Occlusion, Stretch
from crisis_turns.evidence.search import carrying, missed_turns, word_weights
from crisis_turns.tags import TagSet


class Explainer:
    """Finds the words behind the flags of decided dialogues.

    Args:
        score: the belief that the thresholds are laid on.

    Attributes:
        passes: how many times a dialogue was read so far.
    """

    def __init__(self, tagger: DialogueTagger, tags: TagSet, score: Score) -> None:
        self._tagger, self._tags, self._score = tagger, tags, score
        self.passes = 0

    def flags(self, dialogue: Dialogue, tagged: Tagged) -> list[Flag]:
        """The dialogue's flags in order, those of a turn by the order of the tags. Only words up to a flag's turn are
        asked about.
        """
        places = [place for place, turn in enumerate(dialogue.turns) if turn.is_user]
        scores = tagged.scores(self._score)
        return [
            flag
            for row, place in enumerate(places)
            if tagged.predicted[row].any()
            for flag in self._raised(
                Dialogue(dialogue.id, dialogue.turns[: place + 1]),
                np.flatnonzero(tagged.predicted[row]).tolist(),
                scores[row],
            )
        ]

    def _raised(self, past: Dialogue, tags: Sequence[int], beliefs: np.ndarray) -> Iterator[Flag]:
        """Those of the last turn."""
        occlusion = Occlusion(self._tagger, past, self._score)
        for tag, places in zip(tags, missed_turns(occlusion, tags, beliefs), strict=True):
            belief = float(beliefs[tag])
            stretches = carrying({place: word_weights(occlusion, place, beliefs)[:, tag] for place in places})
            without = occlusion.scores([[stretch] for stretch in stretches])
            weights = (belief - float(left[tag]) for left in without)
            spans = (_span(past, occlusion, *found) for found in zip(stretches, weights, strict=True))
            heavy = sorted((span for span in spans if span.weight > 0), key=lambda span: -span.weight)
            yield Flag(past.turns[-1].turn_id, self._tags.names[tag], belief, tuple(heavy))
        self.passes += occlusion.passes


def _span(dialogue: Dialogue, occlusion: Occlusion, stretch: Stretch, weight: float) -> Span:
    turn, words = dialogue.turns[stretch.turn], occlusion.words[stretch.turn]
    start, end = words[stretch.begin][0], words[stretch.end - 1][1]
    return Span(turn.turn_id, start, end, whole_characters(turn.text[start:end]), weight)
