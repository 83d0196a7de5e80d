"""A server with OpenAI's chat interface: one call, from its question to a reply."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Collection, Sequence
from typing import Any

import httpx2
import openai

from crisis_turns.config import LlmConfig
from crisis_turns.errors import InputError
from crisis_turns.llm.address import Address
from crisis_turns.llm.answer_form import AnswerForm
from crisis_turns.llm.completion import BrokenAnswerError, Completion, completion_in_pieces, completion_of
from crisis_turns.llm.parameters import Parameters, parameters_of
from crisis_turns.llm.prompt import Message
from crisis_turns.llm.questions import Call
from crisis_turns.llm.record import Outcome, Reply
from crisis_turns.llm.reply_text import without_reasoning
from crisis_turns.llm.server_errors import complaint, is_filter, told

KEY = "OPENAI_API_KEY"
_PATH = "/chat/completions"
_UNANSWERABLE = {400, 413, 422}
_PASSING = {408, 409, 429}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds, as the client has them


class CallFailedError(Exception):
    """A call that has no reply although it was tried again; the message says why in a few words."""


class Server:
    """Asks as configured; learns which parameters the server does not take."""

    def __init__(
        self, config: LlmConfig, address: Address, form: AnswerForm, *, seed: int, left_out: Collection[str]
    ) -> None:
        for name in ("openai", "httpx2", "httpcore2"):  # OPENAI_LOG=debug would print every question
            logging.getLogger(name).setLevel(logging.WARNING)
        self._config, self._address, self._form, self._seed = config, address, form, seed
        self._left_out = frozenset(left_out)
        self._settled = False
        """Whether the server has taken a request as it is now."""
        self._client = openai.AsyncOpenAI(
            api_key=_key(),
            base_url=address.url,
            timeout=config.timeout,
            max_retries=config.retries,
            # a proxy of the environment, or a redirect, would carry what is meant for this machine elsewhere
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not address.is_here),
        )

    async def reach(self) -> None:
        """Say at once that nothing listens at an address of this machine: a try of the client takes half a minute.

        Raises:
            InputError: if nothing does.
        """
        if not self._address.is_here:
            return
        try:
            _, writer = await asyncio.open_connection(self._address.host, self._address.port)
        except OSError:
            raise InputError(f"llm.base_url: nothing listens at {self._address.told}") from None
        writer.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, call: Call) -> Reply:
        """The reply to one call.

        Raises:
            CallFailedError: if there is none, which says nothing about other calls.
            InputError: if there will be none to others either: a wrong key, model or address.
        """
        started = time.monotonic()
        wishes = parameters_of(self._config, self._form, seed=self._seed + call.sample)
        without = set(self._left_out)
        while True:
            try:
                completion = await self._whole(call.question.messages, wishes.request(without))
            except openai.APIStatusError as error:
                if error.status_code not in _UNANSWERABLE:
                    raise self._no_reply(error) from None
                if is_filter(error):
                    reply = Reply(outcome="filtered")
                    break
                if self._learn(error, wishes, without):
                    continue
                if not self._settled:
                    raise InputError(f"{self._address.told} rejects the questions: {told(error)}") from None
                reply = Reply(outcome="rejected")
                break
            self._left_out, self._settled = self._left_out | without, True
            reply = self._reply(completion)
            break
        seconds = round(time.monotonic() - started, 3)
        return reply.model_copy(update={"seconds": seconds, "left_out": tuple(sorted(self._left_out))})

    def _learn(self, error: openai.APIStatusError, wishes: Parameters, without: set[str]) -> bool:
        """Leave out what the server has complained of; before its first answer, one after the other by guess."""
        refused = wishes.refused(complaint(error), without, guess=not self._settled)
        if refused is not None:
            without.add(refused)
        return refused is not None

    async def _whole(self, messages: Sequence[Message], parameters: dict[str, Any]) -> Completion:
        """A completion; what comes broken is asked for again. Errors with a status, and connections, are the client's
        to try again.
        """
        body = {"model": self._config.model, "messages": list(messages), **parameters}
        reason = ""
        for tried in range(self._config.retries + 1):
            if tried:
                await asyncio.sleep(min(_FIRST_PAUSE * 2 ** (tried - 1), _LONGEST_PAUSE))
            try:
                return await (self._streamed(body) if self._config.stream else self._at_once(body))
            except BrokenAnswerError as error:
                reason = str(error)
            except openai.APIStatusError:
                raise
            except openai.APITimeoutError:
                raise CallFailedError(f"no answer within {self._config.timeout:g} s") from None
            except openai.APIConnectionError:
                raise CallFailedError("no connection") from None
            except (openai.APIError, httpx2.HTTPError, ValueError):  # in the middle of a stream
                reason = "an answer was cut off"
        raise CallFailedError(reason)

    async def _at_once(self, body: dict[str, Any]) -> Completion:
        response = await self._client.post(_PATH, body=body, cast_to=httpx2.Response)
        try:
            value = json.loads(response.content)
        except (ValueError, RecursionError):
            raise BrokenAnswerError("an answer that is no JSON") from None
        return completion_of(value)

    async def _streamed(self, body: dict[str, Any]) -> Completion:
        chunks = await self._client.post(
            _PATH, body=body, cast_to=object, stream=True, stream_cls=openai.AsyncStream[object]
        )
        return await completion_in_pieces(chunks)

    def _reply(self, completion: Completion) -> Reply:
        outcome: Outcome = "answered"
        if completion.finish == "content_filter":
            outcome = "filtered"
        elif completion.refusal:
            outcome = "refused"
        beliefs = None
        if self._config.logprobs and outcome == "answered":
            if completion.text and not completion.tokens:
                raise InputError(f"{self._address.told} gives no log-probabilities: take llm.samples=5 instead")
            beliefs = self._form.beliefs(completion.tokens)
        return Reply(
            outcome=outcome,
            text=without_reasoning(completion.text),
            cut=completion.finish == "length",
            beliefs=beliefs,
            tokens_read=completion.tokens_read,
            tokens_written=completion.tokens_written,
        )

    def _no_reply(self, error: openai.APIStatusError) -> Exception:
        if error.status_code in _PASSING or error.status_code >= 500:
            return CallFailedError(told(error))
        hints = {
            401: f"; the key is read from {KEY}",
            403: f"; the key is read from {KEY}",
            404: f"; it may have no model '{self._config.model}', or llm.base_url may need /v1 at its end",
        }
        hint = "; redirects are not followed" if error.status_code < 400 else hints.get(error.status_code, "")
        return InputError(f"{self._address.told} does not answer: {told(error)}{hint}")


def _key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not key.isascii() or not key.isprintable():
        raise InputError(f"{KEY}: expected a key of plain characters")
    return key or "none"
