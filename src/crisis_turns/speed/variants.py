"""Trained taggers in the forms in which they run, each loaded as its user would."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from crisis_turns.config import NeuralConfig, RunConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.deploy.load_export import load_exported
from crisis_turns.deploy.runtime import Tagger
from crisis_turns.errors import InputError
from crisis_turns.model.neural_tagger import NeuralTagger
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import load_run
from crisis_turns.runs.weights import encoder_by_reference
from crisis_turns.speed.benchmark_file import Dtype, Form, Refused
from crisis_turns.speed.machine import precisions
from crisis_turns.speed.memory import alone, highest_mib, peak_mib_of_export
from crisis_turns.speed.timing import CPU


@dataclass(frozen=True)
class Variant:
    """One form of one tagger.

    Attributes:
        system: the tagger's name, the same for all its forms.
        folder: of the run (torch, scikit-learn) or of the export (ONNX).
        threads: processor threads of one call.
    """

    system: str
    form: Form
    precision: Dtype
    folder: Path
    threads: int

    @property
    def name(self) -> str:
        return f"{self.system}, {self.form} {self.precision}"

    def load(self) -> "Loaded":
        """Ready to tag.

        Raises:
            InputError: if the folder is changed or broken.
        """
        if self.form == "ONNX":
            exported = load_exported(self.folder, threads=self.threads)
            return Loaded(exported.tag, exported.runtime, _bytes_in(self.folder))
        return _loaded_run(self.folder, bf16=self.precision == "bf16")

    def peak_mib(self, dialogues: Sequence[Dialogue]) -> float:
        """MiB of a process that loads it and tags the dialogues, Python and its packages included."""
        if self.form == "ONNX":
            return alone(peak_mib_of_export, self.folder, dialogues, threads=self.threads)
        return alone(_peak_mib, self, dialogues)


@dataclass(frozen=True)
class Loaded:
    """A tagger in memory.

    Attributes:
        tag: from dialogues to decisions.
        stream: gives monitors; ``None`` where the tagger does not run turn by turn.
        size: bytes on disk; an encoder that a package carries counts.
    """

    tag: Callable[[Sequence[Dialogue]], list[Tagged]]
    stream: Tagger | None
    size: int


def forms(folder: Path, name: str, config: RunConfig, threads: int) -> Iterator[Variant | Refused]:
    """The forms in which a run's own folder can be loaded, and those that this machine cannot run."""
    if not isinstance(config.model, NeuralConfig):
        yield Variant(name, "scikit-learn", "float64", folder, threads)
        return
    yield Variant(name, "torch", "float32", folder, threads)
    if config.model.static is None:
        half = Variant(name, "torch", "bf16", folder, threads)
        able = "bf16" in precisions(CPU)
        yield half if able else Refused(name=half.name, reason="this processor does not multiply in bf16")


def set_threads(threads: int) -> None:
    """Bound this process; onnxruntime's sessions have their own bound."""
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    torch.set_num_threads(threads)


def _loaded_run(folder: Path, *, bf16: bool) -> Loaded:
    run = load_run(folder)
    size, stream = _bytes_in(RunFolder(run.path).model), None
    if isinstance(run.tagger, NeuralTagger):
        encoder = run.tagger.model.turn_encoder
        encoder.scoring_precision = "bf16" if bf16 else "32"
        if encoder_by_reference(RunFolder(run.path), run.trained):
            size += sum(weight.nbytes for weight in encoder.parameters())
        try:
            stream = run.stream
        except InputError:
            stream = None
    return Loaded(lambda dialogues: list(run.decide(dialogues)), stream, size)


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _peak_mib(variant: Variant, dialogues: Sequence[Dialogue]) -> float:
    set_threads(variant.threads)
    variant.load().tag(dialogues)
    return highest_mib()
