"""One benchmark, from its settings to its files."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from crisis_turns.files import write_json, write_text
from crisis_turns.speed import contention, corpus_size, seeds, tagging, training
from crisis_turns.speed.benchmark_file import (
    ContentionRecord,
    CorpusSizeRecord,
    SeedsRecord,
    TaggingRecord,
    TrainingRecord,
)
from crisis_turns.speed.machine_tables import contention_tables, corpus_tables, seeds_tables
from crisis_turns.speed.settings import BenchmarkConfig, Compose
from crisis_turns.speed.speed_figures import draw_tagging, draw_training
from crisis_turns.speed.speed_tables import tagging_tables, training_tables

Record = TypeVar("Record", TrainingRecord, TaggingRecord, ContentionRecord, CorpusSizeRecord, SeedsRecord)


def run_benchmark(config: BenchmarkConfig, compose: Compose) -> str:
    """Measure, then write ``benchmark.json``, ``benchmark.md`` and the figures; returns the tables.

    Args:
        config: the settings.
        compose: makes the checked configuration of a training run from its overrides.

    Raises:
        InputError: if something that is to be measured cannot be.
    """
    match config.target:
        case "training":
            return _written(training.measure(config, compose), training_tables, config.folder, draw_training)
        case "tagging":
            return _written(tagging.measure(config), tagging_tables, config.folder, draw_tagging)
        case "contention":
            return _written(contention.measure(config, compose), contention_tables, config.folder)
        case "corpus":
            return _written(corpus_size.measure(config, compose), corpus_tables, config.folder)
        case "seeds":
            return _written(seeds.measure(config), seeds_tables, config.folder)


def _written(
    record: Record,
    as_tables: Callable[[Record], str],
    folder: Path,
    draw: Callable[[Record, Path], None] | None = None,
) -> str:
    write_json(folder / "benchmark.json", record)
    tables = as_tables(record)
    write_text(folder / "benchmark.md", tables)
    if draw:
        draw(record, folder)
    return tables
