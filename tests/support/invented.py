"""Invented dialogues, as objects, as rows and as files.

Content note: they name crises in plain, non-graphic words.
"""

import csv
from pathlib import Path

from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.data.table import Row


def dialogue(*turns: str, name: str = "d-0") -> Dialogue:
    """Turns written as "U text", "L text" or "U text | tag; tag"."""
    parsed = []
    for number, line in enumerate(turns):
        text, _, tags = line[2:].partition(" | ")
        speaker = Speaker.USER if line[0] == "U" else Speaker.LISTENER
        parsed.append(Turn(number, speaker, text, tuple(t.strip() for t in tags.split(";") if t)))
    return Dialogue(name, tuple(parsed))


def simple_dialogue(name: str, seed: int) -> Dialogue:
    """A dialogue whose tags a tiny model can learn: 'maybe' opens an Alert, 'again' a Confirm."""
    opening = ["L hello there", "L good to see you"][seed % 2 :][: seed % 3]
    alert = ["U maybe something is off | alert_ongoing", "L go on"] if seed % 4 else ["U fine day", "L good"]
    confirm = ["U i hurt myself again | confirm_SH_ongoing", "L thank you for telling me"] if seed % 3 else []
    return dialogue(*opening, "U hi", "L hello", *alert, *confirm, f"U bye number {seed}", name=name)


def write_csv(path: Path, dialogues: list[Dialogue]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["dialogue_id", "turn_id", "text", "labels"])
        for d in dialogues:
            writer.writerows([d.id, t.turn_id, f"{t.speaker}: {t.text}", "; ".join(t.tags)] for t in d.turns)
    return path


def rows(*cells: tuple[int, str, str | None], source: str = "f.csv") -> list[Row]:
    return [Row(f"{source}, line {n}", None, turn, text, labels) for n, (turn, text, labels) in enumerate(cells, 2)]
