"""A trained run as a teacher: its filtered beliefs."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crisis_turns.config import NeuralConfig, RunConfig
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, sha256
from crisis_turns.heads import HEADS
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.weights import load_tagger
from crisis_turns.training.cross_fitting import CrossFitting
from crisis_turns.training.questions import Answers, Questions
from crisis_turns.training.teacher_beliefs import beliefs_of


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
        student, trained = questions.student, self._trained
        if read_json(self.folder.metrics("validation")).get("data_sha256") != questions.validation.sha256:
            raise InputError(f"teacher={self.path}: was trained on another corpus than data={student.data.name}")
        tagger = load_tagger(self.folder, trained, token_budget=student.trainer.token_budget)
        found = {}
        for part, dialogues in questions.parts.items():
            if part == "train" and student.distill.folds:
                found[part] = self._cross_fitting(questions).beliefs()
            else:
                found[part] = [beliefs_of(tagged) for tagged in tagger.tag(list(dialogues))]
        return found

    def _cross_fitting(self, questions: Questions) -> CrossFitting:
        shown = self._trained.trainer.model_copy(update={"progress": questions.student.trainer.progress})
        anew = self._trained.model_copy(update={"trainer": shown})
        # a folder to each teacher: what a killed run leaves of one is no beginning for another
        scratch = questions.scratch.with_name(f"{questions.scratch.name}-{self._trained.hash}")
        folds = questions.student.distill.folds
        return CrossFitting(anew, questions.train, questions.validation, folds, scratch)
