"""What a tagger believes of a dialogue with some of its words left out.

Occlusion: Zeiler and Fergus 2014 (arXiv 1311.2901); of words: Li, Monroe and Jurafsky 2016 (arXiv 1612.08220).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from crisis_turns.data.dialogue import Dialogue, Turn
from crisis_turns.decision.tagged import DialogueTagger, Score

TURNS_AT_ONCE = 1024
"""Turns of all the dialogues that the tagger is given at once: memory does not grow with the number of questions."""
_WORD = re.compile(r"\S+")


class Stretch(NamedTuple):
    """Words in a row: of the turn at this place, from one word up to another, which is left out."""

    turn: int
    begin: int
    end: int


class Occlusion:
    """Asks about the last turn of a dialogue, again and again.

    Args:
        dialogue: up to the user turn that is asked about: nothing of what is said later is read.
        score: the belief asked for.

    Attributes:
        words: of each turn, where its words stand in the text.
        passes: how many times the tagger has read the dialogue.
    """

    def __init__(self, tagger: DialogueTagger, dialogue: Dialogue, score: Score) -> None:
        assert dialogue.turns[-1].is_user
        self._tagger, self._dialogue, self._score = tagger, dialogue, score
        self._answers: dict[frozenset[Stretch], np.ndarray] = {}
        self.words = [[word.span() for word in _WORD.finditer(turn.text)] for turn in dialogue.turns]

    @property
    def passes(self) -> int:
        return len(self._answers)

    def scores(self, cases: Iterable[Collection[Stretch]]) -> np.ndarray:
        """``(V, Y)`` beliefs with the words of each case left out, all else as it is; none is asked about twice."""
        wanted = [frozenset(case) for case in cases]
        new = [case for case in dict.fromkeys(wanted) if case not in self._answers]
        at_once = max(1, TURNS_AT_ONCE // len(self._dialogue.turns))
        for first in range(0, len(new), at_once):
            some = new[first : first + at_once]
            found = self._tagger.tag([self.without(case) for case in some], alike=True)
            self._answers |= {case: tagged.scores(self._score)[-1] for case, tagged in zip(some, found, strict=True)}
        return np.array([self._answers[case] for case in wanted])

    def whole(self, place: int) -> Stretch:
        """All words of a turn."""
        return Stretch(place, 0, len(self.words[place]))

    def without(self, left_out: Collection[Stretch]) -> Dialogue:
        """The dialogue with these words left out; a turn that has none left stays, empty."""
        turns = list(self._dialogue.turns)
        for place in {stretch.turn for stretch in left_out}:
            gone = {word for s in left_out if s.turn == place for word in range(s.begin, s.end)}
            turns[place] = replace(turns[place], text=self._kept(turns[place], place, gone))
        return replace(self._dialogue, turns=tuple(turns))

    def _kept(self, turn: Turn, place: int, gone: Collection[int]) -> str:
        """A turn's text without these words; each goes with the space before it."""
        return "".join(_kept_parts(turn.text, self.words[place], gone)).lstrip()


def _kept_parts(text: str, words: Sequence[tuple[int, int]], gone: Collection[int]) -> Iterator[str]:
    before = 0
    for number, (_, end) in enumerate(words):
        if number not in gone:
            yield text[before:end]
        before = end
    yield text[before:]
