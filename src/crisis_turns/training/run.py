"""One training run from configuration to a finished folder: data, tagger, fit, threshold on validation, test once."""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from pytorch_lightning.callbacks import Callback

from crisis_turns.config import RunConfig, Split, TfidfConfig
from crisis_turns.data.corpus import CorpusSplit, log_oddities, read_split
from crisis_turns.decision.policy import Policy, tune
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.files import locked, write_json
from crisis_turns.metrics.record import MetricsRecord
from crisis_turns.model.neural_tagger import NeuralTagger
from crisis_turns.predictions.jsonl import write_predictions
from crisis_turns.runs.folder import RunFolder, load_config, load_policy, save_config, save_policy
from crisis_turns.runs.scoring import metrics_record, write_report_of
from crisis_turns.runs.weights import Tagger, load_tagger, save_tagger
from crisis_turns.training.log import logged_to
from crisis_turns.training.neural import LAST, fit_neural, keep_frozen_part
from crisis_turns.training.teacher import identified, lesson_of_teacher

log = logging.getLogger("crisis_turns")


def train(config: RunConfig, *, callbacks: Sequence[Callback] = ()) -> RunFolder:
    """Train as configured, going on where a killed run has stopped.

    A finished run of the same configuration is left as it is; if it was not scored on test and now should be, only that
    is done.

    Args:
        callbacks: further Lightning callbacks.

    Raises:
        InputError: for data, weights or a run folder that do not fit.
    """
    config = identified(config)
    folder = RunFolder(Path(config.folder))
    if _complete(folder, config):
        return folder
    splits: tuple[Split, ...] = ("train", "validation", "test") if config.score_test else ("train", "validation")
    corpora = {split: read_split(config.data, split) for split in splits}  # before anything is written
    fresh = not folder.path.exists()
    with locked(folder.path):
        if _complete(folder, config):  # another process was faster
            return folder
        if not config.resume:
            shutil.rmtree(folder.checkpoints, ignore_errors=True)
        elif (folder.checkpoints / LAST).is_file() and not config.quiet:
            print(f"{folder.path}: going on where a killed run has stopped")
        save_config(folder, config)
        try:
            with logged_to(folder.log):
                if folder.finished.is_file():
                    _score_later(folder, config, corpora["test"])
                else:
                    _train(folder, config, corpora, callbacks)
        except InputError:
            if fresh:  # a mistake leaves nothing behind
                shutil.rmtree(folder.path)
            raise
    return folder


def _complete(folder: RunFolder, config: RunConfig) -> bool:
    """Whether the folder holds all that this run would write; a folder of another run is refused."""
    if not folder.config.is_file():
        return False
    if load_config(folder).hash != config.hash:
        raise InputError(f"{folder.path}: holds a run with another configuration; choose another run_dir")
    complete = folder.finished.is_file() and (not config.score_test or folder.metrics("test").is_file())
    if complete and not config.quiet:
        print(f"{folder.path}: finished earlier; delete the folder to train again")
    return complete


def _train(
    folder: RunFolder, config: RunConfig, corpora: dict[Split, CorpusSplit], callbacks: Sequence[Callback]
) -> None:
    started = time.perf_counter()
    for corpus in corpora.values():
        log_oddities(corpus)
    train_split, validation = corpora["train"], corpora["validation"]
    tags = config.data.tag_set
    tagger: Tagger
    if isinstance(config.model, TfidfConfig):
        from crisis_turns.model.tfidf import TfidfTagger

        tagger = TfidfTagger.fit(train_split.dialogues, config.model, tags, seed=config.seed)
    else:
        lesson = lesson_of_teacher(folder, config, train_split, validation) if config.teacher else None
        tagger = fit_neural(folder, config, train_split.dialogues, validation.dialogues, callbacks, lesson)
    fitted = time.perf_counter()
    decision = config.decision
    policy = tune(
        tagger.tag(list(validation.dialogues)),
        tags,
        scope=decision.thresholds,
        once=decision.once,
        score=decision.score,
    )
    save_tagger(folder, tagger, config)
    save_policy(folder, policy, tags)
    for corpus in list(corpora.values())[1:]:
        decided, record = _score(folder, config, corpus, tagger, policy)
    # of the split scored last: test, or validation where test is left alone
    write_report_of(folder, corpus, decided, record, system=config.system, text=config.report.text)
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
    seconds = {"fit_s": fitted - started, "total_s": time.perf_counter() - started}
    write_json(folder.finished, {name: round(value, 1) for name, value in seconds.items()})


def _score_later(folder: RunFolder, config: RunConfig, corpus: CorpusSplit) -> None:
    """Score a finished run on test, with the weights and thresholds that it chose on validation."""
    log_oddities(corpus)
    tagger = load_tagger(folder, config, token_budget=config.trainer.token_budget)
    if isinstance(tagger, NeuralTagger):
        keep_frozen_part(tagger, config)
    decided, record = _score(folder, config, corpus, tagger, load_policy(folder, corpus.tags))
    write_report_of(folder, corpus, decided, record, system=config.system, text=config.report.text)


def _score(
    folder: RunFolder, config: RunConfig, corpus: CorpusSplit, tagger: Tagger, policy: Policy
) -> tuple[list[Tagged], MetricsRecord]:
    """Write predictions and metrics of one split, and return them."""
    decided = policy.apply(tagger.tag(list(corpus.dialogues)))
    write_predictions(folder.predictions(corpus.split), decided, corpus.tags)
    record = metrics_record(corpus, decided, resamples=config.bootstrap, policy=policy)
    write_json(folder.metrics(corpus.split), record)
    log.info("%s: turn micro F1 %.4f", corpus.split, record["turn"]["micro_f1"] or 0.0)
    return decided, record
