"""Dialogues to word pieces: the one place that knows the tokenizer.

A turn longer than ``max_tokens`` is cut into pieces of that size; all are encoded and pooled together, so nothing is
dropped. With ``turn_input=pair`` a turn is read after the turn before it, joined as the tokenizer joins a pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

from src.data.dialogue import Dialogue
from src.tags import TagSet


@dataclass(frozen=True)
class EncodedDialogue:
    """One dialogue ready for batching.

    Attributes:
        pieces: for each of its T turns, one or more runs of word-piece ids, special tokens included.
        is_user: ``(T,)`` bool.
        gold: ``(S, Y)`` bool; all false where labels are unknown.
        turn_ids: the release's ids of the S user turns.
        vectors: ``(T, H)`` float32 turn vectors if a frozen encoder has computed them, else ``None``.
    """

    id: str
    pieces: tuple[tuple[tuple[int, ...], ...], ...]
    is_user: np.ndarray
    gold: np.ndarray
    turn_ids: tuple[int, ...]
    vectors: np.ndarray | None = None


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

    @property
    def rules(self) -> dict[str, Any]:
        """What :meth:`__call__` does with the ids of a text, as data; ``between`` is ``None`` without pairs."""
        return {
            "before": list(self._before),
            "between": list(self._between) if self._pair else None,
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
