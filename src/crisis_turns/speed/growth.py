"""How cost grows: with the length of a dialogue, with the window, with the corpus."""

import time
from dataclasses import replace

import numpy as np
import torch

from crisis_turns.speed.benchmark_file import CorpusRow, CostPerTurn, Growth
from crisis_turns.speed.memory import resident_mib
from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.speed.settings import BenchmarkConfig, Compose
from crisis_turns.speed.timing import in_rounds
from crisis_turns.speed.workload import TRAINING_BATCH, Contender, Workload

_WINDOW_AT = 100
"""Turns of the dialogues on which windows are compared."""


def growth(config: BenchmarkConfig, compose: Compose, device: torch.device) -> Growth:
    """Measure at every size of the settings."""
    return {
        "length": [
            {"turns": turns, **_per_turn(config, compose, device, turns=turns, window=16)} for turns in config.lengths
        ],
        "window": [
            {"window": window, **_per_turn(config, compose, device, turns=_WINDOW_AT, window=window)}
            for window in config.windows
        ],
        "corpus": [_data_path(config, compose, device, size) for size in (config.corpus, 10 * config.corpus)],
    }


def _per_turn(
    config: BenchmarkConfig, compose: Compose, device: torch.device, *, turns: int, window: int | None
) -> CostPerTurn:
    """Milliseconds a turn: tagging with everything, and training of what stands above the turn encoder."""
    dialogues = random_dialogues(max(1, config.turns // turns), seed=config.seed, turns=turns)
    window_key = f"model.context_window={'null' if window is None else window}"
    run = config.run(compose, "model=hier_crf", window_key, encoder={"trainable_layers": "all"})
    whole, above = (Workload(Contender(name, run), dialogues, device) for name in ("whole", "above"))
    draw = np.random.default_rng(config.seed)
    above.model.turn_encoder.requires_grad_(False)
    above.encoded = [
        replace(d, vectors=draw.standard_normal((len(d.is_user), whole.model.turn_encoder.width), dtype=np.float32))
        for d in above.encoded
    ]
    timed = in_rounds(
        {"tag": lambda: whole.tag("32"), "above": lambda: above.train("32")}, rounds=config.rounds, device=device
    )
    n_turns = sum(len(d.turns) for d in dialogues)
    return {
        "tagging_ms_per_turn": 1000 * timed["tag"].median / n_turns,
        "training_above_encoder_ms_per_turn": 1000 * timed["above"].median / n_turns,
    }


def _data_path(config: BenchmarkConfig, compose: Compose, device: torch.device, n: int) -> CorpusRow:
    """Seconds from text to batches for a corpus of n dialogues, once each; no model runs."""
    run = config.run(compose, "model=hier_crf", encoder={"trainable_layers": "all"})
    dialogues = random_dialogues(n, seed=config.seed)
    workload = Workload(Contender("data path", run), dialogues[:1], device)
    before, start = resident_mib(), time.perf_counter()
    workload.encoded = workload.tagger.tokenizer(dialogues, workload.tagger.tags)
    tokenised = time.perf_counter()
    grown = resident_mib() - before
    n_batches = sum(1 for _ in workload.batches("training"))
    return {
        "dialogues": n,
        "turns": sum(len(d.turns) for d in dialogues),
        "tokens": sum(len(run) for d in workload.encoded for pieces in d.pieces for run in pieces),
        "tokenise_s": tokenised - start,
        "batch_epoch_s": time.perf_counter() - tokenised,
        "steps_per_epoch": n_batches,
        "dialogues_per_step": TRAINING_BATCH,
        "encoded_mib": grown,
    }
