"""What ``predict`` says of dialogues, as JSON Lines, CSV or Parquet."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from crisis_turns.data.csv_and_json import csv_text
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.evidence.flag import Flag, Span
from crisis_turns.predictions.format import json_line, prediction_lines, rounded
from crisis_turns.predictions.line import PredictionLine, SpanRecord
from crisis_turns.tags import TagSet


class Answered(NamedTuple):
    """A dialogue with what is found.

    Attributes:
        flags: each with the words that raised it; ``None`` if these were not asked for.
    """

    dialogue: Dialogue
    tagged: Tagged
    flags: Sequence[Flag] | None = None


def answer_lines(answered: Answered, tags: TagSet) -> Iterator[PredictionLine]:
    """One line per user turn, without gold tags, with the ids of messages that were joined."""
    dialogue, tagged, flags = answered
    for turn, line in zip(dialogue.user_turns, prediction_lines(tagged, tags, with_gold=False), strict=True):
        if turn.message_ids:
            line["message_ids"] = list(turn.message_ids)
        if flags is not None:
            here = (flag for flag in flags if flag.turn_id == turn.turn_id)
            line["evidence"] = {flag.tag: [_record(span) for span in flag.spans] for flag in here}
        yield line


def as_json_lines(answers: Iterable[Answered], tags: TagSet) -> Iterator[str]:
    """One JSON object per user turn."""
    return (json_line(line) for answered in answers for line in answer_lines(answered, tags))


def as_csv(answers: Iterable[Answered], tags: TagSet) -> Iterator[str]:
    """A header, then one row per user turn: tags joined by ``"; "``, beliefs as ``p_<tag>`` and ``begun_<tag>``,
    evidence as the JSON that a line of JSON Lines has.
    """
    lines = [line for answered in answers for line in answer_lines(answered, tags)]
    columns = _columns(lines, tags)
    yield csv_text([columns])
    for line in lines:
        cells = _cells(line, tags)
        joined = {
            "predicted": "; ".join(line["predicted"]),
            "message_ids": " ".join(map(str, cells["message_ids"])),
            "evidence": json_line(line.get("evidence", {})).rstrip("\n"),
        }
        yield csv_text([[(cells | joined)[column] for column in columns]])


def write_parquet(path: Path, answers: Iterable[Answered], tags: TagSet) -> None:
    """The same columns, with lists in place of joined cells."""
    import pyarrow as pa  # as large as all else that writes; no text format needs it
    import pyarrow.parquet as pq

    lines = [line for answered in answers for line in answer_lines(answered, tags)]
    span = {"turn_id": pa.int64(), "start": pa.int64(), "end": pa.int64(), "words": pa.string(), "weight": pa.float64()}
    types = {
        "dialogue_id": pa.string(),
        "turn_id": pa.int64(),
        "message_ids": pa.list_(pa.int64()),
        "predicted": pa.list_(pa.string()),
        "evidence": pa.list_(pa.struct({"tag": pa.string(), **span})),
    }
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in _columns(lines, tags)])
    pq.write_table(pa.Table.from_pylist([_cells(line, tags) for line in lines], schema), path)


def _record(span: Span) -> SpanRecord:
    weight = rounded({span.words: span.weight})[span.words]
    return SpanRecord(turn_id=span.turn_id, start=span.start, end=span.end, words=span.words, weight=weight)


def _columns(lines: Sequence[PredictionLine], tags: TagSet) -> list[str]:
    given = [short for part, short in (("probabilities", "p"), ("begun", "begun")) if any(part in li for li in lines)]
    return [
        "dialogue_id",
        "turn_id",
        "message_ids",
        "predicted",
        *(f"{part}_{tag}" for part in given for tag in tags.names),
        *(["evidence"] if any("evidence" in line for line in lines) else []),
    ]


def _cells(line: PredictionLine, tags: TagSet) -> dict[str, Any]:
    beliefs = {"p": line.get("probabilities", {}), "begun": line.get("begun", {})}
    flat = {f"{part}_{tag}": values.get(tag) for part, values in beliefs.items() for tag in tags.names}
    ids = line.get("message_ids", [line["turn_id"]])
    shown = {"dialogue_id": line["dialogue_id"], "turn_id": line["turn_id"], "predicted": line["predicted"]}
    spans = [{"tag": tag, **span} for tag, found in line.get("evidence", {}).items() for span in found]
    return {**shown, "message_ids": ids, "evidence": spans, **flat}
