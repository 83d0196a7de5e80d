"""``target=tagging``: trained taggers in all their forms, from text to decisions, on the same dialogues and cores."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from crisis_turns.config import NeuralConfig, RunConfig
from crisis_turns.data.corpus import read_split
from crisis_turns.deploy.graphs import Quantize
from crisis_turns.deploy.load_export import is_exported
from crisis_turns.deploy.write_export import write_folder
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.metrics.counts import turn_micro_f1
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.load import load_run
from crisis_turns.runs.pretrained import run_path
from crisis_turns.speed.benchmark_file import Dtype, Refused, TaggingRecord, VariantRow
from crisis_turns.speed.machine import machine
from crisis_turns.speed.settings import BenchmarkConfig
from crisis_turns.speed.timing import CPU, in_rounds, latencies
from crisis_turns.speed.variants import Variant, forms, set_threads
from crisis_turns.tags import TagSet

_EXPORTS: dict[Quantize, Dtype] = {"none": "float32", "int8": "int8"}
"""Each kind of export and the precision that it runs in."""


def measure(config: BenchmarkConfig) -> TaggingRecord:
    """Time every run in all its forms; unless exported folders are among them, the neural ones are exported.

    Raises:
        InputError: if a run is missing, unfinished or of other tags than the corpus, or none is neural.
    """
    runs, exported = _found(config.runs)
    set_threads(config.threads)
    corpus = read_split(config.data or next(iter(runs.values())).data, config.split)
    _require_tags(corpus.tags, runs, exported)
    entered = list(_entered(runs, exported, config.folder / "exports", config.threads))
    variants = [item for item in entered if isinstance(item, Variant)]
    dialogues = corpus.dialogues[: config.dialogues]
    loaded = {variant: variant.load() for variant in variants}
    loads = in_rounds({v: v.load for v in loaded}, rounds=config.rounds, device=CPU)
    batches = in_rounds({v: partial(r.tag, dialogues) for v, r in loaded.items()}, rounds=config.rounds, device=CPU)
    streams = {v.name: r.stream for v, r in loaded.items() if r.stream is not None}
    delays = latencies(streams, dialogues, rounds=config.rounds)
    base = _base(variants, runs)
    n_turns, n_user = sum(len(d.turns) for d in dialogues), sum(len(d.user_turns) for d in dialogues)
    rows: list[VariantRow] = []
    for variant, ready in loaded.items():
        timing = batches[variant]
        row: VariantRow = {
            "name": variant.name,
            "system": variant.system,
            "form": variant.form,
            "precision": variant.precision,
            "folder": str(variant.folder),
            "times_base": timing.times_as_fast_as(batches[base]),
            "turns_per_s": n_turns / timing.median,
            "user_turns_per_s": n_user / timing.median,
            "seconds": timing.seconds,
            "latency_ms": delays.get(variant.name),
            "load_s": loads[variant].median,
            "size_mb": ready.size / 1e6,
            "turn_micro_f1": turn_micro_f1(ready.tag(corpus.dialogues)),
        }
        if config.memory:
            row["peak_mib"] = variant.peak_mib(dialogues)
        rows.append(row)
    return {
        "target": "tagging",
        "machine": {**machine(CPU), "onnxruntime": version("onnxruntime")},
        "data": {"name": corpus.corpus, "split": corpus.split, "sha256": corpus.sha256},
        "dialogues": len(dialogues),
        "turns": n_turns,
        "user_turns": n_user,
        "rounds": config.rounds,
        "base": base.name,
        "variants": rows,
        "refused": [item for item in entered if not isinstance(item, Variant)],
    }


def _found(folders: Sequence[str]) -> tuple[dict[Path, RunConfig], list[Path]]:
    """The runs with their configurations, and the exported folders."""
    if not folders:
        raise InputError("target=tagging measures trained taggers: give runs='[DIR,…]'")
    paths = [run_path(folder) for folder in folders]
    exported = [path for path in paths if is_exported(path)]
    runs = {path: _finished(path) for path in paths if path not in exported}
    if not any(isinstance(config.model, NeuralConfig) for config in runs.values()):
        raise InputError(
            "runs=[…]: none is a neural run, whose speed in torch the ratios are against: give a hier_crf run"
        )
    return runs, exported


def _finished(path: Path) -> RunConfig:
    run = RunFolder(path)
    run.check_finished()
    return load_config(run)


def _require_tags(tags: TagSet, runs: Mapping[Path, RunConfig], exported: Sequence[Path]) -> None:
    of = {path: config.data.tag_set.names for path, config in runs.items()}
    of |= {path: tuple(read_json(path / "tagger.json")["tags"]) for path in exported}
    for path, names in of.items():
        if names != tags.names:
            raise InputError(f"{path}: has other tags than the corpus to tag")


def _entered(
    runs: Mapping[Path, RunConfig], exported: Sequence[Path], exports: Path, threads: int
) -> Iterator[Variant | Refused]:
    """In the order of the runs, exported folders that were given last."""
    models = [config.model.name for config in runs.values()]
    for path, config in runs.items():
        name = config.model.name if models.count(config.model.name) == 1 else path.name
        yield from forms(path, name, config, threads)
        if isinstance(config.model, NeuralConfig) and not exported:
            for quantize, precision in _EXPORTS.items():
                out = exports / f"{name}-{quantize}"
                yield _exported(path, config, quantize, Variant(name, "ONNX", precision, out, threads))
    for path in exported:
        precision = _EXPORTS[read_json(path / "parity.json")["quantize"]]
        yield Variant(f"{path.parent.name}/{path.name}", "ONNX", precision, path, threads)


def _exported(path: Path, config: RunConfig, quantize: Quantize, variant: Variant) -> Variant | Refused:
    """The variant, whose folder is written here."""
    try:
        run = load_run(path)
        metrics = RunFolder(path).scored
        corpus = run.corpus("validation")
        write_folder(
            variant.folder, run.tagger, config, run.policy, validation=corpus, quantize=quantize, metrics=metrics
        )
    except InputError as error:
        return Refused(name=variant.name, reason=str(error))
    return variant


def _base(variants: Sequence[Variant], runs: Mapping[Path, RunConfig]) -> Variant:
    """Whose speed is 1: the first ``hier_crf`` run in torch and float32, or else the first neural run."""
    plain = [v for v in variants if v.form == "torch" and v.precision == "float32"]
    return next((v for v in plain if runs[v.folder].model.name == "hier_crf"), plain[0])
