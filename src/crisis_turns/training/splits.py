"""The splits of a run's corpus: read before anything is written, refused where nothing can be learnt, and compared."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from crisis_turns.config import DataConfig, RunConfig
from crisis_turns.data.corpus import CorpusSplit, log_oddities, read_split
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.split_files import has_dev
from crisis_turns.errors import InputError
from crisis_turns.heads import Head
from crisis_turns.tags import TagSet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Splits:
    """The splits that a run reads; ``dev`` is ``None`` where there is none, ``test`` where it is left alone."""

    train: CorpusSplit
    validation: CorpusSplit
    dev: CorpusSplit | None
    test: CorpusSplit | None

    @property
    def read(self) -> list[CorpusSplit]:
        return [self.train, *self.scored]

    @property
    def scored(self) -> list[CorpusSplit]:
        """Validation, dev if there is one, test if it is read; the report is of the last."""
        return [split for split in (self.validation, self.dev, self.test) if split]

    def log_oddities(self) -> None:
        """Log what is odd about each split, and which dialogues two of them share, in counts only."""
        for split in self.read:
            log_oddities(split)
        for first, second in combinations(self.read, 2):
            for shared in _shared(first, second):
                log.warning("%s %s: %s", second.corpus, second.split, shared)

    def log_second_times(self, head: Head) -> None:
        """Log how much of each split no path of a head's chains has, in counts only: second times of an event."""
        for split in self.read if head.competing else ():
            further = [_second_times(dialogue, split.tags) for dialogue in split.dialogues]
            if any(further):
                log.warning(
                    "%s %s: %d of %d dialogues have an event in two times, ongoing and past: head=%s can neither learn "
                    "nor find the second (tags: %d)",
                    split.corpus, split.split, sum(map(bool, further)), len(further), head.name, sum(further),
                )  # fmt: skip


def read_splits(config: RunConfig) -> Splits:
    """Read what a run needs.

    Raises:
        InputError: if a split cannot be read, or nothing can be learnt from train or tuned on validation.
    """
    data = config.data
    splits = Splits(
        train=read_split(data, "train"),
        validation=read_split(data, "validation"),
        dev=read_split(data, "dev") if has_dev(data) else None,
        test=read_split(data, "test") if config.score_test else None,
    )
    splits.train.check_labelled("nothing can be learnt")
    splits.validation.check_labelled("thresholds cannot be tuned")
    if data.exclusive:
        _check_classes(splits.train)
    return splits


def learnt_from(data: DataConfig, splits: Splits) -> dict[str, str]:
    """Hashes of the splits that decide what a tagger becomes, by split; of train before ``data.train_limit``, which is
    a key like any other.
    """
    whole = (
        splits.train if data.train_limit is None else read_split(data.model_copy(update={"train_limit": None}), "train")
    )
    return {split.split: split.sha256 for split in (whole, splits.validation)}


def _check_classes(train: CorpusSplit) -> None:
    found = Counter(tag for dialogue in train.dialogues for turn in dialogue.user_turns for tag in turn.tags)
    if len(found) == 1:
        name, count = found.popitem()
        raise InputError(
            f"{train.corpus} train: each of {count} user turns has the class '{name}', so nothing can be learnt; "
            f"expected two or more of {', '.join(train.tags.names)}"
        )


def _second_times(dialogue: Dialogue, tags: TagSet) -> int:
    """How many tags begin after, or beside, another tag of their event."""
    begun = {tags.index[tag] for turn in dialogue.user_turns for tag in turn.tags}
    return sum(max(0, len(begun.intersection(event)) - 1) for event in tags.events)


def _shared(first: CorpusSplit, second: CorpusSplit) -> Iterator[str]:
    """One sentence on equal dialogues, and one on different ones under the same id."""
    texts = {_normalised(dialogue) for dialogue in first.dialogues}
    by_id = {dialogue.id: _normalised(dialogue) for dialogue in first.dialogues}
    total = len(second.dialogues)
    equal = sum(_normalised(dialogue) in texts for dialogue in second.dialogues)
    if equal:
        yield f"{equal} of {total} dialogues have the text of one in {first.split}: scores will be too high"
    renamed = sum(by_id.get(d.id, _normalised(d)) != _normalised(d) for d in second.dialogues)
    if renamed:
        yield f"{renamed} of {total} dialogues have the id of one in {first.split}, but another text"


def _normalised(dialogue: Dialogue) -> str:
    """The dialogue's words, whatever the case, the spaces and who says them."""
    return "\n".join(" ".join(turn.text.casefold().split()) for turn in dialogue.turns)
