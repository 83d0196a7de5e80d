"""The keys of ``conf/benchmark.yaml``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from crisis_turns.config import DataConfig, EncoderConfig, PathText, RunConfig, Split, TrainerConfig

Part = Literal["training", "tagging"]
Target = Literal["training", "tagging", "contention", "corpus", "seeds"]
Precision = Literal["32", "bf16"]
"""Of an encoder with fresh weights, as Lightning names them."""
DTYPE_NAMES: dict[Precision, str] = {"32": "float32", "bf16": "bf16"}
Compose = Callable[[list[str]], RunConfig]
"""From the overrides of a training command to its checked configuration."""


class BenchmarkConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    target: Target
    """What is timed: one training step and the data path; the tagging of finished runs; an epoch beside busy
    processes; corpora of several sizes; or several seeds in one command.
    """
    encoder: EncoderConfig
    """What reads a turn, for ``target=training``."""
    trainer: TrainerConfig
    """The machine."""
    dialogues: PositiveInt
    """How many are read in one measurement."""
    rounds: PositiveInt
    """Measurements of each thing, after one that does not count."""
    turns: PositiveInt
    """In all dialogues together of one measurement of growth, or more."""
    lengths: tuple[PositiveInt, ...]
    """Turns of a dialogue, for the growth with its length."""
    windows: tuple[NonNegativeInt | None, ...]
    """Values of ``model.context_window``, for the growth with it."""
    corpus: PositiveInt
    """Dialogues of the corpus on which the data path is measured, and on ten times as many."""
    busy: tuple[NonNegativeInt, ...]
    """How many busy processes an epoch runs beside, for ``target=contention``."""
    corpora: tuple[PositiveInt, ...]
    """Training dialogues, for ``target=corpus``."""
    steps: PositiveInt
    """Of the optimiser, from which the time of an epoch is told, for ``target=corpus``."""
    seeds: PositiveInt
    """Runs of one command, for ``target=seeds``."""
    epochs: PositiveInt
    """Of each of those runs."""
    limit: PositiveInt
    """Training dialogues of the embedded corpus that those runs read."""
    memory: bool
    """Measure peak memory too, each system in a process of its own."""
    runs: tuple[PathText, ...]
    """Folders of trained runs, and of exported ones, for ``target=tagging``; ``pretrained``: the tagger in the
    package.
    """
    data: DataConfig | None = None
    """What is tagged; ``None`` is the corpus of the first run."""
    split: Split
    """Which part of the corpus is tagged."""
    threads: PositiveInt
    """Processor threads of one call, for ``target=tagging``."""
    seed: NonNegativeInt
    """Of the random texts and weights."""
    run_dir: PathText | None
    """Folder of benchmark.json, benchmark.md and the figures; ``null``: outputs/benchmark-<target>."""
    quiet: bool
    """Print no tables."""

    @property
    def folder(self) -> Path:
        """Where everything is written."""
        return Path(self.run_dir or f"outputs/benchmark-{self.target}")

    def run(self, compose: Compose, *overrides: str, encoder: dict[str, Any]) -> RunConfig:
        """A training run of these overrides with the benchmark's encoder, changed as given, and trainer."""
        return compose(list(overrides)).model_copy(
            update={"encoder": self.encoder.model_copy(update=encoder), "trainer": self.trainer, "seed": self.seed}
        )
