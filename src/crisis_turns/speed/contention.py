"""``target=contention``: an epoch alone and beside busy processes, by how many threads it has and how they wait."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from typing import NamedTuple

import torch

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.processor import idle_cores, reading
from crisis_turns.speed.benchmark_file import ContentionRecord, ContentionRow
from crisis_turns.speed.machine import machine
from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.speed.settings import BenchmarkConfig, Compose
from crisis_turns.speed.timing import CPU, Timing
from crisis_turns.speed.workload import Contender, Workload

_LOOK_S = 0.5
"""How long the default looks for free cores; a command does so while it starts."""


class Manner(NamedTuple):
    """How a process uses the cores: so many threads (``None``: by free cores), which wait asleep or spinning."""

    name: str
    threads: int | None
    asleep: bool = True


DEFAULT = Manner("default", None)
MANNERS = (
    Manner("two threads that spin (torch's own way)", 2, asleep=False),
    Manner("one thread", 1),
    Manner("two threads", 2),
    DEFAULT,
)


def measure(config: BenchmarkConfig, compose: Compose) -> ContentionRecord:
    """Time an epoch of random dialogues in each manner, beside each number of busy processes, in rounds."""
    contender = Contender("epoch", config.run(compose, "model=hier_crf", encoder={}))
    dialogues = random_dialogues(config.dialogues, seed=config.seed)
    seconds: dict[tuple[Manner, int], list[float]] = {(m, busy): [] for m in MANNERS for busy in config.busy}
    threads: dict[tuple[Manner, int], list[int]] = {key: [] for key in seconds}
    with ExitStack() as stack:
        pools = {manner: stack.enter_context(_process_of(manner)) for manner in MANNERS}
        for pool in pools.values():  # one after the other, and one epoch that does not count
            pool.submit(_prepare, contender, dialogues).result()
        for number in range(config.rounds):
            for busy in config.busy:
                with _busy(busy):
                    for manner in MANNERS[:: -1 if number % 2 else 1]:
                        taken, used = pools[manner].submit(_epoch, manner.threads).result()
                        seconds[manner, busy].append(taken)
                        threads[manner, busy].append(used)
    return {
        "target": "contention",
        "machine": machine(CPU),
        "encoder": config.encoder.name,
        "trainable_layers": config.encoder.trainable_layers,
        "precision": config.trainer.precision,
        "dialogues": len(dialogues),
        "rounds": config.rounds,
        "rows": _rows(seconds, threads, alone=min(config.busy)),
    }


def _rows(
    seconds: Mapping[tuple[Manner, int], Sequence[float]],
    threads: Mapping[tuple[Manner, int], Sequence[int]],
    alone: int,
) -> list[ContentionRow]:
    timings = {key: Timing(tuple(values)) for key, values in seconds.items()}
    return [
        {
            "manner": manner.name,
            "busy": busy,
            "threads": list(threads[manner, busy]),
            "seconds": timing.seconds,
            "times_alone": timings[DEFAULT, alone].times_as_fast_as(timing),
        }
        for (manner, busy), timing in timings.items()
    ]


@contextmanager
def _process_of(manner: Manner) -> Iterator[ProcessPoolExecutor]:
    """A process in which torch waits as the manner says; what decides it is read once, when torch is loaded."""
    before = dict(os.environ)
    for key in ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "GOMP_SPINCOUNT", "OMP_NUM_THREADS"):
        os.environ.pop(key, None)
    if manner.asleep:
        os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(torch.get_num_threads).result()  # it is there, with this environment
            os.environ.clear()
            os.environ.update(before)
            yield pool
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _busy(n: int) -> Iterator[None]:
    """So many processes, each of which would like a core for itself."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


_workload: Workload
"""Of a process that measures."""


def _prepare(contender: Contender, dialogues: Sequence[Dialogue]) -> None:
    global _workload
    _workload = Workload(contender, dialogues, CPU)
    _workload.train(contender.config.trainer.precision)


def _epoch(threads: int | None) -> tuple[float, int]:
    """Seconds of an epoch, and how many threads it had."""
    if threads is None:
        before = reading()
        time.sleep(_LOOK_S)
        threads = (os.cpu_count() or 1) if before is None else idle_cores(before)
    torch.set_num_threads(threads)
    start = time.perf_counter()
    _workload.train(_workload.contender.config.trainer.precision)
    return time.perf_counter() - start, threads
