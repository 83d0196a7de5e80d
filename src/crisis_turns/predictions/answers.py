"""What ``predict`` says of dialogues, as JSON Lines, CSV or Parquet."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from crisis_turns.data.csv_and_json import csv_text
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.predictions.format import json_line, prediction_lines
from crisis_turns.predictions.line import PredictionLine
from crisis_turns.tags import TagSet

Decided = Iterable[tuple[Dialogue, Tagged]]


def answer_lines(dialogue: Dialogue, decided: Tagged, tags: TagSet) -> Iterator[PredictionLine]:
    """One line per user turn, without gold tags, with the ids of messages that were joined."""
    for turn, line in zip(dialogue.user_turns, prediction_lines(decided, tags, with_gold=False), strict=True):
        if turn.message_ids:
            line["message_ids"] = list(turn.message_ids)
        yield line


def as_json_lines(decided: Decided, tags: TagSet) -> Iterator[str]:
    """One JSON object per user turn."""
    return (json_line(line) for dialogue, tagged in decided for line in answer_lines(dialogue, tagged, tags))


def as_csv(decided: Decided, tags: TagSet) -> Iterator[str]:
    """A header, then one row per user turn: tags joined by ``"; "``, beliefs as ``p_<tag>`` and ``begun_<tag>``."""
    lines = [line for dialogue, tagged in decided for line in answer_lines(dialogue, tagged, tags)]
    columns = _columns(lines, tags)
    yield csv_text([columns])
    for line in lines:
        cells = _cells(line, tags)
        joined = {"predicted": "; ".join(line["predicted"]), "message_ids": " ".join(map(str, cells["message_ids"]))}
        yield csv_text([[(cells | joined)[column] for column in columns]])


def write_parquet(path: Path, decided: Decided, tags: TagSet) -> None:
    """The same columns, with lists in place of joined cells."""
    import pyarrow as pa  # as large as all else that writes; no text format needs it
    import pyarrow.parquet as pq

    lines = [line for dialogue, tagged in decided for line in answer_lines(dialogue, tagged, tags)]
    types = {
        "dialogue_id": pa.string(),
        "turn_id": pa.int64(),
        "message_ids": pa.list_(pa.int64()),
        "predicted": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in _columns(lines, tags)])
    pq.write_table(pa.Table.from_pylist([_cells(line, tags) for line in lines], schema), path)


def _columns(lines: Sequence[PredictionLine], tags: TagSet) -> list[str]:
    given = [short for part, short in (("probabilities", "p"), ("begun", "begun")) if any(part in li for li in lines)]
    return [
        "dialogue_id",
        "turn_id",
        "message_ids",
        "predicted",
        *(f"{part}_{tag}" for part in given for tag in tags.names),
    ]


def _cells(line: PredictionLine, tags: TagSet) -> dict[str, Any]:
    beliefs = {"p": line.get("probabilities", {}), "begun": line.get("begun", {})}
    flat = {f"{part}_{tag}": values.get(tag) for part, values in beliefs.items() for tag in tags.names}
    ids = line.get("message_ids", [line["turn_id"]])
    shown = {"dialogue_id": line["dialogue_id"], "turn_id": line["turn_id"], "predicted": line["predicted"]}
    return {**shown, "message_ids": ids, **flat}
