"""One training run from configuration to a finished folder: data, tagger, fit, threshold on validation, test once."""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from pytorch_lightning.callbacks import Callback

from src.config import RunConfig, Split, TfidfConfig
from src.data.corpus import CorpusSplit, log_oddities, read_split
from src.decision import tune
from src.errors import InputError
from src.files import locked, write_json
from src.predictions import write_predictions
from src.run_folder import RunFolder, load_config, save_config, save_policy
from src.saved_tagger import Tagger, save_tagger
from src.scored import metrics_record, write_report_of
from src.training.log import logged_to
from src.training.neural import fit_neural
from src.training.teacher import identified, lesson_of_teacher

log = logging.getLogger("src")


def train(config: RunConfig, *, callbacks: Sequence[Callback] = ()) -> RunFolder:
    """Train as configured; a finished run of the same configuration is left as it is.

    Args:
        callbacks: further Lightning callbacks.

    Raises:
        InputError: for data, weights or a run folder that do not fit.
    """
    config = identified(config)
    folder = RunFolder(Path(config.folder))
    if _finished(folder, config):
        if not config.quiet:
            print(f"{folder.path}: finished earlier; delete the folder to train again")
        return folder
    splits: tuple[Split, ...] = ("train", "validation", "test") if config.score_test else ("train", "validation")
    corpora = {split: read_split(config.data, split) for split in splits}  # before anything is written
    fresh = not folder.path.exists()
    with locked(folder.path):
        if not config.resume:
            shutil.rmtree(folder.checkpoints, ignore_errors=True)
        save_config(folder, config)
        try:
            with logged_to(folder.log):
                _train(folder, config, corpora, callbacks)
        except InputError:
            if fresh:  # a mistake leaves nothing behind
                shutil.rmtree(folder.path)
            raise
    return folder


def _finished(folder: RunFolder, config: RunConfig) -> bool:
    """Whether the folder holds this very run, finished; a folder of another run is refused."""
    if not folder.config.is_file():
        if config.resume:
            raise InputError(f"{folder.path}: nothing to resume here")
        return False
    if load_config(folder).hash != config.hash:
        raise InputError(f"{folder.path}: holds a run with another configuration; choose another run_dir")
    return folder.finished.is_file()


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
        from src.model.tfidf import TfidfTagger

        tagger = TfidfTagger.fit(train_split.dialogues, config.model, tags, seed=config.seed)
    else:
        lesson = lesson_of_teacher(folder, config, train_split, validation) if config.teacher else None
        tagger = fit_neural(folder, config, train_split.dialogues, validation.dialogues, callbacks, lesson)
    fitted = time.perf_counter()
    policy = tune(
        tagger.tag(list(validation.dialogues)), tags, scope=config.decision.thresholds, once=config.decision.once
    )
    save_tagger(folder, tagger, config)
    save_policy(folder, policy, tags)
    for corpus in list(corpora.values())[1:]:
        decided = policy.apply(tagger.tag(list(corpus.dialogues)))
        write_predictions(folder.predictions(corpus.split), decided, tags)
        record = metrics_record(corpus, decided, resamples=config.bootstrap, policy=policy)
        write_json(folder.metrics(corpus.split), record)
        log.info("%s: turn micro F1 %.4f", corpus.split, record["turn"]["micro_f1"] or 0.0)
    # of the split scored last: test, or validation where test is left alone
    write_report_of(folder, corpus, decided, record, system=config.system, text=config.report.text)
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
    seconds = {"fit_s": fitted - started, "total_s": time.perf_counter() - started}
    write_json(folder.finished, {name: round(value, 1) for name, value in seconds.items()})
