"""The forms in which a trained tagger runs, each loaded as its user would. Nothing heavy is imported before that."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.deploy.load import load_exported
from crisis_turns.deploy.runtime import Tagger
from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config, load_policy
from crisis_turns.speed.process import alone, highest_mib


@dataclass(frozen=True)
class Variant:
    """One form of one tagger.

    Attributes:
        system: the tagger's name, the same for all its forms.
        folder: of the run (torch, scikit-learn) or of the export (ONNX).
        threads: processor threads of one call.
    """

    system: str
    form: Literal["torch", "ONNX", "scikit-learn"]
    precision: Literal["float32", "bf16", "int8", "float64"]
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
        set_threads(self.threads, torch=self.form == "torch")
        if self.form == "ONNX":
            exported = load_exported(self.folder, threads=self.threads)
            return Loaded(exported.tag, exported.runtime, _bytes_in(self.folder))
        return _loaded_run(RunFolder(self.folder), bf16=self.precision == "bf16")

    def peak_mib(self, dialogues: Sequence[Dialogue]) -> float:
        """MiB of a process that loads it and tags the dialogues, Python and its packages included."""
        return alone(_peak, self, dialogues)


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


def set_threads(threads: int, *, torch: bool) -> None:
    """Bound this process; onnxruntime's sessions have their own bound."""
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    if torch:
        from torch import set_num_threads

        set_num_threads(threads)


def _loaded_run(run: RunFolder, *, bf16: bool) -> Loaded:
    from crisis_turns.deploy.torch_runtime import streamable, streaming_tagger
    from crisis_turns.model.neural_tagger import NeuralTagger
    from crisis_turns.runs.weights import encoder_by_reference, load_tagger

    config = load_config(run)
    tagger = load_tagger(run, config, token_budget=config.trainer.token_budget)
    policy = load_policy(run, config.data.tag_set)
    size, stream = _bytes_in(run.model), None
    if isinstance(tagger, NeuralTagger):
        encoder = tagger.model.turn_encoder
        encoder.scoring_precision = "bf16" if bf16 else "32"
        if encoder_by_reference(config):
            size += sum(weight.nbytes for weight in encoder.parameters())
        try:
            stream = streaming_tagger(streamable(tagger), policy)
        except InputError:
            stream = None
    return Loaded(lambda dialogues: policy.apply(tagger.tag(list(dialogues))), stream, size)


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _peak(variant: Variant, dialogues: Sequence[Dialogue]) -> float:
    variant.load().tag(dialogues)
    return highest_mib()
