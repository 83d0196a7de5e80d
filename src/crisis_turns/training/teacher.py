"""Distillation (Hinton et al. 2015): a student learns a trained run's filtered beliefs beside the labels.

What a teacher believes about its own training data is near-hard labels. So it is cross-fitted: trained anew, as it was
configured, without each part of train in turn, and asked about that part.
"""

import hashlib
import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from crisis_turns.config import NeuralConfig, RunConfig
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.encode import EncodedDialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import read_rows
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, sha256
from crisis_turns.heads import HEADS
from crisis_turns.model.encoders.array_cache import cached_array
from crisis_turns.model.neural_tagger import NeuralTagger
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.weights import load_tagger
from crisis_turns.training.neural import Lesson, fit_neural

log = logging.getLogger(__name__)


def identified(config: RunConfig) -> RunConfig:
    """The configuration with ``distill.identity`` filled in, so that its hash names the teacher and not its path.

    Raises:
        InputError: if the teacher is no finished neural run, cannot teach this head, or is not the one of before.
    """
    if config.teacher is None:
        return config
    folder = RunFolder(Path(config.teacher))
    teacher = load_config(folder)
    if not folder.finished.is_file():
        raise InputError(f"teacher={folder.path}: the run is not finished")
    if not isinstance(teacher.model, NeuralConfig):
        raise InputError(f"teacher={folder.path}: expected a neural run, found model={teacher.model.name}")
    if teacher.head != config.head and not (HEADS[teacher.head].begins_once and HEADS[config.head].begins_once):
        raise InputError(f"teacher={folder.path}: head={teacher.head} cannot teach head={config.head}")
    if teacher.data.tag_set != config.data.tag_set:
        raise InputError(f"teacher={folder.path}: expected the tags of data={config.data.name}, found other ones")
    parts = [teacher.hash, sha256(folder.model / "manifest.json")]
    if config.distill.unlabelled:
        parts.append(_sha256_of(config.distill.unlabelled))
    identity = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
    if config.distill.identity not in (None, identity):
        raise InputError(f"teacher={folder.path}: not the teacher, or not the unlabelled dialogues, of this run")
    return config.model_copy(update={"distill": config.distill.model_copy(update={"identity": identity})})


def _sha256_of(name: str) -> str:
    if not Path(name).is_file():
        raise InputError(f"distill.unlabelled={name}: no such file")
    return sha256(Path(name))


def lesson_of_teacher(folder: RunFolder, config: RunConfig, train: CorpusSplit, validation: CorpusSplit) -> Lesson:
    """What the student learns: the training dialogues with the teacher's beliefs, then the unlabelled ones.

    Args:
        folder: the student's, for what the teacher writes while it is trained anew.

    Raises:
        InputError: if the teacher was trained on another corpus, or the unlabelled file cannot be read.
    """
    assert config.teacher is not None
    source = RunFolder(Path(config.teacher))
    teacher = load_config(source)
    if read_json(source.metrics("validation")).get("data_sha256") != validation.sha256:
        raise InputError(f"teacher={source.path}: was trained on another corpus than data={config.data.name}")
    path = config.distill.unlabelled
    unlabelled = (
        build_dialogues(read_rows(Path(path), labelled=False), split=Path(path).stem, tags=None)[0] if path else []
    )
    tagger = load_tagger(source, teacher, token_budget=config.trainer.token_budget)
    if config.distill.folds:
        progress = teacher.trainer.model_copy(update={"progress": config.trainer.progress})
        teacher = teacher.model_copy(update={"trainer": progress, "resume": False})
        beliefs = _cross_fitted(folder, teacher, train, validation, config.distill.folds)
    else:
        beliefs = [_beliefs(tagged) for tagged in tagger.tag(list(train.dialogues))]
    beliefs += [_beliefs(tagged) for tagged in tagger.tag(list(unlabelled))]

    def lesson(student: NeuralTagger, encoded: list[EncodedDialogue]) -> list[EncodedDialogue]:
        more = student.prepare(student.tokenizer(unlabelled, student.tags)) if unlabelled else []
        dialogues = [*encoded, *(replace(dialogue, labelled=False) for dialogue in more)]
        return [replace(d, beliefs=values) for d, values in zip(dialogues, beliefs, strict=True)]

    return lesson


def _beliefs(tagged: Tagged) -> np.ndarray:
    """``(S, Y, 2)`` float32; exclusive classes do not begin, so theirs are twice the same."""
    begun = tagged.beliefs if tagged.begun is None else tagged.begun
    return np.stack((tagged.beliefs, begun), axis=-1).astype(np.float32)


def _cross_fitted(
    folder: RunFolder, teacher: RunConfig, train: CorpusSplit, validation: CorpusSplit, folds: int
) -> list[np.ndarray]:
    """The beliefs about every training dialogue of a teacher that was not trained on it, kept in the private cache."""
    if len(train.dialogues) < folds:
        raise InputError(f"distill.folds={folds}: train has {len(train.dialogues)} dialogues only")
    n_tags = len(train.tags)
    beliefs: list[np.ndarray] = [np.empty(0)] * len(train.dialogues)
    for fold in range(folds):
        held_out = train.dialogues[fold::folds]
        ends = np.cumsum([0, *(len(dialogue.user_turns) for dialogue in held_out)])

        def fill(array: np.ndarray, fold: int = fold) -> None:
            of_fold = _believed_by_others(folder, teacher, train.dialogues, validation.dialogues, fold, folds)
            array[:] = np.concatenate(of_fold).reshape(len(array), -1)

        key = f"beliefs {teacher.hash} {train.sha256} {validation.sha256} {fold} of {folds}"
        stored = cached_array(hashlib.sha256(key.encode()).hexdigest()[:32], (int(ends[-1]), 2 * n_tags), fill)
        beliefs[fold::folds] = [stored[a:b].reshape(b - a, n_tags, 2) for a, b in pairwise(ends)]
    return beliefs


def _believed_by_others(
    folder: RunFolder,
    teacher: RunConfig,
    train: Sequence[Dialogue],
    validation: Sequence[Dialogue],
    fold: int,
    folds: int,
) -> list[np.ndarray]:
    """What a teacher trained without one part of train believes about that part."""
    held_out: list[EncodedDialogue] = []

    def lesson(_: NeuralTagger, encoded: list[EncodedDialogue]) -> list[EncodedDialogue]:
        held_out.extend(encoded[fold::folds])
        return [dialogue for number, dialogue in enumerate(encoded) if number % folds != fold]

    log.info("teacher without part %d of %d:", fold + 1, folds)
    scratch = RunFolder(folder.path / "teacher")
    try:  # all of train is given and cut down when encoded, so that each part finds the whole in the vectors' cache
        tagger = fit_neural(scratch, teacher, train, validation, (), lesson)
        return [_beliefs(tagged) for tagged in tagger.tag_encoded(held_out)]
    finally:
        shutil.rmtree(scratch.path, ignore_errors=True)
