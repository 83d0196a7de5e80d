"""One training run from configuration to a finished folder: data, tagger, fit, threshold on validation, test once."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from pytorch_lightning.callbacks import Callback

from crisis_turns.config import RunConfig, TfidfConfig
from crisis_turns.data.corpus import log_oddities
from crisis_turns.decision.onset_counts import OnsetCounts, write_onset_counts
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.decision.thresholds_file import read_thresholds, write_thresholds
from crisis_turns.errors import InputError
from crisis_turns.files import locked, remove_unfinished, write_json
from crisis_turns.heads import HEADS
from crisis_turns.log import logged_to
from crisis_turns.model.neural_tagger import NeuralTagger
from crisis_turns.model.tfidf import TfidfTagger
from crisis_turns.runs.folder import RunFolder, load_config, read_record, save_config, update_config
from crisis_turns.runs.weights import load_tagger, save_tagger, save_tokenizer
from crisis_turns.training.checkpoints import to_resume_from
from crisis_turns.training.device import device_of
from crisis_turns.training.fit import fit
from crisis_turns.training.preparation import prepare
from crisis_turns.training.scored_split import report, score_split
from crisis_turns.training.splits import Splits, learnt_from, read_splits
from crisis_turns.training.teacher import identified, lesson_of
from crisis_turns.training.teacher_beliefs import with_beliefs


def train(config: RunConfig, *, callbacks: Sequence[Callback] = ()) -> RunFolder:
    """Train as configured, going on where a killed run has stopped.

    A finished run of the same configuration and corpus is left as it is; if it was not scored on test and now should
    be, only that is done.

    Args:
        callbacks: further Lightning callbacks.

    Raises:
        InputError: for data, weights or a run folder that do not fit.
    """
    config = identified(config)
    folder = RunFolder(Path(config.folder))
    _check_same(folder, config)
    try:
        splits = read_splits(config)  # before anything is written
    except InputError as error:
        if not _whole(folder, config):
            raise
        if not config.quiet:
            print(f"{folder.path}: finished earlier; whether its corpus is still the same cannot be seen: {error}")
        return folder
    if _complete(folder, config, splits):
        return folder
    fresh = not folder.path.exists()
    with locked(folder.path):
        if _complete(folder, config, splits):  # another process was faster
            return folder
        if not config.resume:
            shutil.rmtree(folder.checkpoints, ignore_errors=True)
        elif to_resume_from(folder) and not config.quiet:
            print(f"{folder.path}: going on where a killed run has stopped")
        remove_unfinished(folder.path)
        before = set(folder.path.iterdir())
        try:
            with logged_to(folder.log, quiet=config.quiet):
                if folder.finished.is_file():
                    update_config(folder, config)
                    _score_later(folder, config, splits)
                else:
                    config = _with_threads(folder, config)
                    save_config(folder, config)
                    if not to_resume_from(folder):  # a killed run of an older version began with nobody knows what
                        write_json(folder.trained_on, learnt_from(config.data, splits))
                    _train(folder, config, splits, callbacks)
        except InputError:
            _leave(folder, None if fresh else before)
            raise
    return folder


def _check_same(folder: RunFolder, config: RunConfig) -> None:
    """Refuse the folder of another run."""
    if folder.config.is_file() and load_config(folder).hash != config.hash:
        raise InputError(f"{folder.path}: holds a run with another configuration; choose another run_dir")


def _complete(folder: RunFolder, config: RunConfig, splits: Splits) -> bool:
    """Whether the folder holds all that this run would write; a folder of another run, or of the same one on another
    corpus, is refused.
    """
    _check_same(folder, config)
    if config.resume or folder.finished.is_file():
        _check_corpus(folder, config, splits)
    whole = _whole(folder, config)
    if whole and not config.quiet:
        print(f"{folder.path}: finished earlier; delete the folder to train again")
    return whole


def _whole(folder: RunFolder, config: RunConfig) -> bool:
    return folder.finished.is_file() and (not config.score_test or folder.metrics("test").is_file())


def _check_corpus(folder: RunFolder, config: RunConfig, splits: Splits) -> None:
    """Refuse a run that learnt from other dialogues; one of an older version tells no more than how many they were."""
    if folder.trained_on.is_file():
        before, now = read_record(folder.trained_on, "train", "validation"), learnt_from(config.data, splits)
        other = [split for split in now if before[split] != now[split]]
    else:
        known = folder.n_trained_on
        other = [] if known in (None, len(splits.train.dialogues)) else ["train"]
    if other:
        raise InputError(
            f"{folder.path}: holds a run that learnt from another version of data={config.data.name} "
            f"({' and '.join(other)}); choose another run_dir, or delete the folder to train again"
        )


def _with_threads(folder: RunFolder, config: RunConfig) -> RunConfig:
    """The configuration with the number of threads that torch has from now on: as given, as before, or as it has."""
    threads = config.trainer.threads
    if threads == "auto" and to_resume_from(folder) and folder.config.is_file():
        threads = load_config(folder).trainer.threads
    if threads != "auto":
        torch.set_num_threads(threads)
    settings = config.trainer.model_copy(update={"threads": torch.get_num_threads()})
    return config.model_copy(update={"trainer": settings})


def _leave(folder: RunFolder, before: set[Path] | None) -> None:
    """Remove what a mistake has left: another configuration may take the folder then. ``None``: it was not there."""
    if before is None:
        shutil.rmtree(folder.path)
        return
    for path in set(folder.path.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _train(folder: RunFolder, config: RunConfig, splits: Splits, callbacks: Sequence[Callback]) -> None:
    started = time.perf_counter()
    splits.log_oddities()
    if not isinstance(config.model, TfidfConfig):
        splits.log_second_times(HEADS[config.head])
    tagger = _fitted(folder, config, splits, callbacks)
    fitted = time.perf_counter()
    decision = config.decision
    believed = tagger.tag(list(splits.validation.dialogues))
    policy = tune(
        believed,
        config.data.tag_set,
        scope=decision.thresholds,
        once=decision.once,
        score=decision.score,
    )
    if not policy.exclusive:
        train = OnsetCounts.over(dialogue.gold(splits.train.tags) for dialogue in splits.train.dialogues)
        write_onset_counts(folder.onsets, train, splits.train.tags)
    save_tagger(folder, tagger, config)
    write_thresholds(folder.thresholds, policy, config.data.tag_set)
    scored = score_split(folder, config, splits.validation, believed, policy)
    for split in splits.scored[1:]:
        scored = score_split(folder, config, split, tagger.tag(list(split.dialogues)), policy)
    report(folder, config, scored)
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
    folder.finish(fit_seconds=fitted - started, total_seconds=time.perf_counter() - started)


def _fitted(
    folder: RunFolder, config: RunConfig, splits: Splits, callbacks: Sequence[Callback]
) -> NeuralTagger | TfidfTagger:
    train, validation = splits.train, splits.validation
    if isinstance(config.model, TfidfConfig):
        return TfidfTagger.fit(train.dialogues, config.model, config.data.tag_set, seed=config.seed)
    if config.teacher:
        # first of all: a teacher that is trained anew seeds and draws for itself
        lesson = lesson_of(config, train, validation, scratch=folder.path / "teacher")
        student = prepare(config, train.dialogues, validation.dialogues, unlabelled=lesson.unlabelled)
        prepared = replace(student, train=with_beliefs(student.train, lesson.beliefs))
    else:
        prepared = prepare(config, train.dialogues, validation.dialogues)
    save_tokenizer(folder, prepared.backbone)
    return fit(prepared, config, folder, callbacks=callbacks)


def _score_later(folder: RunFolder, config: RunConfig, splits: Splits) -> None:
    """Score a finished run on test, with the weights and thresholds that it chose on validation."""
    split = splits.scored[-1]
    log_oddities(split)
    tagger = load_tagger(folder, config, token_budget=config.trainer.token_budget, cached=True)
    if isinstance(tagger, NeuralTagger):
        tagger.model.to(device_of(config.trainer))
    policy = read_thresholds(folder.thresholds, split.tags)
    report(folder, config, score_split(folder, config, split, tagger.tag(list(split.dialogues)), policy))
