"""Score a run, or any system's predictions: ``python -m src.evaluate run=DIR`` or ``predictions=FILE data=NAME
split=test``.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt
from rich.console import Console
from rich.progress import track

from crisis_turns.commands import app
from crisis_turns.commands.run_data import with_run_data
from crisis_turns.commands.written_scores import write_scores
from crisis_turns.config import DataConfig, PathText, ReportConfig, Split, validated
from crisis_turns.data.corpus import CorpusSplit, log_oddities, read_split
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.evidence.explainer import Explainer
from crisis_turns.evidence.flag import Flags
from crisis_turns.files import check_writable
from crisis_turns.log import logged_to
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.metrics.temperature import fit_temperature
from crisis_turns.predictions.format import read_predictions, write_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import Run, load_run
from crisis_turns.runs.scoring import comparison, metrics_record

log = logging.getLogger(__name__)


class EvaluateConfig(BaseModel):
    """The keys of ``conf/evaluate.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    run: PathText | None
    """Folder of a trained run, or ``pretrained``: the tagger in the package (a folder of that name is
    ``./pretrained``).
    """
    predictions: PathText | None
    """Any system's tags: JSON Lines, or a .csv in the release's columns."""
    compare_to: PathText | None = None
    """Another predictions file of the same split: paired differences with intervals."""
    data: DataConfig | None = None
    """The corpus, which ``predictions=FILE`` needs; ``null``: the run's own. ``data.path`` alone: where the run's own
    lies now.
    """
    split: Split
    """Which part of the corpus is scored."""
    run_dir: PathText | None
    """Folder to write; ``null``: the run's, or the predictions file's (``run=pretrained`` needs one)."""
    bootstrap: PositiveInt
    """Resamples of the dialogues behind each interval."""
    thresholds: PathText | None = None
    """A thresholds file for ``run``, in place of the run's own."""
    calibrate: bool = False
    """Also score the probabilities after temperature scaling, fitted on the run's predictions of validation."""
    explain: bool = False
    """Show in ``report.html`` which words raised each flag of ``run``, at the cost of many passes for each
    (``docs/evidence.md``).
    """
    report: ReportConfig = ReportConfig()
    """What ``report.html`` shows."""
    quiet: bool = False
    """Print no tables."""


class _Decided(NamedTuple):
    """One system's decisions on one split, with the folder that its scores go to."""

    corpus: CorpusSplit
    dialogues: list[Tagged]
    policy: Policy | None
    system: str
    folder: RunFolder
    temperature: float | None
    """Fitted on validation; ``None`` unless asked for."""
    flags: Flags | None
    """With the words that raised them; ``None`` unless asked for."""
    others: list[Tagged] | None
    """The other system's, to compare with; ``None`` unless asked for."""


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="evaluate")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(EvaluateConfig, with_run_data(app.values(values)))
    if (config.run is None) == (config.predictions is None):
        raise InputError("give either run=DIR or predictions=FILE")
    if config.calibrate and (config.run is None or config.split == "validation"):
        raise InputError("calibrate=true fits a run's temperature on validation: give run=DIR and score another split")
    if config.explain and (config.run is None or config.report.text == "hidden"):
        raise InputError("explain=true shows words that a run's flags stand on: give run=DIR, and report.text=shown")
    with logged_to(quiet=config.quiet):
        evaluate(config)


def evaluate(config: EvaluateConfig) -> MetricsRecord:
    """Score, write ``metrics-<split>.json`` and ``report.html`` (and a run's predictions), print the tables; returns
    the metrics.
    """
    decided = _of_run(config) if config.run else _of_file(config)
    corpus, dialogues, folder = decided.corpus, decided.dialogues, decided.folder
    record = metrics_record(
        corpus, dialogues, resamples=config.bootstrap, policy=decided.policy, temperature=decided.temperature
    )
    if config.compare_to and decided.others is not None:
        name = Path(config.compare_to).name
        record["comparison"] = comparison(corpus, dialogues, decided.others, name=name, resamples=config.bootstrap)
    if config.run:
        write_predictions(folder.predictions(config.split), dialogues, corpus.tags)
    write_scores(
        folder, corpus, dialogues, record,
        system=decided.system, text=config.report.text, quiet=config.quiet, flags=decided.flags,
    )  # fmt: skip
    return record


def _of_run(config: EvaluateConfig) -> _Decided:
    run = load_run(str(config.run), thresholds=config.thresholds)
    trained = run.trained
    data = config.data or trained.data
    if data.name != trained.data.name and not config.run_dir:
        raise InputError(f"data={data.name} is not the run's corpus: name a folder for its scores with run_dir=DIR")
    if run.exported and not config.run_dir:
        raise InputError(f"run={run.path} is an exported folder, sealed by its hashes: name one with run_dir=DIR")
    scores_to = RunFolder(Path(config.run_dir) if config.run_dir else run.own_folder("run_dir=DIR"))
    check_writable(scores_to.metrics(config.split), "run_dir")
    corpus = run.corpus(config.split, data)
    others = _others(config, corpus)
    dialogues = list(run.decide(corpus.dialogues))
    temperature = None
    if config.calibrate:
        validation = read_split(data if data.name == trained.data.name else trained.data, "validation")
        temperature = fit_temperature(_believed(run, validation), exclusive=validation.tags.exclusive)
    flags = _flags(run.explainer, corpus.dialogues, dialogues, quiet=config.quiet) if config.explain else None
    return _Decided(corpus, dialogues, run.policy, trained.system, scores_to, temperature, flags, others)


def _flags(explainer: Explainer, dialogues: Sequence[Dialogue], decided: Sequence[Tagged], *, quiet: bool) -> Flags:
    console = Console(stderr=True)
    both = track(
        zip(dialogues, decided, strict=True), "words behind flags", len(decided), console=console, transient=True,
        disable=quiet or not console.is_terminal,
    )  # fmt: skip
    return {dialogue.id: explainer.flags(dialogue, tagged) for dialogue, tagged in both}


def _believed(run: Run, validation: CorpusSplit) -> list[Tagged]:
    """A run's beliefs about validation, as it has written them; the package holds none, so that its tagger is asked."""
    if run.packaged:
        return list(run.decide(validation.dialogues))
    path = RunFolder(run.path).predictions("validation")
    believed = _read(path, validation)
    if any(d.onset is None for d in believed):
        raise InputError(f"{path}: expected probabilities on every user turn, for calibrate=true")
    return believed


def _of_file(config: EvaluateConfig) -> _Decided:
    if config.data is None:
        raise InputError("predictions=FILE needs the corpus that it tags: give data=embedded, data=cradle, …")
    path = Path(str(config.predictions))
    folder = RunFolder(Path(config.run_dir) if config.run_dir else path.parent)
    check_writable(folder.metrics(config.split), "run_dir")
    corpus = read_split(config.data, config.split)
    log_oddities(corpus)
    tagged, others = _read(path, corpus), _others(config, corpus)
    return _Decided(corpus, tagged, None, path.stem, folder, temperature=None, flags=None, others=others)


def _others(config: EvaluateConfig, corpus: CorpusSplit) -> list[Tagged] | None:
    """Read before anything is tagged: a file that is missing or broken costs no work."""
    return _read(Path(config.compare_to), corpus) if config.compare_to else None


def _read(path: Path, corpus: CorpusSplit) -> list[Tagged]:
    """A predictions file beside its corpus; what it leaves out is told, since the scores do not show it."""
    found = read_predictions(path, corpus.dialogues, corpus.tags)
    for note in found.notes:
        log.warning("%s", note)
    return found.dialogues
