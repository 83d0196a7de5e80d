"""Many calls at a time, no more than are allowed; every reply is on the disk when it is there."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crisis_turns.errors import InputError
from crisis_turns.llm.questions import Call
from crisis_turns.llm.record import CallRecord
from crisis_turns.llm.server import CallFailedError, Server

_IN_A_ROW = 5
"""Failed calls without a reply between them, after which no more are tried."""


def open_calls(calls: Iterable[Call], record: CallRecord) -> list[Call]:
    """Those without a reply on record, equal ones once."""
    return list({call.hash: call for call in calls if call.hash not in record.replies}.values())


def ask_all(
    server: Server, calls: Sequence[Call], record: CallRecord, *, concurrency: int, asked: Callable[[], None]
) -> None:
    """Ask, and keep the replies.

    Args:
        asked: told after each call.

    Raises:
        InputError: if calls are left without a reply, with the reasons and how often; the others are on record.
    """
    if calls:
        asyncio.run(_Session(server, record, asked).hold(calls, concurrency))


def _pass_over_stops(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A signal's stop may hit any task, and ends the command from there; its own account of it is of no use."""
    if not isinstance(context.get("exception"), SystemExit):
        loop.default_exception_handler(context)


@dataclass
class _Session:
    server: Server
    record: CallRecord
    asked: Callable[[], None]
    failures: Counter[str] = field(default_factory=Counter)
    in_a_row: int = 0

    async def hold(self, calls: Sequence[Call], concurrency: int) -> None:
        asyncio.get_running_loop().set_exception_handler(_pass_over_stops)
        try:
            await self.server.reach()
            # one alone, to learn which parameters the server takes; a short one, which cannot be too long for it
            first = min(calls, key=lambda call: call.question.length)
            await self._ask(first)
            if self.failures:
                raise self._unfinished()
            rest = iter([call for call in calls if call is not first])
            await asyncio.gather(*(self._work(rest) for _ in range(concurrency)))
        finally:
            await self.server.close()
        if self.failures:
            raise self._unfinished()

    async def _work(self, calls: Iterable[Call]) -> None:
        for call in calls:  # shared: each call is one worker's
            await self._ask(call)

    async def _ask(self, call: Call) -> None:
        try:
            reply = await self.server.ask(call)
        except CallFailedError as error:
            self.failures[str(error)] += 1
            self.in_a_row += 1
            if self.in_a_row >= _IN_A_ROW:
                raise self._unfinished() from None
            return
        self.record.add(call, reply)
        self.in_a_row = 0
        self.asked()

    def _unfinished(self) -> InputError:
        reasons = ", ".join(f"{reason}: {n}" for reason, n in self.failures.most_common())
        return InputError(
            f"calls without a reply ({reasons}); the other replies are on record, and the same command asks for these "
            "again"
        )
