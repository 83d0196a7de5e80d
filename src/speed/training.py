"""``target=training``: the plain loop, ours, and a flat model that reads the last turns again for every target, in
training and in tagging.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import torch
from transformers import PreTrainedConfig

from src.errors import InputError
from src.model.encoder_source import load_backbone
from src.speed.growth import growth
from src.speed.machine import machine, matrix_rate, precisions
from src.speed.memory import peak_mib
from src.speed.random_text import random_dialogues
from src.speed.settings import BenchmarkConfig, Compose, Precision
from src.speed.systems import Spec, System, Work, work
from src.speed.timing import Task, Timing, in_rounds

PLAIN, OURS, ALONE = "plain loop", "ours", "ours, encoder alone"
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
    rates = {p: matrix_rate(shape, p, device, rounds=config.rounds) for p in precisions(device)}
    dialogues = random_dialogues(config.dialogues, seed=config.seed)
    record: dict[str, Any] = {
        "target": config.target,
        "machine": machine(device),
        "encoder": {
            "name": config.encoder.name,
            "parameters": backbone.num_parameters(),
            "layers": sizes.num_hidden_layers,
            "width": sizes.hidden_size,
        },
        "dialogues": len(dialogues),
        "turns": sum(len(d.turns) for d in dialogues),
        "rounds": config.rounds,
        "matrix_rate": {"shape": shape, **rates},
    }
    for part in ("training", "tagging"):
        training = part == "training"
        specs = {spec.name: spec for spec in _specs(config, compose, sizes, training=training)}
        systems = {name: System(spec, dialogues, device) for name, spec in specs.items()}
        timings = _timed(systems, list(rates), config.rounds, training=training)
        works = {name: work(system, training=training) for name, system in systems.items()}
        works[ALONE] = works[OURS]
        record[part] = [_row(*task, timings, works[task[0]], rates, len(dialogues)) for task in timings]
        del systems
        for row in record[part] if config.memory else ():
            if row["system"] in specs:
                row["peak_mib"] = peak_mib(specs[row["system"]], dialogues, device, row["precision"], training=training)
    return record | {"growth": growth(config, compose, device)}


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
    return [*specs, spec(f"{OURS}, top {kept} layers, rest kept", "model=hier_crf", layers=kept)] if training else specs


def _timed(systems: Mapping[str, System], kinds: list[Precision], rounds: int, *, training: bool) -> dict[Task, Timing]:
    tasks: dict[Task, Callable[[], None]] = {
        (name, precision): partial(system.train if training else system.tag, precision)
        for precision in kinds
        for name, system in systems.items()
    }
    ours = systems[OURS]
    if not training:
        made = list(ours.batches(training=False))
        tasks |= {(ALONE, precision): partial(ours.encode, made, precision) for precision in kinds}
    return in_rounds(tasks, rounds=rounds, device=ours.device)


def _row(
    system: str,
    precision: Precision,
    timings: Mapping[Task, Timing],
    done: Work,
    rates: Mapping[Precision, float],
    n_dialogues: int,
) -> dict[str, Any]:
    timing = timings[system, precision]
    return {
        "system": system,
        "precision": precision,
        "seconds": timing.seconds,
        "dialogues_per_s": n_dialogues / timing.median,
        "tokens_per_s": done.tokens / timing.median,
        "tokens": done.tokens,
        "padding": 1 - done.tokens / done.positions,
        "matrix_share": done.flop / timing.median / rates[precision],
        "times_plain": timing.times_as_fast_as(timings[PLAIN, precision]),
        "times_plain_32": timing.times_as_fast_as(timings[PLAIN, "32"]),
    }
