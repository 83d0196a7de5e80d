"""``target=corpus``: what training costs on corpora of several sizes: time, memory, disk.

Each size is measured in a process of its own, on the real path: random dialogues are tokenised, hidden states are kept
in a cache of the process's own, and a few steps are taken in random order. What would take hours is told by the piece:
states of a few dialogues, and of the epoch those steps. The file of states is full-size, but holds what enters the
lowest layer, which costs no time.
"""

import os
import time
from collections.abc import Sequence
from threading import Event, Thread
from typing import NamedTuple, Self

import numpy as np
import torch

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.model.encoders import array_cache
from crisis_turns.model.encoders.frozen_part import with_states
from crisis_turns.model.encoders.layer_split import lower_part
from crisis_turns.speed.benchmark_file import CorpusSizeRecord, CorpusSizeRow
from crisis_turns.speed.machine import machine
from crisis_turns.speed.memory import alone, anonymous_mib, highest_mib
from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.speed.settings import BenchmarkConfig, Compose
from crisis_turns.speed.timing import CPU
from crisis_turns.speed.workload import TRAINING_BATCH, Contender, Workload, cache_of_its_own

_LIMIT_GIB = 64


class _Steps(NamedTuple):
    """Seconds of one step in the mean, and the most memory of its own that the process had meanwhile."""

    seconds: float
    peak_mib: float


def measure(config: BenchmarkConfig, compose: Compose) -> CorpusSizeRecord:
    """Measure at every size of the settings."""
    run = config.run(compose, "model=hier_crf", encoder={})
    contender = Contender("corpus", run)
    return {
        "target": "corpus",
        "machine": machine(CPU),
        "encoder": config.encoder.name,
        "trainable_layers": config.encoder.trainable_layers,
        "precision": config.trainer.precision,
        "sample": config.dialogues,
        "steps": config.steps,
        "rows": [
            alone(_measured, contender, size, config.dialogues, config.steps, torch.get_num_threads())
            for size in config.corpora
        ],
    }


def _measured(contender: Contender, size: int, sample: int, steps: int, threads: int) -> CorpusSizeRow:
    torch.set_num_threads(threads)
    config = contender.config
    workload = Workload(contender, random_dialogues(sample, seed=0), CPU)  # and what is done once is done
    states_s = _states_s(workload, random_dialogues(sample, seed=1))
    dialogues = random_dialogues(size, seed=config.seed)
    start = time.perf_counter()
    encoded = workload.tagger.tokenizer(dialogues, workload.tagger.tags)
    tokenise_s = time.perf_counter() - start
    tokens = sum(len(run) for d in encoded for pieces in d.pieces for run in pieces)
    os.environ[array_cache.LIMIT] = str(_LIMIT_GIB)
    with cache_of_its_own():
        if config.encoder.trainable_layers != "all":
            backbone = workload.encoder.backbone
            none = lower_part(backbone, backbone.config.num_hidden_layers)
            budget, precision = config.trainer.token_budget, config.trainer.precision
            encoded = with_states(encoded, none, token_budget=budget, precision=precision)
        disk = sum(path.stat().st_size for path in array_cache.folder().glob("*"))
        taken = _steps(workload, encoded, steps)
    return {
        "dialogues": size,
        "turns": sum(len(d.pieces) for d in encoded),
        "tokens": tokens,
        "tokenise_s": tokenise_s,
        "states_s": states_s * size / sample,
        "epoch_s": taken.seconds * -(-size // TRAINING_BATCH),
        "disk_mib": disk / 2**20,
        "peak_mib": taken.peak_mib,
        "peak_with_mapped_mib": highest_mib(),
    }


def _states_s(workload: Workload, dialogues: Sequence[Dialogue]) -> float:
    encoded = workload.tagger.tokenizer(dialogues, workload.tagger.tags)
    budget = workload.contender.config.trainer.token_budget
    with cache_of_its_own():
        start = time.perf_counter()
        workload.encoder.with_frozen_part(encoded, token_budget=budget, to_train=True)
        return time.perf_counter() - start


def _steps(workload: Workload, dialogues: Sequence[EncodedDialogue], n: int) -> _Steps:
    """Of dialogues in random order, after one step that does not count."""
    order = np.random.default_rng(0).permutation(len(dialogues))
    workload.model.train()
    workload.encoder.precision = workload.contender.config.trainer.precision
    seconds = []
    with _Watch() as watch:
        for number in range(min(n + 1, len(order) // TRAINING_BATCH)):
            numbers = order[number * TRAINING_BATCH :][:TRAINING_BATCH]
            start = time.perf_counter()
            workload.step(workload.collate([dialogues[i] for i in numbers], "training"))
            seconds.append(time.perf_counter() - start)
    return _Steps(sum(seconds[1:]) / max(1, len(seconds) - 1), watch.peak)


class _Watch:
    """Looks at this process's own memory a hundred times a second."""

    def __init__(self) -> None:
        self.peak, self._over = 0.0, Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.peak = max(self.peak, anonymous_mib())
