"""From ``runs=[…]`` to what is measured: every run in all its forms, exported here unless exports are given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import torch

from crisis_turns.config import NeuralConfig, RunConfig
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.deploy.folder import write_folder
from crisis_turns.deploy.graphs import Quantize
from crisis_turns.deploy.load import is_exported
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.speed.machine import precisions
from crisis_turns.speed.variants import Variant
from crisis_turns.tags import TagSet

_EXPORTS: dict[Quantize, Literal["float32", "int8"]] = {"none": "float32", "int8": "int8"}
"""Each kind of export and the precision that it runs in."""


class Refused(NamedTuple):
    """What is not measured, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Contenders:
    """Who is measured against whom.

    Attributes:
        measured: in the order of the runs, exported folders that were given last.
        base: whose speed is 1: the first ``hier_crf`` run in torch and float32, or else the first neural run.
    """

    measured: tuple[Variant, ...]
    refused: tuple[Refused, ...]
    base: Variant


def finished_runs(folders: Sequence[str]) -> tuple[dict[Path, RunConfig], list[Path]]:
    """The runs with their configurations, and the exported folders.

    Raises:
        InputError: if a folder is neither a finished run nor an export, or none is a neural run.
    """
    paths = [Path(folder) for folder in folders]
    exported = [path for path in paths if is_exported(path)]
    runs = {path: _finished(path) for path in paths if path not in exported}
    if not any(isinstance(config.model, NeuralConfig) for config in runs.values()):
        raise InputError(
            "runs=[…]: none is a neural run, whose speed in torch the ratios are against: give a hier_crf run"
        )
    return runs, exported


def contenders(
    runs: Mapping[Path, RunConfig], exported: Sequence[Path], tags: TagSet, *, exports: Path, threads: int
) -> Contenders:
    """All forms of the runs; unless some are exported already, the neural ones are exported below ``exports``.

    Raises:
        InputError: if one has other tags than these.
    """
    of = {path: config.data.tag_set.names for path, config in runs.items()}
    of |= {path: tuple(read_json(path / "tagger.json")["tags"]) for path in exported}
    for path, names in of.items():
        if names != tags.names:
            raise InputError(f"{path}: has other tags than the corpus to tag")
    found: list[Variant | Refused] = []
    called = _names(runs)
    for path, config in runs.items():
        found.extend(_of_run(path, called[path], config, None if exported else exports, threads))
    found.extend(_of_export(path, threads) for path in exported)
    measured = tuple(item for item in found if isinstance(item, Variant))
    plain = [v for v in measured if v.form == "torch" and v.precision == "float32"]
    return Contenders(
        measured=measured,
        refused=tuple(item for item in found if isinstance(item, Refused)),
        base=next((v for v in plain if runs[v.folder].model.name == "hier_crf"), plain[0]),
    )


def _finished(path: Path) -> RunConfig:
    run = RunFolder(path)
    config = load_config(run)
    if not run.finished.is_file():
        raise InputError(f"{path}: the run has not finished, so there is no trained tagger to measure")
    return config


def _names(runs: Mapping[Path, RunConfig]) -> dict[Path, str]:
    """The model's name, or the folder's where several runs are of that model."""
    models = [config.model.name for config in runs.values()]
    return {
        path: config.model.name if models.count(config.model.name) == 1 else path.name for path, config in runs.items()
    }


def _of_run(
    path: Path, name: str, config: RunConfig, exports: Path | None, threads: int
) -> Iterator[Variant | Refused]:
    if not isinstance(config.model, NeuralConfig):
        yield Variant(name, "scikit-learn", "float64", path, threads)
        return
    yield Variant(name, "torch", "float32", path, threads)
    if config.model.static is None:
        half = Variant(name, "torch", "bf16", path, threads)
        able = "bf16" in precisions(torch.device("cpu"))
        yield half if able else Refused(half.name, "this processor does not multiply in bf16")
    for quantize in _EXPORTS if exports else ():
        assert exports is not None
        yield _exported(path, name, config, exports / f"{name}-{quantize}", quantize, threads)


def _exported(
    path: Path, name: str, config: RunConfig, out: Path, quantize: Quantize, threads: int
) -> Variant | Refused:
    run = RunFolder(path)
    variant = Variant(name, "ONNX", _EXPORTS[quantize], out, threads)
    try:
        policy = read_thresholds(run.thresholds, config.data.tag_set)
        write_folder(out, run, config, policy, quantize=quantize, token_budget=config.trainer.token_budget)
    except InputError as error:
        return Refused(variant.name, str(error))
    return variant


def _of_export(path: Path, threads: int) -> Variant:
    quantize = read_json(path / "parity.json")["quantize"]
    return Variant(f"{path.parent.name}/{path.name}", "ONNX", _EXPORTS[quantize], path, threads)
