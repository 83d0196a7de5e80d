"""The record of a benchmark as Markdown: the speed table of trained taggers, and those of training and its growth."""

from collections.abc import Sequence

from crisis_turns.speed.benchmark_file import (
    CorpusRow,
    CostPerTurn,
    Machine,
    SystemRow,
    TaggingRecord,
    TrainingRecord,
    VariantRow,
)
from crisis_turns.speed.settings import DTYPE_NAMES, Part
from crisis_turns.speed.timing import PERCENTILES, POSITIONS, Latency, Ratio


def training_tables(record: TrainingRecord) -> str:
    """What was measured on, then a table for each part, then growth."""
    parts = (_systems("training", record["training"]), _systems("tagging", record["tagging"]))
    return "\n\n".join([_random_dialogues(record), *parts, *_growth(record)]) + "\n"


def tagging_tables(record: TaggingRecord) -> str:
    """What was measured on, then speed and cost, then latency, then what was not measured."""
    parts = [_corpus(record), _variants(record), _latency(record["variants"])]
    if record["refused"]:
        parts.append("\n".join(f"Not measured: {row['name']}: {row['reason']}." for row in record["refused"]))
    return "\n\n".join(parts) + "\n"


def _random_dialogues(record: TrainingRecord) -> str:
    encoder, pieces = record["encoder"], record["word_pieces_per_turn"]
    n, k, m = record["matrix_shape"]
    rates = ", ".join(f"{rate / 1e9:,.0f} GFLOP/s in {DTYPE_NAMES[p]}" for p, rate in record["matrix_rate"].items())
    return (
        f"{hardware(record['machine'])}; {record['machine']['date']}. "
        f"Encoder {encoder['name']} ({encoder['parameters'] / 1e6:.1f} M parameters), "
        f"{record['dialogues']} random dialogues of {record['turns'] / record['dialogues']:.1f} turns, "
        f"{pieces['mean']:.0f} word pieces a turn (95 % up to {pieces['p95']:.0f}, longest {pieces['longest']}), "
        f"medians of {record['rounds']} rounds. Matrix rate: {rates}, {n} × {k} times {k} × {m}."
    )


def _systems(part: Part, rows: Sequence[SystemRow]) -> str:
    head = [
        part, "encoder in", "dialogues/s", "× plain loop, same precision (lowest to highest round)",
        "× plain loop in float32", "word pieces/s", "padding", "of the matrix rate", "peak MiB",
    ]  # fmt: skip
    cells = [
        [
            row["system"], DTYPE_NAMES[row["precision"]], f"{row['dialogues_per_s']:.2f}", ratio(row["times_plain"]),
            f"{row['times_plain_32'][0]:.2f}", f"{row['tokens_per_s']:,.0f}", f"{100 * row['padding']:.0f} %",
            f"{100 * row['matrix_share']:.0f} %", _mib(row),
        ]
        for row in rows
    ]  # fmt: skip
    return table(head, cells)


def _growth(record: TrainingRecord) -> list[str]:
    grown = record["growth"]
    costs = ["tagging, ms a turn", "training above the turn encoder, ms a turn"]
    epochs = "; ".join(
        f"{size['dialogues']:,} dialogues, one epoch: {duration(size['dialogues'] / row['dialogues_per_s'])}"
        for row in record["training"]
        if row["system"] == "ours" and row["precision"] == "32"
        for size in grown["corpus"]
    )
    windows = [["null" if r["window"] is None else str(r["window"]), *_per_turn(r)] for r in grown["window"]]
    return [
        table(["turns of a dialogue", *costs], [[str(r["turns"]), *_per_turn(r)] for r in grown["length"]]),
        table(["model.context_window", *costs], windows),
        _data_path(grown["corpus"]),
        f"Extrapolated from the training table (ours, float32): {epochs}.",
    ]


def _per_turn(row: CostPerTurn) -> list[str]:
    return [f"{row['tagging_ms_per_turn']:.2f}", f"{row['training_above_encoder_ms_per_turn']:.2f}"]


def _data_path(rows: Sequence[CorpusRow]) -> str:
    head = ["dialogues", "turns", "word pieces", "tokenise, s", "batches of an epoch, s", "memory, MiB"]
    cells = [
        [
            f"{row['dialogues']:,}", f"{row['turns']:,}", f"{row['tokens']:,}", f"{row['tokenise_s']:.1f}",
            f"{row['batch_epoch_s']:.1f}", f"{row['encoded_mib']:,.0f}",
        ]
        for row in rows
    ]  # fmt: skip
    return table(head, cells)


def _corpus(record: TaggingRecord) -> str:
    facts, data = record["machine"], record["data"]
    return (
        f"{hardware(facts)}, onnxruntime {facts['onnxruntime']}; {facts['date']}. "
        f"Timed from text to decisions on {record['dialogues']} dialogues of {data['name']} {data['split']} "
        f"({record['turns']:,} turns, {record['user_turns']:,} by the user), medians of {record['rounds']} rounds; "
        f"torch in batches of dialogues, ONNX one turn a call. Loading is timed after imports; turn micro F1 is of the "
        "whole split. "
        f"Ratios are against {record['base']}."
    )


def _variants(record: TaggingRecord) -> str:
    head = [
        "tagger", f"× {record['base']} (lowest to highest round)", "turns/s", "user turns/s", "turn micro F1",
        "load, s", "on disk, MB", "peak MiB",
    ]  # fmt: skip
    cells = [
        [
            row["name"], ratio(row["times_base"]), f"{row['turns_per_s']:,.0f}", f"{row['user_turns_per_s']:,.0f}",
            f"{100 * row['turn_micro_f1']:.1f}", f"{row['load_s']:.2f}", f"{row['size_mb']:.1f}", _mib(row),
        ]
        for row in record["variants"]
    ]  # fmt: skip
    return table(head, cells)


def _latency(rows: Sequence[VariantRow]) -> str:
    figures = "/".join(f"p{p}" for p in PERCENTILES)
    head = ["one turn at a time, ms", *(f"turn {position}: {figures}" for position in POSITIONS)]
    return table(head, [[row["name"], *_milliseconds(row["latency_ms"])] for row in rows])


def _milliseconds(latency: Latency | None) -> list[str]:
    if latency is None:
        return ["–"] * len(POSITIONS)
    return ["/".join(f"{latency[str(at)][f'p{p}']:.2f}" for p in PERCENTILES) for at in POSITIONS]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def hardware(facts: Machine) -> str:
    """What was measured on, in one line."""
    where = facts["processor"] if facts["device"] == "cpu" else f"{facts['device']} ({facts['processor']})"
    return (
        f"{where}, {facts['cores']} cores, {facts['threads']} threads, {' '.join(facts['flags'])}; "
        f"torch {facts['torch']}"
    )


def ratio(values: Ratio) -> str:
    """The median, with the lowest and highest round."""
    median, lowest, highest = values
    return f"{median:.2f} ({lowest:.2f} to {highest:.2f})"


def _mib(row: SystemRow | VariantRow) -> str:
    return f"{row['peak_mib']:,.0f}" if "peak_mib" in row else "–"


def duration(seconds: float) -> str:
    """Seconds or minutes, whole ones."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
