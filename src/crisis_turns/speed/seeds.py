"""``target=seeds``: one command for several seeds, against one run alone that has all cores. As users start them."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.speed.benchmark_file import SeedsRecord, SeedsRow
from crisis_turns.speed.machine import machine
from crisis_turns.speed.settings import BenchmarkConfig
from crisis_turns.speed.timing import CPU


def measure(config: BenchmarkConfig) -> SeedsRecord:
    """Time both on the embedded corpus, each with an empty cache and then with a full one.

    Raises:
        InputError: if a run fails.
    """
    numbers = ",".join(str(1 + n) for n in range(config.seeds))
    cores = f"trainer.threads={torch.get_num_threads()}"
    rows: list[SeedsRow] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for cold in (True, False):
            one = _seconds(config, folder, f"one-{cold}", cores, "seed=1", cache="one")
            many = _seconds(config, folder, f"many-{cold}", "-m", f"seed={numbers}", cache="many")
            rows += [
                {"name": "one run", "cold": cold, "seconds": one, "times_one": 1.0},
                {"name": f"{config.seeds} seeds", "cold": cold, "seconds": many, "times_one": many / one},
            ]
        threads = _threads(folder / "many-False")
        _seconds(config, folder, "alone", f"trainer.threads={threads}", "seed=1", cache="one")
        equal = _weights(folder / "alone") <= _weights(folder / "many-False")
    return {
        "target": "seeds",
        "machine": machine(CPU),
        "encoder": config.encoder.name,
        "trainable_layers": config.encoder.trainable_layers,
        "precision": config.trainer.precision,
        "dialogues": config.limit,
        "seeds": config.seeds,
        "epochs": config.epochs,
        "rows": rows,
        "equal": equal,
    }


def _seconds(config: BenchmarkConfig, folder: Path, runs: str, *arguments: str, cache: str) -> float:
    """Of a training command, from its start to its end."""
    encoder, optim = config.encoder, ("epochs", "patience")
    settings = [
        "model=hier_crf", f"encoder.name={encoder.name}", f"encoder.trainable_layers={encoder.trainable_layers}",
        f"trainer.precision='{config.trainer.precision}'", "trainer.progress=false", "score_test=false",
        f"data.train_limit={config.limit}", *(f"optim.{key}={config.epochs}" for key in optim),
        f"runs_dir={folder / runs}",
    ]  # fmt: skip
    environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "crisis_turns", "train", *settings, *arguments], capture_output=True, text=True,
        env={**environment, "XDG_CACHE_HOME": str(folder / cache)}, check=False,
    )  # fmt: skip
    taken = time.perf_counter() - start
    if done.returncode:
        last = ["it says nothing", *done.stderr.strip().splitlines()][-1]  # one killed for its memory says nothing
        raise InputError(f"target=seeds: a training command failed with status {done.returncode}: {last}")
    return taken


def _weights(runs: Path) -> set[bytes]:
    """What the runs in the folder have learnt."""
    return {path.read_bytes() for path in runs.glob("*/model/model.safetensors")}


def _threads(runs: Path) -> int | str:
    return load_config(RunFolder(next(runs.glob("*-s1-*")))).trainer.threads
