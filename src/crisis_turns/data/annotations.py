"""``annotations-<split>.csv`` of an embedded corpus: what is hard about a dialogue. For analysis, not for training."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from crisis_turns.config import Split
from crisis_turns.data.corpus import EMBEDDED, CorpusSplit, embedded_dialogues
from crisis_turns.data.csv_and_json import csv_lines, sound
from crisis_turns.files import read_text


@dataclass(frozen=True)
class Annotations:
    """What is known of each dialogue beside its labels.

    Attributes:
        phenomena: ``dialogue_id`` to the phenomena of the dialogue, of all its events.
        pairs: of the probes: ``dialogue_id`` to (phenomenon, pair), the pair empty where there is none; ``None`` in
            other corpora.
    """

    phenomena: dict[str, frozenset[str]]
    pairs: dict[str, tuple[str, str]] | None


def annotations_of(corpus: CorpusSplit) -> Annotations | None:
    """The annotations of these very dialogues; ``None`` unless all of them ship with the package.

    They are known by their content, not by the corpus's name: under that may stand other files, and these files under
    another name. Parts of a split have theirs as well.
    """
    ids = {dialogue.id for dialogue in corpus.dialogues}
    for split in get_args(Split):
        annotations = read_annotations(*sorted(EMBEDDED.glob(f"*/annotations-{split}.csv")))
        if ids <= annotations.phenomena.keys():  # only then are the dialogues themselves worth reading
            shipped = embedded_dialogues(split)
            if all(shipped[dialogue.id] == dialogue for dialogue in corpus.dialogues):
                return _of(ids, annotations)
    return None


def _of(ids: set[str], annotations: Annotations) -> Annotations:
    """What is known of these dialogues alone."""
    phenomena = {name: named for name, named in annotations.phenomena.items() if name in ids}
    pairs = {name: pair for name, pair in (annotations.pairs or {}).items() if name in ids}
    return Annotations(phenomena, pairs or None)


def read_annotations(*paths: Path) -> Annotations:
    """Annotations files; a dialogue has a row for each of its events."""
    rows = [row for path in paths for _, row in sound(csv_lines(read_text(path), str(path)))]
    phenomena: dict[str, frozenset[str]] = {}
    for row in rows:
        cell = row["phenomenon"] if "phenomenon" in row else row["phenomena"]
        named = frozenset(name.strip() for name in cell.split(",")) - {""}
        phenomena[row["dialogue_id"]] = phenomena.get(row["dialogue_id"], frozenset()) | named
    paired = {row["dialogue_id"]: (row["phenomenon"], row["pair"]) for row in rows if "pair" in row}
    return Annotations(phenomena, paired or None)
