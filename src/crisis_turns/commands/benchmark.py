"""Measure speed: ``python -m src.benchmark target=training``, or ``target=tagging runs=[DIR,…]``."""

import hydra
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.config import RunConfig, check, validated
from crisis_turns.speed.settings import BenchmarkConfig


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="benchmark")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    benchmark(validated(BenchmarkConfig, app.values(values)))


def benchmark(config: BenchmarkConfig) -> None:
    """Measure, write everything to the benchmark's folder, print the tables."""
    from crisis_turns.speed.benchmark import run_benchmark

    tables = run_benchmark(config, training_run)
    if not config.quiet:
        print(f"{tables}\nfolder: {config.folder}")


def training_run(overrides: list[str]) -> RunConfig:
    """The checked configuration of ``python -m src.train`` with these overrides."""
    return check(app.values(hydra.compose("train", overrides=overrides)))
