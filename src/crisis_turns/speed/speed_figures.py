"""The record of a benchmark as pictures: who is how many times as fast, how cost grows, and F1 against speed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crisis_turns.files import write_atomic
from crisis_turns.speed.benchmark_file import CostPerTurn, Form, SystemRow, TaggingRecord, TrainingRecord
from crisis_turns.speed.settings import DTYPE_NAMES, Part, Precision

_COLOURS: dict[Precision, str] = {"32": "#1f6f8b", "bf16": "#b4531f"}
_MARKERS: dict[Form, str] = {"torch": "o", "ONNX": "s", "scikit-learn": "^"}
_GREY = "#5b6875"


def draw_training(record: TrainingRecord, folder: Path) -> None:
    """Write ``ratios.png`` and ``growth.png``."""
    ratios = Figure(figsize=(8, 5.2), layout="constrained")
    above, below = ratios.subplots(2, 1)
    _bars(above, "training", record["training"])
    _bars(below, "tagging", record["tagging"])
    _save(ratios, folder / "ratios.png")

    growth = Figure(figsize=(8, 3.4), layout="constrained")
    left, right = growth.subplots(1, 2)
    lengths, windows = record["growth"]["length"], record["growth"]["window"]
    _lines(left, lengths, [str(row["turns"]) for row in lengths], "turns of a dialogue")
    names = ["all" if row["window"] is None else str(row["window"]) for row in windows]
    _lines(right, windows, names, "window, turns back")
    _save(growth, folder / "growth.png")


def draw_tagging(record: TaggingRecord, folder: Path) -> None:
    """Write ``cost.png``: turn micro F1 against speed."""
    rows = record["variants"]
    systems = list(dict.fromkeys(row["system"] for row in rows))
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    for row in rows:
        hollow = not row["precision"].startswith("float")
        colour = f"C{systems.index(row['system'])}"
        axes.scatter(
            row["turns_per_s"], 100 * row["turn_micro_f1"], s=70, marker=_MARKERS[row["form"]], edgecolors=colour,
            facecolors="none" if hollow else colour, label=row["name"], zorder=2 + hollow,
        )  # fmt: skip
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), labelspacing=0.8)
    axes.set_xscale("log")
    axes.margins(x=0.1, y=0.15)
    axes.set_xlabel("turns a second")
    axes.set_ylabel(f"turn micro F1, {record['data']['name']} {record['data']['split']}")
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, folder / "cost.png")


def _bars(axes: Axes, part: Part, rows: Sequence[SystemRow]) -> None:
    systems = list(dict.fromkeys(row["system"] for row in rows))
    precisions = list(dict.fromkeys(row["precision"] for row in rows))
    height = 0.8 / len(precisions)
    for number, precision in enumerate(precisions):
        own = {row["system"]: row["times_plain_32"] for row in rows if row["precision"] == precision}
        places = [systems.index(name) + (number - (len(precisions) - 1) / 2) * height for name in own]
        middle, low, high = zip(*own.values(), strict=True)
        errors = [[m - a for m, a in zip(middle, low, strict=True)], [b - m for m, b in zip(middle, high, strict=True)]]
        colour, name = _COLOURS[precision], DTYPE_NAMES[precision]
        axes.barh(places, middle, height, xerr=errors, color=colour, label=name, ecolor=_GREY)
        for place, value, end in zip(places, middle, high, strict=True):
            axes.annotate(f" {value:.1f}", (end, place), va="center", fontsize=8)
    axes.set_yticks(range(len(systems)), systems)
    axes.invert_yaxis()
    axes.axvline(1, color=_GREY, linewidth=0.8)
    axes.set_xlabel(f"{part}: dialogues a second, times the plain loop in float32")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def _lines(axes: Axes, rows: Sequence[CostPerTurn], names: list[str], label: str) -> None:
    numbers = range(len(rows))
    axes.plot(numbers, [row["tagging_ms_per_turn"] for row in rows], marker="o", label="tagging")
    above = [row["training_above_encoder_ms_per_turn"] for row in rows]
    axes.plot(numbers, above, marker="s", label="training above the turn encoder")
    axes.set_xticks(numbers, names)
    axes.set_xlabel(label)
    axes.set_ylabel("milliseconds a turn")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def _save(figure: Figure, path: Path) -> None:
    write_atomic(path, partial(figure.savefig, format="png", dpi=110))
