"""Dialogues to word pieces: the one place that knows the tokenizer.

A turn longer than ``max_tokens`` is cut into pieces of that size; all are encoded and pooled together, so nothing is
dropped. With ``turn_input=pair`` a turn is read after the turn before it, joined as the tokenizer joins a pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerBase

from src.data.dialogue import Dialogue
from src.tags import TagSet

Pieces = tuple[tuple[int, ...], ...]
"""One or more runs of word-piece ids, special tokens included: what is read of a turn."""


@dataclass(frozen=True)
class EncodedDialogue:
    """One dialogue ready for batching.

    Attributes:
        pieces: of each of its T turns.
        is_user: ``(T,)`` bool.
        gold: ``(S, Y)`` bool; all false where labels are unknown.
        turn_ids: the release's ids of the S user turns.
        vectors: ``(T, H)`` float32 turn vectors if a frozen encoder has computed them, else ``None``.
        states: of each turn, ``(tokens, H)`` float32 hidden states of its runs end to end, if the frozen lower layers
            of an encoder have computed them, else ``None``.
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


class TurnTokenizer:
    """Cuts texts into runs of at most ``max_tokens`` word pieces.

    Args:
        tokenizer: a Hugging Face fast tokenizer.
        max_tokens: longest run, special tokens included.
        pair: whether a turn is read after the turn before it.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, max_tokens: int, pair: bool) -> None:
        self._tokenizer = tokenizer
        self._pair = pair
        single = tokenizer("")["input_ids"]  # <s></s>, [CLS][SEP], ...
        word = tokenizer("a", add_special_tokens=False)["input_ids"]
        double = tokenizer("a", "a")["input_ids"]  # an empty pair would count as no pair
        self._before, self._after = tuple(single[:1]), tuple(single[1:])
        self._between = tuple(double[1 + len(word) : len(double) - len(word) - len(self._after)])
        self._room = max_tokens - len(single)

    def __call__(self, dialogues: Sequence[Dialogue], tags: TagSet) -> list[EncodedDialogue]:
        texts = [_encodable(turn.text) for dialogue in dialogues for turn in dialogue.turns]
        ids = iter(self._ids(texts))
        return [self._encode(dialogue, [next(ids) for _ in dialogue.turns], tags) for dialogue in dialogues]

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        # verbose=False: the library warns about "too long" texts, which are cut into runs here
        ids: list[list[int]] = self._tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        return ids

    def _encode(self, dialogue: Dialogue, ids: list[list[int]], tags: TagSet) -> EncodedDialogue:
        pieces = []
        for t, turn in enumerate(ids):
            content = [*ids[t - 1], *self._between, *turn] if self._pair and t else turn
            cuts = range(0, max(len(content), 1), self._room)
            pieces.append(tuple((*self._before, *content[c : c + self._room], *self._after) for c in cuts))
        return EncodedDialogue(
            id=dialogue.id,
            pieces=tuple(pieces),
            is_user=np.array([turn.is_user for turn in dialogue.turns]),
            gold=dialogue.gold(tags),
            turn_ids=tuple(turn.turn_id for turn in dialogue.user_turns),
        )


def _encodable(text: str) -> str:
    """Lone surrogates (half an emoji, from a broken export) cannot reach the tokenizer: they become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
