"""The record of a benchmark as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any


def markdown(record: Mapping[str, Any]) -> str:
    """What was measured on, then a table for each part."""
    return (
        "\n\n".join([_where(record), *(_part(record, part) for part in ("training", "tagging")), _growth(record)])
        + "\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def hardware(facts: Mapping[str, Any]) -> str:
    """The machine in words."""
    where = facts["processor"] if facts["device"] == "cpu" else f"{facts['device']} ({facts['processor']})"
    return (
        f"{where}, {facts['cores']} cores, {facts['threads']} threads, {' '.join(facts['flags'])}; "
        f"torch {facts['torch']}"
    )


def _where(record: Mapping[str, Any]) -> str:
    facts, encoder = record["machine"], record["encoder"]
    n, k, m = record["matrix_shape"]
    rates = ", ".join(f"{record['matrix_rate'][p] / 1e9:,.0f} GFLOP/s in {_dtype(p)}" for p in record["matrix_rate"])
    pieces = record["word_pieces_per_turn"]
    return (
        f"{hardware(facts)}; {facts['date']}. "
        f"Encoder {encoder['name']} ({encoder['parameters'] / 1e6:.1f} M parameters), "
        f"{record['dialogues']} random dialogues of {record['turns'] / record['dialogues']:.1f} turns, "
        f"{pieces['mean']:.0f} word pieces a turn (95 % up to {pieces['p95']:.0f}, longest {pieces['longest']}), "
        f"medians of {record['rounds']} rounds. Matrix rate: {rates}, {n} × {k} times {k} × {m}."
    )


def _part(record: Mapping[str, Any], part: str) -> str:
    head = [
        part, "encoder in", "dialogues/s", "× plain loop, same precision (lowest to highest round)",
        "× plain loop in float32", "word pieces/s", "padding", "of the matrix rate", "peak MiB",
    ]  # fmt: skip
    rows = [
        [
            row["system"], _dtype(row["precision"]), f"{row['dialogues_per_s']:.2f}", ratio(row["times_plain"]),
            f"{row['times_plain_32'][0]:.2f}", f"{row['tokens_per_s']:,.0f}", f"{100 * row['padding']:.0f} %",
            f"{100 * row['matrix_share']:.0f} %", f"{row['peak_mib']:,.0f}" if "peak_mib" in row else "–",
        ]
        for row in record[part]
    ]  # fmt: skip
    return table(head, rows)


def _growth(record: Mapping[str, Any]) -> str:
    def milliseconds(row: Mapping[str, Any]) -> list[str]:
        return [f"{row['tagging_ms_per_turn']:.2f}", f"{row['training_above_encoder_ms_per_turn']:.2f}"]

    costs = ["tagging, ms a turn", "training above the turn encoder, ms a turn"]
    grown = record["growth"]
    length = table(["turns of a dialogue", *costs], [[str(r["turns"]), *milliseconds(r)] for r in grown["length"]])
    window = table(
        ["model.context_window", *costs],
        [["null" if r["window"] is None else str(r["window"]), *milliseconds(r)] for r in grown["window"]],
    )
    names = ["dialogues", "turns", "word pieces", "tokenise, s", "batches of an epoch, s", "memory, MiB"]
    corpus = table(
        names,
        [
            [f"{r['dialogues']:,}", f"{r['turns']:,}", f"{r['tokens']:,}", f"{r['tokenise_s']:.1f}",
             f"{r['batch_epoch_s']:.1f}", f"{r['encoded_mib']:,.0f}"]
            for r in grown["corpus"]
        ],
    )  # fmt: skip
    epochs = "; ".join(
        f"{r['dialogues']:,} dialogues, one epoch: {_duration(r['dialogues'] / row['dialogues_per_s'])}"
        for row in record["training"]
        if row["system"] == "ours" and row["precision"] == "32"
        for r in grown["corpus"]
    )
    return "\n\n".join([length, window, corpus, f"Extrapolated from the training table (ours, float32): {epochs}."])


def ratio(values: Sequence[float]) -> str:
    """Median, lowest and highest."""
    return f"{values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})"


def _dtype(precision: str) -> str:
    return "float32" if precision == "32" else precision


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
