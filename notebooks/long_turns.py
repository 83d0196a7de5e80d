"""Dev in long messages: ``python -m notebooks.long_turns FOLDER`` writes ``FOLDER/test.csv``.

Each labelled user turn of dev, and half of the others, stands before, behind or between two turns of validation's
label-free dialogues, some 60 words. Labels stay: whoever reads the whole message still sees them. How long messages
are read is chosen on it.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from crisis_turns.data.csv_and_json import csv_text
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.split_files import read_embedded
from crisis_turns.files import write_text
from crisis_turns.tags import CRADLE
from crisis_turns.training.long_turns import among_others, label_free_turns


def lengthened(dialogues: Sequence[Dialogue], others: Sequence[str], *, seed: int = 7) -> list[Dialogue]:
    """Every labelled user turn and half of the others among two of these texts."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    return [
        replace(
            dialogue,
            turns=tuple(
                among_others(turn, others, rng, numbers=[2])
                if turn.is_user and (turn.tags or rng.random() < 0.5)
                else turn
                for turn in dialogue.turns
            ),
        )
        for dialogue in dialogues
    ]


def written(dialogues: Sequence[Dialogue]) -> str:
    """The release's columns."""
    rows = [
        (dialogue.id, str(turn.turn_id), f"{turn.speaker}: {turn.text}", "; ".join(turn.tags))
        for dialogue in dialogues
        for turn in dialogue.turns
    ]
    return csv_text([("dialogue_id", "turn_id", "text", "labels"), *rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    dev, validation = (
        build_dialogues(read_embedded("plain", split), split=split, tags=CRADLE)[0] for split in ("dev", "validation")
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "test.csv", written(lengthened(dev, label_free_turns(validation))))
