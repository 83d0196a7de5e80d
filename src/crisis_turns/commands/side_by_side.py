"""Runs of a sweep beside each other on one machine, each in a process with its share of the cores.

Every run gives what it would give alone with as many threads: a process does one run after the other, and shares no
more with its neighbours than the cache of what frozen layers give, which they fill together.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import NamedTuple

from crisis_turns.commands import app
from crisis_turns.config import RunConfig
from crisis_turns.errors import InputError
from crisis_turns.processor import free_cores, free_gib

_SECONDS_TO_STOP = 30
_GIB_EACH = 2
"""Memory that a run is thought to take, encoder and libraries included."""


class WaitingRun(NamedTuple):
    """A run of a sweep that is not begun yet.

    Attributes:
        number: in the sweep.
        overrides: what makes it this run.
    """

    number: int
    overrides: list[str]
    config: RunConfig


class Shares(NamedTuple):
    """How many processes, and how many threads each of them has."""

    processes: int
    threads: int


def shares(runs: Sequence[WaitingRun], *, threads: int | None) -> Shares:
    """As many processes as there is work, core and memory for, and the free cores divided among them.

    Args:
        runs: which may say how many threads they want.
        threads: of a process, if it was told; otherwise one is enough.
    """
    cores = free_cores()
    wanted = [threads or 1 if n == "auto" else n for n in (run.config.trainer.threads for run in runs)]
    processes = max(1, int(min(len(runs), cores // max(wanted), free_gib() / _GIB_EACH)))
    return Shares(processes, threads or max(1, cores // processes))


def side_by_side(runs: Sequence[WaitingRun], share: Shares) -> Iterator[tuple[WaitingRun, Exception | None]]:
    """Train them, and tell each as it ends, with its error if it has failed.

    Where the kernel kills a process, for want of memory as a rule, what is not finished is done one run at a time.
    """
    os.environ["OMP_NUM_THREADS"] = str(share.threads)  # what is started from now on has so many
    left, processes = list(runs), share.processes
    while left:
        for run, error in _in_a_pool(left, processes):
            left.remove(run)
            yield run, error
        if left and processes == 1:
            yield left.pop(0), InputError("its process was killed; is there memory enough?")
        processes = 1


def _in_a_pool(runs: Sequence[WaitingRun], processes: int) -> Iterator[tuple[WaitingRun, Exception | None]]:
    """The runs that end before a process is killed."""
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)
    try:
        futures: dict[Future[Exception | None], WaitingRun] = {
            pool.submit(_trained, run.config, processes > 1): run for run in runs
        }
        for future in as_completed(futures):
            if isinstance(future.exception(), BrokenProcessPool):
                return
            yield futures[future], future.result()
    except BaseException:  # a signal
        children = active_children()
        for child in children:
            child.terminate()
        for child in children:
            child.join(_SECONDS_TO_STOP)
            child.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a process of the pool: stop when told to, by its parent and not by the terminal, and when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app.heed_stops(signal.SIGTERM)
    parent = parent_process()
    assert parent is not None
    Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def _trained(config: RunConfig, beside_others: bool) -> Exception | None:
    from crisis_turns.commands.train import run

    if beside_others:  # two bars would write over each other
        config = config.model_copy(update={"trainer": config.trainer.model_copy(update={"progress": False})})
    try:
        return app.outcome(lambda: run(config, brief=True))
    except SystemExit as ended:  # stopped: this process is to begin no other run
        sys.stdout.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
