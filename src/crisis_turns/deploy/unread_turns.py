"""Which user turns of whole dialogues a model cannot read: the runtime's rule (:func:`unread`), beside any tagger."""

from collections.abc import Iterator
from typing import NamedTuple

from tokenizers import Tokenizer

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.deploy.runtime import Heard, Unread, unknown_piece, unknown_share, unread, word_pieces

MEANING: dict[Unread, str] = {
    "pieces": "its word pieces are mostly unknown to the model",
    "script": "it is mostly in a script other than Latin",
    "language": "it does not look like English",
}


class UnreadTurn(NamedTuple):
    """A user turn whose tags mean nothing, and why."""

    dialogue_id: str
    turn_id: int
    why: Unread

    @property
    def told(self) -> str:
        """It in a sentence that repeats nothing of the text."""
        where = f"dialogue {self.dialogue_id!a}, turn {self.turn_id}"
        return f"{where}: {MEANING[self.why]}; the model was trained on English, and what it says there means nothing"


def unread_turns(dialogue: Dialogue, tokenizer: Tokenizer | None) -> Iterator[UnreadTurn]:
    """The dialogue's user turns that cannot be read, in order.

    Args:
        tokenizer: the model's; ``None`` if it reads words.
    """
    unknown = None if tokenizer is None else unknown_piece(tokenizer)
    heard = Heard()
    for turn in dialogue.user_turns:
        share = 0.0 if unknown is None else unknown_share(word_pieces(tokenizer, turn.text), unknown)
        why, heard = unread(turn.text, share, heard)
        if why is not None:
            yield UnreadTurn(dialogue.id, turn.turn_id, why)
