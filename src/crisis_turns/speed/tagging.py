"""``target=tagging``: trained taggers in all their forms, from text to decisions, on the same dialogues and cores."""

from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from crisis_turns.data.corpus import read_split
from crisis_turns.metrics.counts import turn_micro_f1
from crisis_turns.speed.contenders import contenders, finished_runs
from crisis_turns.speed.latency import latencies
from crisis_turns.speed.machine import machine
from crisis_turns.speed.settings import BenchmarkConfig
from crisis_turns.speed.timing import Timing, in_rounds
from crisis_turns.speed.variants import set_threads

_CPU = torch.device("cpu")


def measure(config: BenchmarkConfig, folder: Path) -> dict[str, Any]:
    """The record that ``benchmark.json`` holds.

    Args:
        folder: the benchmark's; exports are written below it.

    Raises:
        InputError: if a run is missing, unfinished or of other tags than the corpus, or none is neural.
    """
    set_threads(config.threads, torch=True)
    runs, exported = finished_runs(config.runs)
    corpus = read_split(config.data or next(iter(runs.values())).data, config.split)
    entered = contenders(runs, exported, corpus.tags, exports=folder / "exports", threads=config.threads)
    dialogues = corpus.dialogues[: config.dialogues]
    loaded = {variant: variant.load() for variant in entered.measured}
    loads = in_rounds({v: v.load for v in loaded}, rounds=config.rounds, device=_CPU)
    batches = in_rounds({v: partial(r.tag, dialogues) for v, r in loaded.items()}, rounds=config.rounds, device=_CPU)
    streams = {v.name: r.stream for v, r in loaded.items() if r.stream is not None}
    delays = latencies(streams, dialogues, rounds=config.rounds)
    n_turns, n_user = sum(len(d.turns) for d in dialogues), sum(len(d.user_turns) for d in dialogues)
    rows = [
        {
            "name": variant.name,
            "system": variant.system,
            "form": variant.form,
            "precision": variant.precision,
            "folder": str(variant.folder),
            **_speed(batches[variant], batches[entered.base], n_turns, n_user),
            "latency_ms": delays.get(variant.name),
            "load_s": loads[variant].median,
            "size_mb": ready.size / 1e6,
            "turn_micro_f1": turn_micro_f1(ready.tag(corpus.dialogues)),
            **({"peak_mib": variant.peak_mib(dialogues)} if config.memory else {}),
        }
        for variant, ready in loaded.items()
    ]
    return {
        "target": config.target,
        "machine": machine(_CPU) | {"onnxruntime": version("onnxruntime")},
        "data": {"name": corpus.corpus, "split": corpus.split, "sha256": corpus.sha256},
        "dialogues": len(dialogues),
        "turns": n_turns,
        "user_turns": n_user,
        "rounds": config.rounds,
        "base": entered.base.name,
        "variants": rows,
        "refused": [refused._asdict() for refused in entered.refused],
    }


def _speed(timing: Timing, base: Timing, n_turns: int, n_user: int) -> dict[str, Any]:
    return {
        "times_base": timing.times_as_fast_as(base),
        "turns_per_s": n_turns / timing.median,
        "user_turns_per_s": n_user / timing.median,
        "seconds": timing.seconds,
    }
