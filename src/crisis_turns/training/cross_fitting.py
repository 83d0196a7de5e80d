"""Beliefs about training dialogues of taggers that were not trained on them (cross-fitting).

What a tagger believes about its own training data is near-hard labels. So it is trained anew, as it was configured,
without each part of train in turn, and asked about that part.
"""

import hashlib
import logging
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from crisis_turns.config import RunConfig
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.array_cache import cached_array
from crisis_turns.runs.folder import RunFolder
from crisis_turns.training.fit import fit
from crisis_turns.training.long_turns import with_long_turns
from crisis_turns.training.preparation import prepare
from crisis_turns.training.teacher_beliefs import beliefs_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CrossFitting:
    """A teacher, its corpus, and the number of parts; every ``folds``-th dialogue of train is in the same part.

    Attributes:
        scratch: a folder that is there while teachers are trained.
    """

    teacher: RunConfig
    train: CorpusSplit
    validation: CorpusSplit
    folds: int
    scratch: Path

    def beliefs(self) -> list[np.ndarray]:
        """``(S, Y, 2)`` of every training dialogue; kept in the private cache.

        Raises:
            InputError: if train has fewer dialogues than parts.
        """
        n_dialogues = len(self.train.dialogues)
        if n_dialogues < self.folds:
            raise InputError(f"distill.folds={self.folds}: train has {n_dialogues} dialogues only")
        beliefs: list[np.ndarray] = [np.empty(0)] * n_dialogues
        try:
            for fold in range(self.folds):
                beliefs[fold :: self.folds] = self._of_fold(fold)
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)
        return beliefs

    def _of_fold(self, fold: int) -> list[np.ndarray]:
        def fill(array: np.ndarray, _: int) -> None:
            array[:] = np.concatenate(self._believed_without(fold)).reshape(len(array), -1)

        n_tags, held_out = len(self.train.tags), self.train.dialogues[fold :: self.folds]
        ends = np.cumsum([0, *(len(dialogue.user_turns) for dialogue in held_out)]).tolist()
        key = f"beliefs {self.teacher.hash} {self.train.sha256} {self.validation.sha256} {fold} of {self.folds}"
        stored = cached_array(hashlib.sha256(key.encode()).hexdigest()[:32], (ends[-1], 2 * n_tags), fill)
        return [stored[a:b].reshape(b - a, n_tags, 2) for a, b in pairwise(ends)]

    @cached_property
    def _as_read(self) -> list[Dialogue]:
        """Train as a teacher reads it. A turn's company is of its own part: nothing of a part is read in another."""
        dialogues = list(self.train.dialogues)
        for fold in range(self.folds):
            part = dialogues[fold :: self.folds]
            dialogues[fold :: self.folds] = with_long_turns(part, self.teacher.long_turns)
        return dialogues

    def _believed_without(self, fold: int) -> list[np.ndarray]:
        """What a teacher trained without one part of train believes about that part."""
        log.info("teacher without part %d of %d:", fold + 1, self.folds)
        # all of train is encoded and then cut down, so that each part finds the whole in the vectors' cache
        without_more = self.teacher.model_copy(update={"long_turns": 0.0})
        whole = prepare(without_more, self._as_read, self.validation.dialogues)
        others = tuple(d for number, d in enumerate(whole.train) if number % self.folds != fold)
        # a folder to each part: what a killed run leaves of one is no beginning for another
        folder = RunFolder(self.scratch / f"part-{fold + 1}")
        tagger = fit(replace(whole, train=others), self.teacher, folder)
        # the dialogues as they are: those of train may have been made longer
        return [beliefs_of(tagged) for tagged in tagger.tag(list(self.train.dialogues[fold :: self.folds]))]
