"""Distillation (Hinton et al. 2015): a student learns a trained run's filtered beliefs beside the labels."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crisis_turns.config import NeuralConfig, RunConfig
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, sha256
from crisis_turns.heads import HEADS
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.weights import load_tagger
from crisis_turns.training.cross_fitting import CrossFitting
from crisis_turns.training.teacher_beliefs import beliefs_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lesson:
    """What a student learns of its teacher.

    Attributes:
        unlabelled: dialogues beside those of train.
        beliefs: ``(S, Y, 2)`` of each training dialogue, then of each unlabelled one.
    """

    unlabelled: tuple[Dialogue, ...]
    beliefs: tuple[np.ndarray, ...]


def identified(config: RunConfig) -> RunConfig:
    """The configuration with ``distill.identity`` filled in, so that its hash names the teacher and not its path.

    Raises:
        InputError: if the teacher is no finished neural run, cannot teach this head, or is not the one of before.
    """
    if config.teacher is None:
        return config
    folder = RunFolder(Path(config.teacher))
    folder.check_finished()
    teacher = load_config(folder)
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


def lesson_of(config: RunConfig, train: CorpusSplit, validation: CorpusSplit, *, scratch: Path) -> Lesson:
    """Ask the teacher of a student's configuration about the student's dialogues.

    Args:
        config: the student's.
        scratch: a folder for what a teacher that is trained anew writes; it is removed.

    Raises:
        InputError: if the teacher was trained on another corpus, or the unlabelled file cannot be read.
    """
    assert config.teacher is not None
    folder = RunFolder(Path(config.teacher))
    teacher = load_config(folder)
    if read_json(folder.metrics("validation")).get("data_sha256") != validation.sha256:
        raise InputError(f"teacher={folder.path}: was trained on another corpus than data={config.data.name}")
    unlabelled = _unlabelled(config)
    tagger = load_tagger(folder, teacher, token_budget=config.trainer.token_budget)
    if config.distill.folds:
        shown = teacher.trainer.model_copy(update={"progress": config.trainer.progress})
        anew = teacher.model_copy(update={"trainer": shown})
        beliefs = CrossFitting(anew, train, validation, config.distill.folds, scratch).beliefs()
    else:
        beliefs = [beliefs_of(tagged) for tagged in tagger.tag(list(train.dialogues))]
    beliefs += [beliefs_of(tagged) for tagged in tagger.tag(list(unlabelled))]
    return Lesson(unlabelled, tuple(beliefs))


def _unlabelled(config: RunConfig) -> tuple[Dialogue, ...]:
    if not config.distill.unlabelled:
        return ()
    looked_at = config.data.model_copy(update={"format": None})  # not forced to be the corpus's format
    chats = read_chats(config.distill.unlabelled, looked_at)
    log.info("%s", chats.told)
    return chats.dialogues
