"""A language model as the large system of a conversation that is going on: asked within a time limit, or not at all."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from crisis_turns.config import LlmRunConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.llm.address import address_of
from crisis_turns.llm.beliefs import HALF, read_last
from crisis_turns.llm.extra import needing_openai
from crisis_turns.llm.questions import Call, Questioner, questioner
from crisis_turns.llm.record import Reply

if TYPE_CHECKING:
    from crisis_turns.llm.server import Server  # the package openai, an extra


class NoAnswerError(Exception):
    """The large system has not answered; the message says why in a few words, and holds nothing that was said."""


class Large(Protocol):
    """A system that is asked about the last turn of a conversation."""

    def ask(self, history: Dialogue) -> np.ndarray:
        """``(Y,)`` bool: the tags that begin on the last turn, a user's.

        Raises:
            NoAnswerError: if it does not say, or not in time.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class AskedModel:
    """The system that ``llm.yaml`` of a folder describes, its prompt unchanged.

    Args:
        seconds: after which the small system's answer is taken.
        runner: whose loop the server was made in.
    """

    def __init__(self, asker: Questioner, server: "Server", runner: asyncio.Runner, *, seconds: float) -> None:
        self._asker, self._server, self._runner, self._seconds = asker, server, runner, seconds

    def ask(self, history: Dialogue) -> np.ndarray:
        from crisis_turns.llm.server import CallFailedError

        calls = self._asker.last_calls(history)
        try:
            found = self._runner.run(asyncio.wait_for(self._replies(calls), self._seconds))
        except TimeoutError:
            raise NoAnswerError(f"no answer within {self._seconds:g} s") from None
        except (CallFailedError, InputError) as error:
            raise NoAnswerError(str(error)) from None
        replies = {call.hash: reply for call, reply in zip(calls, found, strict=True)}
        answers = read_last(self._asker, calls, replies)
        if answers.kinds["exact"] + answers.kinds["mended"] == 0:
            raise NoAnswerError("an answer that says nothing")
        onset = answers.onset[history.id][-1]
        return np.asarray((onset >= HALF) & (onset > 0))

    async def _replies(self, calls: Sequence[Call]) -> list[Reply]:
        return list(await asyncio.gather(*(self._server.ask(call) for call in calls)))

    def close(self) -> None:
        self._runner.run(self._server.close())
        self._runner.close()


def asked_model(run: LlmRunConfig, *, base_url: str | None, seconds: float, confirmed: bool) -> AskedModel:
    """The system, ready to be asked.

    Args:
        run: how it was asked before.
        base_url: where its server is now; ``None``: where it was.
        confirmed: that what is said may leave this machine.

    Raises:
        InputError: if it sees later turns, its prompt has changed, or the text may not go where the server is.
    """
    with needing_openai():
        from crisis_turns.llm.server import Server
    if run.llm.mode != "turn":
        raise InputError(f"llm.mode={run.llm.mode} sees later turns, which a conversation that goes on does not have")
    if run.llm.shots:
        raise InputError("llm.shots: examples from train are not at hand in a conversation; ask without them")
    asker = questioner(run.llm, run.data.tag_set, (), seed=run.seed)
    if asker.prompt.sha256 != run.prompt_sha256:
        raise InputError(f"{asker.prompt.source}: is not the one that the system was measured with")
    address = address_of(base_url or str(run.llm.base_url))
    if not address.is_here and not confirmed:
        raise InputError(f"what is said leaves this machine for {address.told}: cascade.confirm=true allows that")
    runner = asyncio.Runner()

    async def made() -> "Server":
        return Server(run.llm, address, asker.form, seed=run.seed, left_out=())

    return AskedModel(asker, runner.run(made()), runner, seconds=seconds)
