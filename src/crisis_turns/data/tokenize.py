"""Dialogues to word pieces: the one place that knows the tokenizer.

A turn longer than ``max_tokens`` is cut into pieces of that size; all are encoded and pooled together, so nothing is
dropped. With ``turn_input=pair`` a turn is read after the turn before it, joined as the tokenizer joins a pair; with
``flat`` after several, of which only the end may fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

from crisis_turns.config import TurnInput
from crisis_turns.data.dialogue import Dialogue, Speaker, whole_characters
from crisis_turns.tags import TagSet

_TOGETHER = 4096
"""Texts that the tokenizer reads in one go: it keeps a hundred bytes for each of their word pieces meanwhile."""
Pieces = tuple[tuple[int, ...], ...]
"""Runs of word-piece ids, special tokens included: what is read of a turn; none for a turn that needs no vector."""


class TextRules(TypedDict):
    """How the word-piece ids of a text become runs, as data for a runtime without this package.

    Attributes:
        before: special tokens in front of every run.
        between: those between the turn before and the turn itself; ``None`` where a turn is read alone.
        after: special tokens behind every run.
        max_tokens: longest run, special tokens included.
    """

    before: list[int]
    between: list[int] | None
    after: list[int]
    max_tokens: int


@dataclass(frozen=True)
class EncodedDialogue:
    """One dialogue ready for batching.

    Attributes:
        pieces: of each of its T turns.
        is_user: ``(T,)`` bool.
        gold: ``(S, Y)`` bool; all false where labels are unknown.
        turn_ids: the release's ids of the S user turns.
        vectors: ``(T, H)`` float32 turn vectors if a frozen encoder has computed them, else ``None``.
        states: of each turn, ``(tokens, H)`` hidden states of its runs end to end, if the frozen lower layers of an
            encoder have computed them, else ``None``: float32, or float16 to train from.
        beliefs: ``(S, Y, 2)`` float32: a teacher's p(tag begins now) and p(tag has begun by now), or ``None``.
        labelled: whether ``gold`` is to be learnt from; if not, the beliefs alone are.
    """

    id: str
    pieces: tuple[Pieces, ...]
    is_user: np.ndarray
    gold: np.ndarray
    turn_ids: tuple[int, ...]
    vectors: np.ndarray | None = None
    states: tuple[np.ndarray, ...] | None = None
    beliefs: np.ndarray | None = None
    labelled: bool = True

    def since(self, turn: int) -> "EncodedDialogue":
        """The dialogue as if it began with this turn, counted from 0; of turns that are read alone."""
        users = slice(int(self.is_user[:turn].sum()), None)
        return replace(
            self,
            pieces=self.pieces[turn:],
            is_user=self.is_user[turn:],
            gold=self.gold[users],
            turn_ids=self.turn_ids[users],
            vectors=None if self.vectors is None else self.vectors[turn:],
            states=None if self.states is None else self.states[turn:],
            beliefs=None if self.beliefs is None else self.beliefs[users],
        )


class TurnTokenizer:
    """Cuts texts into runs of at most ``max_tokens`` word pieces.

    Args:
        tokenizer: a Hugging Face fast tokenizer.
        max_tokens: longest run, special tokens included.
        turn_input: what is read of a turn: itself; the turn before it and itself; or (``flat``) in one run the
            ``window`` turns before it, each behind its speaker's name and cut off at the left, and itself.
        window: of ``flat``; ``None`` is all turns before.
        listener: whether ``flat`` reads the Listener's turns.
        users_only: whether the Listener's turns need no vectors of their own.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        max_tokens: int,
        turn_input: TurnInput = "turn",
        window: int | None = 0,
        listener: bool = True,
        users_only: bool = False,
    ) -> None:
        self._tokenizer = tokenizer
        self.turn_input = turn_input
        self._window, self._listener, self._users_only = window, listener, users_only
        # each number once in memory: the library makes a new one for every word piece of a corpus
        self._numbers = list(range(1 + max(tokenizer.get_vocab().values())))
        single = tokenizer("")["input_ids"]  # <s></s>, [CLS][SEP], ...
        word = tokenizer("a", add_special_tokens=False)["input_ids"]
        double = tokenizer("a", "a")["input_ids"]  # an empty pair would count as no pair
        self._before, self._after = tuple(single[:1]), tuple(single[1:])
        self._between = tuple(double[1 + len(word) : len(double) - len(word) - len(self._after)])
        self._room = max_tokens - len(single)
        self._names = {speaker: self._ids([f"{speaker}:"])[0] for speaker in Speaker}

    @property
    def rules(self) -> TextRules:
        """What :meth:`__call__` does with the ids of a text."""
        return {
            "before": list(self._before),
            "between": list(self._between) if self.turn_input == "pair" else None,
            "after": list(self._after),
            "max_tokens": self._room + len(self._before) + len(self._after),
        }

    @property
    def cutter(self) -> Tokenizer:
        """Texts to ids with no special tokens, no truncation and no padding: a copy, free of transformers."""
        copy = Tokenizer.from_str(self._tokenizer.backend_tokenizer.to_str())
        copy.no_truncation()
        copy.no_padding()
        return copy

    def __call__(self, dialogues: Sequence[Dialogue], tags: TagSet) -> list[EncodedDialogue]:
        texts = [whole_characters(turn.text) for dialogue in dialogues for turn in dialogue.turns]
        ids = iter(self._ids(texts))
        return [self._encode(dialogue, [next(ids) for _ in dialogue.turns], tags) for dialogue in dialogues]

    def _ids(self, texts: list[str]) -> list[list[int]]:
        ids: list[list[int]] = []
        for begin in range(0, len(texts), _TOGETHER):
            # verbose=False: the library warns about "too long" texts, which are cut into runs here
            part = self._tokenizer(texts[begin : begin + _TOGETHER], add_special_tokens=False, verbose=False)
            ids += [[self._numbers[number] for number in text] for text in part["input_ids"]]
        return ids

    def _encode(self, dialogue: Dialogue, ids: list[list[int]], tags: TagSet) -> EncodedDialogue:
        return EncodedDialogue(
            id=dialogue.id,
            pieces=tuple(
                self._runs(self._content(dialogue, ids, t)) if turn.is_user or not self._users_only else ()
                for t, turn in enumerate(dialogue.turns)
            ),
            is_user=np.array([turn.is_user for turn in dialogue.turns]),
            gold=dialogue.gold(tags),
            turn_ids=tuple(turn.turn_id for turn in dialogue.user_turns),
        )

    def _runs(self, content: list[int]) -> Pieces:
        cuts = range(0, max(len(content), 1), self._room)
        return tuple((*self._before, *content[c : c + self._room], *self._after) for c in cuts)

    def _content(self, dialogue: Dialogue, ids: list[list[int]], t: int) -> list[int]:
        """Word pieces that are read for turn t, special tokens at both ends left out."""
        if self.turn_input == "turn" or t == 0:
            return ids[t]
        if self.turn_input == "pair":
            return [*ids[t - 1], *self._between, *ids[t]]
        first = 0 if self._window is None else max(0, t - self._window)
        told = [n for n in range(first, t) if self._listener or dialogue.turns[n].is_user]
        history = [piece for n in told for piece in (*self._names[dialogue.turns[n].speaker], *ids[n])]
        room = self._room - len(self._between) - len(ids[t])
        return [*history[-room:], *self._between, *ids[t]] if history and room > 0 else ids[t]
