"""A server's chat completion, whole or in pieces: looked at with care, since servers differ in everything."""

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from crisis_turns.llm.answer_form import Token

_ROUNDING = 1e-3
"""How far above 0, the logarithm of 1, a server's arithmetic may come."""


class BrokenAnswerError(Exception):
    """What came is no completion, or not all of one; asking again may help. The message holds nothing that came."""


class Completion(NamedTuple):
    """What the model has said.

    Attributes:
        finish: why it stopped: ``stop``, ``length``, ``content_filter`` or whatever the server writes.
        tokens: with log-probabilities; empty where the server gives none.
    """

    text: str
    refusal: str
    finish: str
    tokens: tuple[Token, ...]
    tokens_read: int
    tokens_written: int


def completion_of(body: Any) -> Completion:
    """The completion of a whole answer.

    Raises:
        BrokenAnswerError: if it is none.
    """
    choice = _first(body)
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        raise BrokenAnswerError("no completion in the answer")
    return Completion(
        _text(message.get("content")),
        _text(message.get("refusal")),
        str(choice.get("finish_reason") or ""),
        tuple(_tokens(choice)),
        *_usage(body),
    )


async def completion_in_pieces(chunks: AsyncIterator[Any]) -> Completion:
    """The completion of a stream.

    Raises:
        BrokenAnswerError: if it ends before the model has.
    """
    text, refusal, finish, usage = "", "", "", (0, 0)
    tokens: list[Token] = []
    async for chunk in chunks:
        if isinstance(chunk, dict) and chunk.get("usage"):
            usage = _usage(chunk)
        if (choice := _first(chunk)) is None:
            continue
        delta = choice.get("delta")
        if isinstance(delta, dict):
            text += _text(delta.get("content"))
            refusal += _text(delta.get("refusal"))
        tokens += _tokens(choice)
        finish = str(choice.get("finish_reason") or finish)
    if not finish:
        raise BrokenAnswerError("an answer was cut off")
    return Completion(text, refusal, finish, tuple(tokens), *usage)


def _first(body: Any) -> dict[str, Any] | None:
    choices = body.get("choices") if isinstance(body, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def _text(content: Any) -> str:
    """As text, or in parts of which some are text."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _usage(body: Any) -> tuple[int, int]:
    usage = body.get("usage") if isinstance(body, dict) else None
    given = [usage.get(key) if isinstance(usage, dict) else 0 for key in ("prompt_tokens", "completion_tokens")]
    read, written = (n if isinstance(n, int) and n >= 0 else 0 for n in given)
    return read, written


def _tokens(choice: dict[str, Any]) -> Iterator[Token]:
    logprobs = choice.get("logprobs")
    for row in (logprobs.get("content") if isinstance(logprobs, dict) else None) or ():
        if isinstance(row, dict) and isinstance(row.get("token"), str):
            rows = [row, *(other for other in row.get("top_logprobs") or () if isinstance(other, dict))]
            alternatives = {
                str(other.get("token")): min(float(other["logprob"]), 0.0)
                for other in rows
                if _is_logprob(other.get("logprob"))
            }
            yield Token(row["token"], alternatives)


def _is_logprob(value: Any) -> bool:
    """Whether it is the logarithm of a probability; infinity, nan and numbers beyond a float are JSON to Python."""
    return isinstance(value, int | float) and -sys.float_info.max <= value <= _ROUNDING
