"""One benchmark, from its settings to its files."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from crisis_turns.files import write_json, write_text
from crisis_turns.speed import tagging, training
from crisis_turns.speed.benchmark_file import TaggingRecord, TrainingRecord
from crisis_turns.speed.settings import BenchmarkConfig, Compose
from crisis_turns.speed.speed_figures import draw_tagging, draw_training
from crisis_turns.speed.speed_tables import tagging_tables, training_tables

Record = TypeVar("Record", TrainingRecord, TaggingRecord)


def run_benchmark(config: BenchmarkConfig, compose: Compose) -> str:
    """Measure, then write ``benchmark.json``, ``benchmark.md`` and the figures; returns the tables.

    Args:
        config: the settings.
        compose: makes the checked configuration of a training run from its overrides.

    Raises:
        InputError: if something that is to be measured cannot be.
    """
    if config.target == "training":
        return _written(training.measure(config, compose), training_tables, draw_training, config.folder)
    return _written(tagging.measure(config), tagging_tables, draw_tagging, config.folder)


def _written(
    record: Record, as_tables: Callable[[Record], str], draw: Callable[[Record, Path], None], folder: Path
) -> str:
    write_json(folder / "benchmark.json", record)
    tables = as_tables(record)
    write_text(folder / "benchmark.md", tables)
    draw(record, folder)
    return tables
