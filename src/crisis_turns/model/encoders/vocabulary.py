"""Whether a tokenizer reads plain text: one without its files makes one unknown piece of every word, or nothing."""

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from crisis_turns.errors import InputError
from crisis_turns.model.encoders.architecture import longest_run

SAMPLES = (
    "I do not know what to do any more, but thank you for listening to me tonight.",
    "Hoy me siento un poco mejor, gracias por preguntar.",
    "Мне сегодня плохо, и я не знаю почему.",
    "اليوم أشعر بالتعب ولا أستطيع النوم",
    "我今天很难过，谢谢你听我说。",
)
"""One per script; a tokenizer need not know more than one."""
_LEAST_READ = 0.5
_LONG = 160
"""Word pieces: longer than the window of any encoder's local attention."""


def check_vocabulary(tokenizer: PreTrainedTokenizerBase, rows: int, origin: str) -> None:
    """Refuse a tokenizer that cannot read, or whose word pieces the encoder does not have.

    Args:
        rows: word pieces that the encoder has vectors for.

    Raises:
        InputError: naming the encoder and what is wrong.
    """
    read = max(share_read(tokenizer, text) for text in SAMPLES)
    if read < _LEAST_READ:
        raise InputError(
            f"encoder={origin}: its tokenizer reads {read:.0%} of a plain sentence, the rest is unknown to it: is "
            "tokenizer.json, or the vocabulary, missing?"
        )
    largest = max(tokenizer.get_vocab().values())
    if largest >= rows:
        raise InputError(
            f"encoder={origin}: its tokenizer counts word pieces up to {largest}, the encoder has vectors for {rows}"
        )
    frame, word = tokenizer("")["input_ids"], tokenizer("a", add_special_tokens=False)["input_ids"]
    if not frame or tokenizer("a")["input_ids"] != [*frame[:1], *word, *frame[1:]]:
        raise InputError(
            f"encoder={origin}: expected a tokenizer that puts one special token in front of a text, the others behind"
        )


def share_read(tokenizer: PreTrainedTokenizerBase, text: str) -> float:
    """The share of the text's letters and signs that known word pieces stand for."""
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    pieces = zip(found["input_ids"], found["offset_mapping"], strict=True)
    covered = {at for piece, span in pieces if piece != tokenizer.unk_token_id for at in range(*span)}
    visible = [at for at, sign in enumerate(text) if not sign.isspace()]
    return sum(at in covered for at in visible) / len(visible)


def sample_runs(tokenizer: PreTrainedTokenizerBase, encoder: PreTrainedModel) -> tuple[list[int], list[int]]:
    """A short and a long run of word pieces that the encoder can hold."""
    short, long = (tokenizer(text)["input_ids"] for text in (SAMPLES[0], " ".join(3 * SAMPLES)))
    room = min(_LONG, longest_run(encoder) or _LONG)
    return short[: room // 2], long[:room]
