"""What is asked of a server beside the question: of each wish the first variant that it takes, or none."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crisis_turns.config import LlmConfig
from crisis_turns.llm.answer_form import AnswerForm

ALTERNATIVES = 5
"""Tokens whose log-probability is asked for at each place."""


@dataclass(frozen=True)
class Variant:
    """One way to say a wish: its name, and the fields of the request."""

    name: str
    fields: Mapping[str, Any]

    def is_named_in(self, complaint: str) -> bool:
        """Whether the server speaks of it."""
        return any(re.search(rf"\b{word}\b", complaint) for word in (self.name, *self.fields))


@dataclass(frozen=True)
class Parameters:
    """The wishes, each with its variants; those that a server is most likely not to know come first."""

    wishes: tuple[tuple[Variant, ...], ...]
    needed: Mapping[str, Any]
    """Fields without which the answer would be of no use."""

    def request(self, without: Collection[str]) -> dict[str, Any]:
        """The fields to send, without the variants that the server does not take."""
        sent: dict[str, Any] = dict(self.needed)
        for variant in self._sent(without):
            sent |= variant.fields
        return sent

    def refused(self, complaint: str, without: Collection[str], *, guess: bool) -> str | None:
        """The variant that a server has complained of.

        Args:
            complaint: the names and the sentence of its error.
            guess: take the next one where it names none.
        """
        sent = list(self._sent(without))
        named = [variant.name for variant in sent if variant.is_named_in(complaint)]
        return next(iter([*named, *((variant.name for variant in sent) if guess else ())]), None)

    def _sent(self, without: Collection[str]) -> Iterator[Variant]:
        for variants in self.wishes:
            left = [variant for variant in variants if variant.name not in without]
            yield from left[:1]


def parameters_of(config: LlmConfig, form: AnswerForm, *, seed: int) -> Parameters:
    """What this system wishes for.

    Args:
        seed: of this very answer.
    """
    schema = {"name": "tags", "strict": True, "schema": form.schema}
    wishes: list[tuple[Variant, ...]] = [
        (Variant("stream_options", {"stream_options": {"include_usage": True}}),) if config.stream else (),
        (Variant("seed", {"seed": seed}),),
        (
            Variant("json_schema", {"response_format": {"type": "json_schema", "json_schema": schema}}),
            Variant("json_object", {"response_format": {"type": "json_object"}}),
        ),
        (Variant("temperature", {"temperature": config.sampled_at}),),
    ]
    if config.max_tokens is not None:
        names = ("max_tokens", "max_completion_tokens")
        wishes.append(tuple(Variant(name, {name: config.max_tokens}) for name in names))
    needed: dict[str, Any] = {"stream": True} if config.stream else {}
    if config.logprobs:
        needed |= {"logprobs": True, "top_logprobs": ALTERNATIVES}
    return Parameters(tuple(filter(None, wishes)), needed)
