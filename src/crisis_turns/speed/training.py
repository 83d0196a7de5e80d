"""``target=training``: the plain loop, ours, and a flat model that reads the last turns again for every target, in
training and in tagging.
"""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import fmean
from typing import Literal, NamedTuple

import numpy as np
import torch
from transformers import PreTrainedModel

from crisis_turns.model.encoders.architecture import inner_width, longest_run
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.speed.benchmark_file import SystemRow, TrainingRecord, WordPieces
from crisis_turns.speed.growth import growth
from crisis_turns.speed.machine import MatrixProducts, machine, matrix_products, precisions
from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.speed.settings import BenchmarkConfig, Compose, Part, Precision
from crisis_turns.speed.timing import Timing, in_rounds
from crisis_turns.speed.workload import Contender, Cost, Workload
from crisis_turns.training.device import device_of

PLAIN, OURS, ALONE, MATRICES = "plain loop", "ours", "ours, encoder alone", "matrix products"
FLAT_TOKENS = 512
"""What a flat model may read, where the encoder's positions reach as far."""
_KEPT_LAYERS = 2
Task = tuple[str, Precision]
"""A system's name, and the precision of its encoder."""


class _Measured(NamedTuple):
    """One part's rows, with what was counted and timed beside them."""

    rows: list[SystemRow]
    turns: int
    word_pieces: WordPieces
    matrix_rate: dict[Precision, float]


def measure(config: BenchmarkConfig, compose: Compose) -> TrainingRecord:
    """Time everything on random dialogues.

    Raises:
        InputError: if there is no such encoder, or no GPU for ``trainer=gpu``.
    """
    device = device_of(config.trainer)
    encoder = load_backbone(config.encoder.name).model
    sizes = encoder.config
    shape = (config.trainer.token_budget, sizes.hidden_size, inner_width(sizes))
    products = {precision: matrix_products(shape, precision, device) for precision in precisions(device)}
    training = _measured("training", config, _contenders("training", config, compose, encoder), products, device)
    tagging = _measured("tagging", config, _contenders("tagging", config, compose, encoder), products, device)
    return {
        "target": "training",
        "machine": machine(device),
        "encoder": {
            "name": config.encoder.name,
            "parameters": encoder.num_parameters(),
            "layers": sizes.num_hidden_layers,
            "width": sizes.hidden_size,
        },
        "dialogues": config.dialogues,
        "rounds": config.rounds,
        "matrix_shape": shape,
        "training": training.rows,
        "turns": tagging.turns,
        "word_pieces_per_turn": tagging.word_pieces,
        "matrix_rate": tagging.matrix_rate,
        "tagging": tagging.rows,
        "growth": growth(config, compose, device),
    }


def _contenders(part: Part, config: BenchmarkConfig, compose: Compose, encoder: PreTrainedModel) -> list[Contender]:
    sizes = encoder.config
    kept = min(_KEPT_LAYERS, sizes.num_hidden_layers - 1)
    usual = config.encoder.max_tokens
    longest = longest_run(encoder)
    room = max(usual, FLAT_TOKENS if longest is None or longest >= FLAT_TOKENS else 0)

    def contender(
        name: str, *overrides: str, layers: int | Literal["all"] = "all", tokens: int = usual, plain: bool = False
    ) -> Contender:
        run = config.run(compose, *overrides, encoder={"trainable_layers": layers, "max_tokens": tokens})
        return Contender(name, run, plain=plain)

    contenders = [
        contender(PLAIN, "model=hier_crf", "model.turn_input=pair", "late_starts=0", plain=True),
        contender(f"{OURS}, pair input", "model=hier_crf", "model.turn_input=pair", "late_starts=0"),
        contender(OURS, "model=hier_crf"),
        *(contender(f"flat, k = {k}", "model=flat", f"model.context_window={k}", tokens=room) for k in (4, 8)),
    ]
    if part == "training":
        name = f"{OURS}, top {kept} of {sizes.num_hidden_layers} layers"
        contenders.append(contender(name, "model=hier_crf", layers=kept))
    return contenders


def _measured(
    part: Part,
    config: BenchmarkConfig,
    contenders: list[Contender],
    products: Mapping[Precision, MatrixProducts],
    device: torch.device,
) -> _Measured:
    dialogues = random_dialogues(config.dialogues, seed=config.seed)
    workloads = {contender.name: Workload(contender, dialogues, device) for contender in contenders}
    tasks = _tasks(part, workloads, products)
    timings = in_rounds(tasks, rounds=config.rounds, device=device)
    costs = {name: workload.cost(part) for name, workload in workloads.items()}
    costs[ALONE] = costs[OURS]
    rows = [
        _row((name, precision), timings, cost, product.flop, len(dialogues))
        for precision, product in products.items()
        for name, cost in costs.items()
        if (name, precision) in timings
    ]
    word_pieces = _word_pieces(workloads[OURS])
    del workloads, tasks  # the processes below need the memory
    for contender in contenders if config.memory else ():
        for row in rows:
            if row["system"] == contender.name:
                row["peak_mib"] = contender.peak_mib(dialogues, device, part, row["precision"])
    rates = {precision: product.flop / timings[MATRICES, precision].median for precision, product in products.items()}
    return _Measured(rows, sum(len(d.turns) for d in dialogues), word_pieces, rates)


def _tasks(
    part: Part, workloads: Mapping[str, Workload], products: Mapping[Precision, MatrixProducts]
) -> dict[Task, Callable[[], object]]:
    tasks: dict[Task, Callable[[], object]] = {
        (name, precision): partial(workload.read, part, precision)
        for precision in products
        for name, workload in workloads.items()
    }
    if part == "tagging":
        made = list(workloads[OURS].batches(part))
        tasks |= {(ALONE, precision): partial(workloads[OURS].encode, made, precision) for precision in products}
    return tasks | {(MATRICES, precision): product.multiply for precision, product in products.items()}


def _row(task: Task, timings: Mapping[Task, Timing], cost: Cost, products_flop: float, n_dialogues: int) -> SystemRow:
    """One system's figures; ``products_flop`` is of the matrix products that were timed beside it."""
    (system, precision), timing = task, timings[task]
    return {
        "system": system,
        "precision": precision,
        "seconds": timing.seconds,
        "dialogues_per_s": n_dialogues / timing.median,
        "tokens_per_s": cost.tokens / timing.median,
        "tokens": cost.tokens,
        "padding": 1 - cost.tokens / cost.positions,
        "matrix_share": cost.flop / products_flop * timing.times_as_fast_as(timings[MATRICES, precision]).median,
        "times_plain": timing.times_as_fast_as(timings[PLAIN, precision]),
        "times_plain_32": timing.times_as_fast_as(timings[PLAIN, "32"]),
    }


def _word_pieces(workload: Workload) -> WordPieces:
    lengths = [sum(map(len, pieces)) for dialogue in workload.encoded for pieces in dialogue.pieces]
    return {"mean": fmean(lengths), "p95": float(np.quantile(lengths, 0.95)), "longest": max(lengths)}
