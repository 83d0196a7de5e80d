"""The record of a benchmark as pictures: who is how many times as fast, and how cost grows."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crisis_turns.files import write_atomic

_COLOURS = {"32": "#1f6f8b", "bf16": "#b4531f"}
_MARKERS = {"torch": "o", "ONNX": "s", "scikit-learn": "^"}
_NAMES = {"32": "float32", "bf16": "bf16"}


def draw(record: Mapping[str, Any], folder: Path) -> None:
    """Write ``ratios.png`` and ``growth.png``."""
    ratios = Figure(figsize=(8, 5.2), layout="constrained")
    for axes, part in zip(ratios.subplots(2, 1), ("training", "tagging"), strict=True):
        _bars(axes, record, part)
    growth = Figure(figsize=(8, 3.4), layout="constrained")
    for axes, name in zip(growth.subplots(1, 2), ("length", "window"), strict=True):
        _lines(axes, record["growth"][name], name)
    for figure, file in ((ratios, "ratios.png"), (growth, "growth.png")):
        write_atomic(folder / file, partial(figure.savefig, format="png", dpi=110))


def draw_cost(record: Mapping[str, Any], folder: Path) -> None:
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
    write_atomic(folder / "cost.png", partial(figure.savefig, format="png", dpi=110))


def _bars(axes: Axes, record: Mapping[str, Any], part: str) -> None:
    rows = record[part]
    systems = list(dict.fromkeys(row["system"] for row in rows))
    kinds = list(dict.fromkeys(row["precision"] for row in rows))
    height = 0.8 / len(kinds)
    for number, kind in enumerate(kinds):
        own = {row["system"]: row["times_plain_32"] for row in rows if row["precision"] == kind}
        places = [systems.index(name) + (number - (len(kinds) - 1) / 2) * height for name in own]
        middle, low, high = zip(*own.values(), strict=True)
        errors = [[m - a for m, a in zip(middle, low, strict=True)], [b - m for m, b in zip(middle, high, strict=True)]]
        axes.barh(places, middle, height, xerr=errors, color=_COLOURS[kind], label=_NAMES[kind], ecolor="#5b6875")
        for place, value, end in zip(places, middle, high, strict=True):
            axes.annotate(f" {value:.1f}", (end, place), va="center", fontsize=8)
    axes.set_yticks(range(len(systems)), systems)
    axes.invert_yaxis()
    axes.axvline(1, color="#5b6875", linewidth=0.8)
    axes.set_xlabel(f"{part}: dialogues a second, times the plain loop in float32")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def _lines(axes: Axes, rows: list[dict[str, Any]], name: str) -> None:
    keys = {"length": "turns", "window": "window"}
    labels = [row[keys[name]] for row in rows]
    for key, label, marker in (
        ("tagging_ms_per_turn", "tagging", "o"),
        ("training_above_encoder_ms_per_turn", "training above the turn encoder", "s"),
    ):
        axes.plot(range(len(rows)), [row[key] for row in rows], marker=marker, label=label)
    axes.set_xticks(range(len(rows)), ["all" if label is None else str(label) for label in labels])
    axes.set_xlabel("turns of a dialogue" if name == "length" else "window, turns back")
    axes.set_ylabel("milliseconds a turn")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
