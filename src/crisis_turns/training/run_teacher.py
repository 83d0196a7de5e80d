"""A trained run as a teacher: its filtered beliefs."""

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crisis_turns.config import NeuralConfig, RunConfig, TrainerConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.files import sha256
from crisis_turns.heads import HEADS
from crisis_turns.runs.folder import RunFolder, load_config, read_record
from crisis_turns.runs.weights import load_tagger
from crisis_turns.training.cross_fitting import CrossFitting
from crisis_turns.training.device import device_of
from crisis_turns.training.questions import Answers, Questions
from crisis_turns.training.teacher_beliefs import beliefs_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunTeacher:
    """A finished run; asked about train it is trained anew without each part of it (``distill.folds``)."""

    folder: RunFolder

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def identity(self) -> str:
        return f"{self._trained.hash} {sha256(self.folder.model / 'manifest.json')}"

    @cached_property
    def _trained(self) -> RunConfig:
        self.folder.check_finished()
        return load_config(self.folder)

    def check_fits(self, student: RunConfig) -> None:
        trained = self._trained
        if not isinstance(trained.model, NeuralConfig):
            raise InputError(f"teacher={self.path}: expected a neural run, found model={trained.model.name}")
        if trained.head != student.head and not (HEADS[trained.head].begins_once and HEADS[student.head].begins_once):
            raise InputError(f"teacher={self.path}: head={trained.head} cannot teach head={student.head}")
        if trained.data.tag_set != student.data.tag_set:
            raise InputError(f"teacher={self.path}: expected the tags of data={student.data.name}, found other ones")

    def answers(self, questions: Questions) -> Answers:
        student = questions.student
        if read_record(self.folder.metrics("validation"), "data_sha256")["data_sha256"] != questions.validation.sha256:
            raise InputError(f"teacher={self.path}: was trained on another corpus than data={student.data.name}")
        if self.folder.trained_on.is_file() and student.data.train_limit is None:
            trained = read_record(self.folder.trained_on, "train")["train"]
            if trained != questions.train.sha256:
                log.warning("teacher=%s: learnt from another version of train than the student's", self.path)
        if not student.distill.folds:
            return self._tagged(questions.parts, student.trainer)
        unseen = {part: dialogues for part, dialogues in questions.parts.items() if part != "train"}
        found = self._tagged(unseen, student.trainer) if unseen else {}  # first: damaged weights cost no training
        return {"train": self._cross_fitting(questions).beliefs(), **found}

    def _tagged(self, parts: dict[str, tuple[Dialogue, ...]], trainer: TrainerConfig) -> Answers:
        tagger = load_tagger(
            self.folder, self._trained, device=str(device_of(trainer)), token_budget=trainer.token_budget
        )
        return {
            part: [beliefs_of(tagged) for tagged in tagger.tag(list(dialogues))] for part, dialogues in parts.items()
        }

    def _cross_fitting(self, questions: Questions) -> CrossFitting:
        # on the student's machine, which need not be like the one that the run was trained on
        here = questions.student.trainer.model_dump(include={"accelerator", "devices", "progress"})
        anew = self._trained.model_copy(update={"trainer": self._trained.trainer.model_copy(update=here)})
        # a folder to each teacher: what a killed run leaves of one is no beginning for another
        scratch = questions.scratch.with_name(f"{questions.scratch.name}-{self._trained.hash}")
        folds = questions.student.distill.folds
        return CrossFitting(anew, questions.train, questions.validation, folds, scratch)
