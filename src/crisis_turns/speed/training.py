"""``target=training``: the plain loop, ours, and a flat model that reads the last turns again for every target, in
training and in tagging.
"""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import fmean
from typing import Any, Literal

import numpy as np
import torch
from transformers import PreTrainedConfig

from crisis_turns.errors import InputError
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.speed.growth import growth
from crisis_turns.speed.machine import machine, matrix_products, precisions
from crisis_turns.speed.memory import peak_mib
from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.speed.settings import BenchmarkConfig, Compose, Precision
from crisis_turns.speed.systems import Spec, System, Work, work
from crisis_turns.speed.timing import Task, Timing, in_rounds

PLAIN, OURS, ALONE, MATRICES = "plain loop", "ours", "ours, encoder alone", "matrix products"
FLAT_TOKENS = 512
"""What a flat model may read, where the encoder's positions reach as far."""
_KEPT_LAYERS = 2


def measure(config: BenchmarkConfig, compose: Compose) -> dict[str, Any]:
    """The record that ``benchmark.json`` holds.

    Args:
        compose: makes the checked configuration of a training run from its overrides.
    """
    if config.trainer.accelerator == "gpu" and not torch.cuda.is_available():
        raise InputError("trainer=gpu: torch finds no GPU on this machine; use trainer=cpu")
    device = torch.device("cuda" if config.trainer.accelerator == "gpu" else "cpu")
    backbone = load_backbone(config.encoder.name).model
    sizes = backbone.config
    shape = (config.trainer.token_budget, sizes.hidden_size, sizes.intermediate_size)
    products = {precision: matrix_products(shape, precision, device) for precision in precisions(device)}
    record: dict[str, Any] = {
        "target": config.target,
        "machine": machine(device),
        "encoder": {
            "name": config.encoder.name,
            "parameters": backbone.num_parameters(),
            "layers": sizes.num_hidden_layers,
            "width": sizes.hidden_size,
        },
        "dialogues": config.dialogues,
        "rounds": config.rounds,
        "matrix_shape": shape,
    }
    for part in ("training", "tagging"):
        record |= _part(part, config, _specs(config, compose, sizes, training=part == "training"), products, device)
    return record | {"growth": growth(config, compose, device)}


def _part(
    part: str,
    config: BenchmarkConfig,
    specs: list[Spec],
    products: Mapping[Precision, tuple[Callable[[], object], float]],
    device: torch.device,
) -> dict[str, Any]:
    """One part's rows, with what was counted and timed beside them."""
    training = part == "training"
    dialogues = random_dialogues(config.dialogues, seed=config.seed)
    systems = {spec.name: System(spec, dialogues, device) for spec in specs}
    tasks = _tasks(systems, list(products), training=training)
    tasks |= {(MATRICES, precision): multiply for precision, (multiply, _) in products.items()}
    timings = in_rounds(tasks, rounds=config.rounds, device=device)
    works = {name: work(system, training=training) for name, system in systems.items()}
    works[ALONE] = works[OURS]
    rows = [
        _row(name, precision, timings, done, flop, len(dialogues))
        for precision, (_, flop) in products.items()
        for name, done in works.items()
        if (name, precision) in timings
    ]
    lengths = _lengths(systems[OURS])
    del systems, tasks  # the processes below need the memory
    for spec in specs if config.memory else ():
        for row in rows:
            if row["system"] == spec.name:
                row["peak_mib"] = peak_mib(spec, dialogues, device, row["precision"], training=training)
    return {
        part: rows,
        "turns": sum(len(d.turns) for d in dialogues),
        "word_pieces_per_turn": lengths,
        "matrix_rate": {p: flop / timings[MATRICES, p].median for p, (_, flop) in products.items()},
    }


def _specs(config: BenchmarkConfig, compose: Compose, sizes: PreTrainedConfig, *, training: bool) -> list[Spec]:
    kept = min(_KEPT_LAYERS, sizes.num_hidden_layers - 1)
    long = max(config.encoder.max_tokens, FLAT_TOKENS if sizes.max_position_embeddings >= FLAT_TOKENS else 0)

    def spec(name: str, *overrides: str, layers: int | Literal["all"] = "all", **changes: Any) -> Spec:
        room = long if "model=flat" in overrides else config.encoder.max_tokens
        run = config.run(compose, *overrides, encoder={"trainable_layers": layers, "max_tokens": room})
        return Spec(name, run, **changes)

    specs = [
        spec(PLAIN, "model=hier_crf", "model.turn_input=pair", plain=True),
        spec(f"{OURS}, pair input", "model=hier_crf", "model.turn_input=pair"),
        spec(OURS, "model=hier_crf"),
        *(spec(f"flat, k = {k}", "model=flat", f"model.context_window={k}") for k in (4, 8)),
    ]
    if training:
        name = f"{OURS}, top {kept} of {sizes.num_hidden_layers} layers"
        specs.append(spec(name, "model=hier_crf", layers=kept))
    return specs


def _tasks(
    systems: Mapping[str, System], kinds: list[Precision], *, training: bool
) -> dict[Task, Callable[[], object]]:
    tasks: dict[Task, Callable[[], object]] = {
        (name, precision): partial(system.train if training else system.tag, precision)
        for precision in kinds
        for name, system in systems.items()
    }
    if not training:
        made = list(systems[OURS].batches(training=False))
        tasks |= {(ALONE, precision): partial(systems[OURS].encode, made, precision) for precision in kinds}
    return tasks


def _lengths(system: System) -> dict[str, float]:
    lengths = [sum(map(len, pieces)) for dialogue in system.encoded for pieces in dialogue.pieces]
    return {"mean": fmean(lengths), "p95": float(np.quantile(lengths, 0.95)), "longest": max(lengths)}


def _row(
    system: str,
    precision: Precision,
    timings: Mapping[Task, Timing],
    done: Work,
    products_flop: float,
    n_dialogues: int,
) -> dict[str, Any]:
    """One system's figures.

    Args:
        products_flop: of the matrix products that were timed beside it.
    """
    timing = timings[system, precision]
    return {
        "system": system,
        "precision": precision,
        "seconds": timing.seconds,
        "dialogues_per_s": n_dialogues / timing.median,
        "tokens_per_s": done.tokens / timing.median,
        "tokens": done.tokens,
        "padding": 1 - done.tokens / done.positions,
        "matrix_share": done.flop / products_flop * timing.times_as_fast_as(timings[MATRICES, precision])[0],
        "times_plain": timing.times_as_fast_as(timings[PLAIN, precision]),
        "times_plain_32": timing.times_as_fast_as(timings[PLAIN, "32"]),
    }
