"""``annotations-<split>.csv`` of an embedded corpus: what is hard about a dialogue. For analysis, not for training."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from crisis_turns.config import Split
from crisis_turns.data.corpus import EMBEDDED, CorpusSplit, embedded_split
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
    """The annotations of these very dialogues; ``None`` unless an embedded split has them.

    A split is known by its hash: under an embedded corpus's name may stand other files, and its files under another
    name. The beginning of a split counts as well, since ``data.train_limit`` cuts one off.
    """
    sha256 = corpus.sha256
    for split in get_args(Split):
        for path in sorted(EMBEDDED.glob(f"*/annotations-{split}.csv")):
            whole = embedded_split(path.parent.name, split)
            beginning = replace(whole, dialogues=whole.dialogues[: len(corpus.dialogues)])
            if beginning.sha256 == sha256:
                return read_annotations(path)
    return None


def read_annotations(path: Path) -> Annotations:
    """One annotations file; a dialogue has a row for each of its events."""
    rows = [row for _, row in sound(csv_lines(read_text(path), str(path)))]
    phenomena: dict[str, frozenset[str]] = {}
    for row in rows:
        cell = row["phenomenon"] if "phenomenon" in row else row["phenomena"]
        named = frozenset(name.strip() for name in cell.split(",")) - {""}
        phenomena[row["dialogue_id"]] = phenomena.get(row["dialogue_id"], frozenset()) | named
    paired = {row["dialogue_id"]: (row["phenomenon"], row["pair"]) for row in rows if "pair" in row}
    return Annotations(phenomena, paired or None)
