"""Any system's predictions file as a teacher: probabilities on the lines that have them, smoothed tags on the others.

What ``predict``, ``evaluate`` or ``llm`` has written, or anything in that format; a run's own file teaches what the run
does with ``distill.folds=0``, to the last digit that is written.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crisis_turns.config import RunConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.files import sha256
from crisis_turns.heads import HEADS
from crisis_turns.log import NOTE
from crisis_turns.predictions.check import PredictionCheck
from crisis_turns.predictions.format import checked_lines
from crisis_turns.training.questions import Answers, Questions
from crisis_turns.training.teacher_beliefs import beliefs_of_lines, classes_of_lines

log = logging.getLogger(__name__)

_ROUNDED = 2e-6
"""Two beliefs that were rounded on their own differ by no more."""


@dataclass(frozen=True)
class FileTeacher:
    """A predictions file; it speaks about every user turn of a part, or about none."""

    path: Path

    @property
    def identity(self) -> str:
        return sha256(self.path)

    def check_fits(self, student: RunConfig) -> None:
        """It fits any head; its tags are checked line by line."""

    def answers(self, questions: Questions) -> Answers:
        parts, student = questions.parts, questions.student
        self._check_apart(parts)
        check = checked_lines(self.path, list(questions.dialogues), student.data.tag_set)
        if check.unread:
            log.warning("%s: not read: %s", self.path, ", ".join(check.unread)[:200])
        found = {name: dialogues for name, dialogues in parts.items() if self._speaks_of(name, dialogues, check)}
        taken = {name: self._believed(dialogues, check, student) for name, dialogues in found.items()}
        if "train" in taken:
            log.log(NOTE, "%s: what it says of train is taken as it is: distill.folds is for run folders", self.path)
        return taken

    def _check_apart(self, parts: dict[str, tuple[Dialogue, ...]]) -> None:
        names = [{dialogue.id for dialogue in dialogues} for dialogues in parts.values()]
        if twice := sorted(set.intersection(*names)) if len(names) > 1 else []:
            raise InputError(
                f"{self.path}: '{twice[0][:60]}' is a dialogue of {' and of '.join(parts)} ({len(twice):,} such "
                "names): its lines may be of either; give one of them another dialogue_id"
            )

    def _speaks_of(self, part: str, dialogues: Sequence[Dialogue], check: PredictionCheck) -> bool:
        missing = [[t for t in d.user_turns if (d.id, t.turn_id) not in check.seen] for d in dialogues]
        n_missing, n_turns = sum(map(len, missing)), sum(len(d.user_turns) for d in dialogues)
        if 0 < n_missing < n_turns:
            raise InputError(
                f"{self.path}: {n_missing:,} of {n_turns:,} user turns of {part} have no line, in "
                f"{sum(map(bool, missing)):,} of {len(dialogues):,} dialogues: a teacher speaks about all of them, "
                "with an empty list as 'predicted' where no tag begins"
            )
        return n_missing < n_turns

    def _believed(self, dialogues: Sequence[Dialogue], check: PredictionCheck, student: RunConfig) -> list[np.ndarray]:
        smoothing, tagged = student.distill.smoothing, {d.dialogue_id: d for d in check.tagged}
        lines = [(tagged[d.id].predicted, check.onset[d.id], check.begun[d.id]) for d in dialogues]
        if student.data.exclusive:
            silent = sum(int((np.isnan(onset).any(1) & ~predicted.any(1)).sum()) for predicted, onset, _ in lines)
            if silent:
                raise InputError(f"{self.path}: {silent:,} user turns have neither a class nor probabilities")
            return [classes_of_lines(predicted, onset, smoothing=smoothing) for predicted, onset, _ in lines]
        wrong = sum(int((begun < onset - _ROUNDED).any(1).sum()) for _, onset, begun in lines)
        if wrong:
            raise InputError(
                f"{self.path}: on {wrong:,} user turns 'begun' is lower than 'probabilities': what begins has begun"
            )
        once = HEADS[student.head].begins_once
        return [beliefs_of_lines(*line, smoothing=smoothing, once=once) for line in lines]
