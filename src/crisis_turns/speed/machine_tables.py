"""What training costs on the machine at hand, as Markdown: beside others, on larger corpora, with many seeds."""

from crisis_turns.speed.benchmark_file import ContentionRecord, CorpusSizeRecord, SeedsRecord
from crisis_turns.speed.settings import DTYPE_NAMES
from crisis_turns.speed.speed_tables import duration, hardware, ratio, table

Record = ContentionRecord | CorpusSizeRecord | SeedsRecord


def contention_tables(record: ContentionRecord) -> str:
    """A row for each manner, a column for each number of busy processes."""
    levels = sorted({row["busy"] for row in record["rows"]})
    cells = []
    for manner in dict.fromkeys(row["manner"] for row in record["rows"]):
        own = {row["busy"]: row for row in record["rows"] if row["manner"] == manner}
        used = sorted({n for row in own.values() for n in row["threads"]})
        cells.append([manner, " or ".join(map(str, used)), *(ratio(own[busy]["times_alone"]) for busy in levels)])
    names = ["alone" if busy == 0 else f"beside {busy} busy" for busy in levels]
    return (
        f"{_head(record)}, an epoch of {record['dialogues']} random dialogues, {record['rounds']} rounds: times as "
        "long as the default alone (lowest to highest round).\n\n" + table(["waiting", "threads", *names], cells) + "\n"
    )


def corpus_tables(record: CorpusSizeRecord) -> str:
    """A row for each size."""
    head = [
        "training dialogues", "word pieces", "tokenise", "states, once", "an epoch", "disk, MiB", "memory, MiB",
        "with what is mapped, MiB",
    ]  # fmt: skip
    cells = [
        [
            f"{row['dialogues']:,}", f"{row['tokens']:,}", duration(row["tokenise_s"]), duration(row["states_s"]),
            duration(row["epoch_s"]), f"{row['disk_mib']:,.0f}", f"{row['peak_mib']:,.0f}",
            f"{row['peak_with_mapped_mib']:,.0f}",
        ]
        for row in record["rows"]
    ]  # fmt: skip
    return (
        f"{_head(record)}, random dialogues; times of states told from {record['sample']} dialogues, of an epoch from "
        f"{record['steps']} steps.\n\n" + table(head, cells) + "\n"
    )


def seeds_tables(record: SeedsRecord) -> str:
    """One command for several seeds against one run, with an empty cache and with a full one."""
    cells = [
        [row["name"], "empty" if row["cold"] else "full", duration(row["seconds"]), f"{row['times_one']:.2f}"]
        for row in record["rows"]
    ]
    equal = "equal" if record["equal"] else "DIFFER FROM"
    return (
        f"{_head(record)}, {record['dialogues']} dialogues of the embedded corpus, {record['epochs']} epochs. Weights "
        f"of the seeds {equal} those of a single run with as many threads, bit for bit.\n\n"
        + table(["command", "cache", "time", "× one run"], cells)
        + "\n"
    )


def _head(record: Record) -> str:
    layers = record["trainable_layers"]
    part = {0: "frozen", "all": "all layers trained"}.get(layers, f"top {layers} layers trained")
    return (
        f"{hardware(record['machine'])}; {record['machine']['date']}. Encoder {record['encoder']}, {part}, "
        f"{DTYPE_NAMES[record['precision']]}"
    )
