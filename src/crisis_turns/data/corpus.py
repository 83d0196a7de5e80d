"""One split of one corpus: read, checked against its published counts, and hashed."""

import hashlib
import json
import logging
from dataclasses import dataclass
from functools import cache

from crisis_turns.config import DataConfig, Split
from crisis_turns.data.chat_files import Chats, chats_of
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.speakers import RELEASE
from crisis_turns.data.split_files import EMBEDDED as EMBEDDED
from crisis_turns.data.split_files import split_contents
from crisis_turns.data.table import read_rows
from crisis_turns.errors import InputError
from crisis_turns.log import NOTE
from crisis_turns.tags import CRADLE, TagSet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CorpusSplit:
    """The dialogues of a split with what is needed to score against them."""

    corpus: str
    split: Split
    tags: TagSet
    dialogues: tuple[Dialogue, ...]
    report: ReadingReport
    differences: tuple[str, ...] = ()
    """One sentence per published count that the files do not have."""
    chats: Chats | None = None
    """How the files were read; ``None`` of a split that was not read from any."""

    @property
    def n_labels(self) -> int:
        """Labels on user turns, which are the ones that count."""
        return sum(len(turn.tags) for dialogue in self.dialogues for turn in dialogue.user_turns)

    def check_labelled(self, purpose: str) -> None:
        """Refuse a split that has nothing to find.

        Args:
            purpose: what cannot be done then.

        Raises:
            InputError: with the counts, if no user turn has a label.
        """
        if not self.n_labels:
            n_user_turns = sum(len(dialogue.user_turns) for dialogue in self.dialogues)
            raise InputError(
                f"{self.corpus} {self.split}: no label on any of {n_user_turns} user turns, so {purpose} "
                f"({self.report.labels_on_listener} labels stand on Listener turns, which are not scored)"
            )

    @property
    def sha256(self) -> str:
        """Hash of ids, speakers, texts and labels, whatever file format they came in."""
        digest = hashlib.sha256(json.dumps([self.tags.names, self.tags.exclusive]).encode())
        for dialogue in self.dialogues:
            turns = [[turn.turn_id, turn.speaker, turn.text, sorted(turn.tags)] for turn in dialogue.turns]
            digest.update(json.dumps([dialogue.id, turns], ensure_ascii=True).encode())
        return digest.hexdigest()


def read_split(data: DataConfig, split: Split) -> CorpusSplit:
    """Read one split; what is odd about it is counted in its report.

    Raises:
        InputError: if the corpus or the split is not there, or a row cannot be read.
    """
    tags = data.tag_set
    shipped = {"speakers": RELEASE} if data.path is None else {}
    reading = data.model_copy(update=shipped)
    chats = chats_of(split_contents(data, split), reading, name=split, tags=tags, labelled=True)
    limit = data.train_limit if split == "train" else None
    differences = _differences(data, split, chats.report)
    return CorpusSplit(data.name, split, tags, chats.dialogues[:limit], chats.report, differences, chats)


@cache
def embedded_split(name: str, split: Split) -> CorpusSplit:
    """A split that ships with the package, whole, whatever a configuration says."""
    dialogues, report = build_dialogues(read_rows(EMBEDDED / name / f"{split}.csv"), split=split, tags=CRADLE)
    return CorpusSplit(name, split, CRADLE, tuple(dialogues), report)


def log_oddities(corpus: CorpusSplit) -> None:
    """Log, in counts and names of speakers: how it was read and the shapes that were met for ``train.log``, what is odd
    as notes; labels left out and differences from the published counts as warnings.
    """
    if corpus.chats is not None:
        log.log(logging.INFO if corpus.chats.is_plain else NOTE, "%s", corpus.chats.told)
    for shape in corpus.report.shapes():
        log.info("%s %s: %s", corpus.corpus, corpus.split, shape)
    for note in corpus.report.notes():
        log.log(NOTE, "%s %s: %s", corpus.corpus, corpus.split, note)
    for warning in (*corpus.report.warnings(), *corpus.differences):
        log.warning("%s %s: %s", corpus.corpus, corpus.split, warning)


def _differences(data: DataConfig, split: Split, report: ReadingReport) -> tuple[str, ...]:
    expected = data.expected.get(split, {})
    unknown = [name for name in expected if name not in report.names()]
    if unknown:
        raise InputError(f"data.expected.{split}: no count '{unknown[0]}'; expected one of {', '.join(report.names())}")
    return tuple(
        f"expected {count} {name.replace('_', ' ')} as published, found {report[name]}"
        for name, count in expected.items()
        if report[name] != count
    )
