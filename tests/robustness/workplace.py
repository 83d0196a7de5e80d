"""What the experiments are made on: a small corpus, two finished runs and an export."""

import functools
from dataclasses import dataclass
from pathlib import Path

from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.training.run import train
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import FAST, TINY, config

TAGS = ("alert_ongoing", "confirm_SH_ongoing")


@dataclass(frozen=True)
class Workplace:
    """A folder of its own."""

    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def settings(self) -> tuple[str, ...]:
        """Overrides of a training of a second or so."""
        return (*FAST, *TINY, "encoder.trainable_layers=0", *self.corpus, "optim.epochs=3", "bootstrap=20")

    @property
    def corpus(self) -> tuple[str, ...]:
        """Overrides that choose the corpus."""
        return ("data=table", f"data.path={self.data}", f"data.tags=[{','.join(TAGS)}]")

    @functools.cached_property
    def dialogues(self) -> list[Dialogue]:
        """The test split."""
        self.data.mkdir(parents=True, exist_ok=True)
        splits = {
            split: [simple_dialogue(f"d{seed + n}", seed + n) for n in range(8)]
            for split, seed in (("train", 0), ("validation", 20), ("test", 40))
        }
        for split, dialogues in splits.items():
            write_csv(self.data / f"{split}.csv", dialogues)
        return splits["test"]

    @functools.cached_property
    def run(self) -> Path:
        """A finished run; another one of the next seed stands beside it."""
        assert self.dialogues
        folders = [
            train(config(*self.settings, f"seed={seed}", f"run_dir={self.runs / f's{seed}'}", "quiet=true"))
            for seed in (1, 2)
        ]
        return folders[0].path

    @functools.cached_property
    def export(self) -> Path:
        return export(ExportConfig(run=str(self.run), out=str(self.path / "exported")))
