"""One split of one corpus: read, checked against its published counts, and hashed."""

import hashlib
import json
import logging
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, chain

from crisis_turns.config import DataConfig, Split
from crisis_turns.data.chat_files import Chats, chats_of
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.speakers import RELEASE
from crisis_turns.data.split_files import EMBEDDED as EMBEDDED
from crisis_turns.data.split_files import read_embedded, split_contents
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
    part_sizes: tuple[tuple[str, int], ...] = ()
    """Names of the corpus's parts, in order, with how many of the dialogues each has; none where there are no parts."""
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

    @cached_property
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
    dialogues = chats.dialogues
    sizes = {part: sum(d.id.startswith(f"{part}-") for d in dialogues) for part in data.parts or ()}
    if split == "train" and data.train_limit is not None:
        dialogues, sizes = _limited(dialogues, sizes or {"": len(dialogues)}, data.train_limit)
    parts = tuple((part, size) for part, size in sizes.items() if 0 < size < len(dialogues))
    differences = _differences(data, split, chats.report)
    return CorpusSplit(data.name, split, tags, dialogues, chats.report, parts, differences, chats)


@cache
def embedded_dialogues(split: Split) -> dict[str, Dialogue]:
    """What ships with the package of one split, in all parts and the probes, by id."""
    folders = sorted(path.name for path in EMBEDDED.iterdir() if path.is_dir())
    rows = (row for folder in folders for row in read_embedded(folder, split))
    return {dialogue.id: dialogue for dialogue in build_dialogues(rows, split=split, tags=CRADLE)[0]}


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


def _limited(
    dialogues: tuple[Dialogue, ...], sizes: dict[str, int], limit: int
) -> tuple[tuple[Dialogue, ...], dict[str, int]]:
    """The first dialogues of each part, as many as is its share of ``limit``."""
    total = len(dialogues)
    ends = [0, *accumulate(sizes.values())]
    shares = [round(min(limit, total) * end / total) for end in ends]
    kept = {part: shares[n + 1] - shares[n] for n, part in enumerate(sizes)}
    first = [dialogues[start : start + size] for start, size in zip(ends, kept.values(), strict=False)]
    return tuple(chain.from_iterable(first)), kept


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
