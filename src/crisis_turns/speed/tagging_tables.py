"""The record of ``target=tagging`` as Markdown."""

from collections.abc import Mapping
from typing import Any

from crisis_turns.speed.latency import PERCENTILES, POSITIONS
from crisis_turns.speed.tables import hardware, ratio, table


def markdown(record: Mapping[str, Any]) -> str:
    """What was measured on, then speed and cost, then latency, then what was not measured."""
    parts = [_where(record), _speed(record), _latency(record)]
    if record["refused"]:
        parts.append("\n".join(f"Not measured: {row['name']}: {row['reason']}." for row in record["refused"]))
    return "\n\n".join(parts) + "\n"


def _where(record: Mapping[str, Any]) -> str:
    facts, data = record["machine"], record["data"]
    return (
        f"{hardware(facts)}, onnxruntime {facts['onnxruntime']}; {facts['date']}. "
        f"Timed from text to decisions on {record['dialogues']} dialogues of {data['name']} {data['split']} "
        f"({record['turns']:,} turns, {record['user_turns']:,} by the user), medians of {record['rounds']} rounds; "
        f"torch in batches of dialogues, ONNX one turn a call. Loading is timed after imports; turn micro F1 is of the "
        "whole split. "
        f"Ratios are against {record['base']}."
    )


def _speed(record: Mapping[str, Any]) -> str:
    head = [
        "tagger", f"× {record['base']} (lowest to highest round)", "turns/s", "user turns/s", "turn micro F1",
        "load, s", "on disk, MB", "peak MiB",
    ]  # fmt: skip
    rows = [
        [
            row["name"], ratio(row["times_base"]), f"{row['turns_per_s']:,.0f}", f"{row['user_turns_per_s']:,.0f}",
            f"{100 * row['turn_micro_f1']:.1f}", f"{row['load_s']:.2f}", f"{row['size_mb']:.1f}",
            f"{row['peak_mib']:,.0f}" if "peak_mib" in row else "–",
        ]
        for row in record["variants"]
    ]  # fmt: skip
    return table(head, rows)


def _latency(record: Mapping[str, Any]) -> str:
    figures = "/".join(f"p{p}" for p in PERCENTILES)
    head = ["one turn at a time, ms", *(f"turn {position}: {figures}" for position in POSITIONS)]
    return table(head, [[row["name"], *_cells(row["latency_ms"])] for row in record["variants"]])


def _cells(latency: Mapping[str, Mapping[str, float]] | None) -> list[str]:
    if latency is None:
        return ["–"] * len(POSITIONS)
    return ["/".join(f"{latency[str(at)][f'p{p}']:.2f}" for p in PERCENTILES) for at in POSITIONS]
