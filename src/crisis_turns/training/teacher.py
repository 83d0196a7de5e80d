"""Distillation (Hinton et al. 2015): a student learns what others believe beside the labels."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crisis_turns.config import RunConfig
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.files import sha256
from crisis_turns.runs.folder import RunFolder
from crisis_turns.training.file_teacher import FileTeacher
from crisis_turns.training.questions import Answers, Questions, Teacher
from crisis_turns.training.run_teacher import RunTeacher
from crisis_turns.training.teacher_beliefs import pooled

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lesson:
    """What a student learns of its teachers.

    Attributes:
        unlabelled: dialogues beside those of train.
        beliefs: ``(S, Y, 2)`` of each training dialogue, then of each unlabelled one.
    """

    unlabelled: tuple[Dialogue, ...]
    beliefs: tuple[np.ndarray, ...]


def identified(config: RunConfig) -> RunConfig:
    """The configuration with ``distill.identity`` filled in, so that its hash names the teachers and not their paths.

    Where files alone teach, nothing is trained anew: ``distill.folds`` is 0 then.

    Raises:
        InputError: if a teacher is no finished neural run and no file, cannot teach this head, or stands twice, or if
            they are not those of before.
    """
    if not config.teachers:
        return config
    teachers = _teachers(config)
    for teacher in teachers:
        teacher.check_fits(config)
    paths: dict[str, Path] = {}
    for teacher in teachers:
        same = paths.setdefault(teacher.identity, teacher.path)
        if same is not teacher.path:
            raise InputError(f"teacher={teacher.path}: the same as {same}; a teacher counts once")
    parts = sorted(paths)
    if config.distill.unlabelled:
        parts.append(_sha256_of(config.distill.unlabelled))
    identity = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
    if config.distill.identity not in (None, identity):
        raise InputError(f"teacher={_named(config)}: not the teacher, or not the unlabelled dialogues, of this run")
    folds = config.distill.folds if any(isinstance(teacher, RunTeacher) for teacher in teachers) else 0
    return config.model_copy(
        update={"distill": config.distill.model_copy(update={"identity": identity, "folds": folds})}
    )


def lesson_of(config: RunConfig, train: CorpusSplit, validation: CorpusSplit, *, scratch: Path) -> Lesson:
    """Ask the teachers of a student's configuration about the student's dialogues.

    Args:
        config: the student's.
        scratch: names folders for what a teacher that is trained anew writes; they are removed.

    Raises:
        InputError: if a teacher was trained on another corpus or cannot be read, if nobody speaks about a part of the
            dialogues, or if the unlabelled file cannot be read.
    """
    questions = Questions(config, train, validation, _unlabelled(config), scratch)
    in_order = sorted(_teachers(config), key=lambda teacher: isinstance(teacher, RunTeacher))
    answers = [teacher.answers(questions) for teacher in in_order]  # files first: their mistakes cost no training
    beliefs = [believed for part in questions.parts for believed in _together(part, answers, questions)]
    return Lesson(questions.unlabelled, tuple(beliefs))


def _together(part: str, answers: Sequence[Answers], questions: Questions) -> list[np.ndarray]:
    speaking = [found[part] for found in answers if part in found]
    if not speaking:
        dialogues = questions.parts[part]
        n_turns = sum(len(dialogue.user_turns) for dialogue in dialogues)
        raise InputError(
            f"teacher={_named(questions.student)}: says nothing about {part}, {n_turns:,} user turns of "
            f"{len(dialogues):,} dialogues; add a file that does: teacher=[FILE,FILE]"
        )
    exclusive = questions.student.data.exclusive
    return [pooled(of_dialogue, exclusive=exclusive) for of_dialogue in zip(*speaking, strict=True)]


def _teachers(config: RunConfig) -> list[Teacher]:
    return [_teacher(Path(path)) for path in config.teachers]


def _teacher(path: Path) -> Teacher:
    if path.is_file():
        return FileTeacher(path)
    if path.is_dir():
        return RunTeacher(RunFolder(path))
    several = "; several are a list: teacher=[A,B]" if "," in str(path) else ""
    raise InputError(f"teacher={path}: expected the folder of a run or a predictions file, found none{several}")


def _named(config: RunConfig) -> str:
    paths = config.teachers
    return paths[0] if len(paths) == 1 else f"[{','.join(paths)}]"


def _sha256_of(name: str) -> str:
    if not Path(name).is_file():
        raise InputError(f"distill.unlabelled={name}: no such file")
    return sha256(Path(name))


def _unlabelled(config: RunConfig) -> tuple[Dialogue, ...]:
    if not config.distill.unlabelled:
        return ()
    looked_at = config.data.model_copy(update={"format": None})  # not forced to be the corpus's format
    chats = read_chats(config.distill.unlabelled, looked_at)
    log.info("%s", chats.told)
    return chats.dialogues
