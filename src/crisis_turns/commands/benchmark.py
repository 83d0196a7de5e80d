"""Measure speed: ``python -m src.benchmark target=training``, or ``target=tagging runs=[DIR,…]``."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.config import RunConfig, check, validated
from crisis_turns.errors import InputError
from crisis_turns.speed.settings import BenchmarkConfig


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="benchmark")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    benchmark(validated(BenchmarkConfig, app.values(values)))


def benchmark(config: BenchmarkConfig) -> dict[str, Any]:
    """Measure, write ``benchmark.json``, ``benchmark.md`` and the figures, print the tables; returns the record."""
    folder = Path(config.run_dir or f"outputs/benchmark-{config.target}")
    if config.target == "tagging":
        if not config.runs:
            raise InputError("target=tagging measures trained taggers: give runs='[DIR,…]'")
        from crisis_turns.speed import tagging
        from crisis_turns.speed.figures import draw_cost as draw
        from crisis_turns.speed.tagging_tables import markdown

        record = tagging.measure(config, folder)
    else:
        from crisis_turns.speed import training
        from crisis_turns.speed.figures import draw
        from crisis_turns.speed.tables import markdown

        record = training.measure(config, training_run)
    from crisis_turns.files import write_json, write_text

    write_json(folder / "benchmark.json", record)
    tables = markdown(record)
    write_text(folder / "benchmark.md", tables)
    draw(record, folder)
    if not config.quiet:
        print(tables)
        print(f"folder: {folder}")
    return record


def training_run(overrides: list[str]) -> RunConfig:
    """The checked configuration of ``python -m src.train`` with these overrides."""
    return check(app.values(hydra.compose("train", overrides=overrides)))
