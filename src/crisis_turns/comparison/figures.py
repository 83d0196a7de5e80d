"""Pictures of a comparison, drawn from its record: systems side by side, and what a wider window brings and costs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crisis_turns.comparison.systems import named

WINDOW = "model.context_window"
_MARKS = ("o-", "s--", "^-.", "D:", "v-", "P--", "X-.", "*:")
Curve = list[dict[str, Any]]
"""Systems that differ in the window only, the widest last."""
Paint = Callable[[Axes, dict[str, Any], Curve, list[int]], None]


def draw_figures(record: dict[str, Any], write: Callable[[str, Callable[[Path], object]], object]) -> list[str]:
    """Draw what the record can show.

    Args:
        write: takes a file's name and a function that writes a picture to a path.

    Returns:
        The names of the files.
    """
    figures = {"scores.png": _side_by_side(record)}
    if all(system["calibration"] for system in record["systems"]):
        figures["reliability.png"] = _reliability(record)
    curves = window_curves(record)
    if curves:
        figures["window.png"] = _against_window(record, curves, _score_axis)
        figures["cost.png"] = _against_window(record, curves, _cost_axis)
    for name, figure in figures.items():
        write(name, lambda path, drawn=figure: drawn.savefig(path, format="png", dpi=120))  # type: ignore[misc]
    return list(figures)


def window_curves(record: dict[str, Any]) -> dict[str, Curve]:
    """Systems by what they are called beside their window; nothing where no two differ in the window."""
    systems = [system for system in record["systems"] if WINDOW in system["settings"]]
    rest = [{key: value for key, value in system["settings"].items() if key != WINDOW} for system in systems]
    curves: dict[str, Curve] = {}
    for system, (name, _) in zip(systems, named(rest), strict=True):
        curves.setdefault(name, []).append(system)
    ordered = {name: sorted(curve, key=_window) for name, curve in curves.items()}
    return {name: curve for name, curve in ordered.items() if len(curve) > 1}


def _window(system: dict[str, Any]) -> float:
    size = system["settings"][WINDOW]
    return float("inf") if size is None else float(size)


def _side_by_side(record: dict[str, Any]) -> Figure:
    """Each seed a small mark, the mean a large one, the interval over dialogues and seeds a bar."""
    systems = record["systems"]
    figure = Figure(figsize=(7, 1.2 + 0.36 * len(systems)), layout="constrained")
    axes = figure.subplots()
    baseline = record["comparison"] and record["comparison"]["baseline"]
    for row, system in enumerate(systems):
        score = system["scores"][record["headline"]]
        if score["mean"] is None:
            continue
        tint = "C1" if system["name"] == baseline else "C0"
        axes.plot([100 * end for end in score["ci95"]], [row, row], color=tint, linewidth=2, alpha=0.6)
        axes.plot([100 * value for value in score["by_seed"]], [row] * len(score["by_seed"]), ".", color="0.35", ms=5)
        axes.plot(100 * score["mean"], row, "D" if system["name"] == baseline else "o", color=tint, ms=8)
    axes.set_yticks(range(len(systems)), [system["name"] for system in systems])
    axes.invert_yaxis()
    axes.set(xlabel=f"{record['split']} {_score_name(record)} (%), 95 % interval", xlim=(0, None))
    axes.grid(axis="x", alpha=0.3)
    return figure


def _reliability(record: dict[str, Any]) -> Figure:
    """What came true of what was believed, above 0.05; a second panel after temperature scaling, where there is one."""
    sides = [side for side in ("before", "after") if all(s["calibration"][side] for s in record["systems"])]
    figure = Figure(figsize=(max(6, 4.6 * len(sides)), 4.2 + 0.2 * len(record["systems"])), layout="constrained")
    panels = figure.subplots(1, len(sides), squeeze=False)[0]
    for axes, side in zip(panels, sides, strict=True):
        for system, mark in zip(record["systems"], _MARKS * len(record["systems"]), strict=False):
            bins = system["calibration"][side]["reliability"]
            axes.plot([b["probability"] for b in bins], [b["observed"] for b in bins], mark, ms=4, label=system["name"])
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
        axes.set(title=f"{side} temperature scaling", xlabel="mean probability of a bin", ylabel="share that came true")
        axes.grid(alpha=0.3)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", frameon=False, fontsize="small")
    return figure


def _against_window(record: dict[str, Any], curves: dict[str, Curve], paint: Paint) -> Figure:
    """One line per curve over all windows that occur, evenly spaced."""
    windows = sorted({_window(system) for curve in curves.values() for system in curve})
    figure = Figure(figsize=(6, 3.8), layout="constrained")
    axes = figure.subplots()
    for (name, curve), mark in zip(curves.items(), _MARKS * len(curves), strict=False):
        paint(axes, record, curve, [windows.index(_window(system)) for system in curve])
        axes.lines[-1].set_label(name)
        axes.lines[-1].set(marker=mark[0], linestyle=mark[1:])
    axes.set_xticks(range(len(windows)), ["all" if size == float("inf") else f"{size:.0f}" for size in windows])
    axes.set(xlabel="context window (turns before the current one)", ylim=(0, None))
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend(frameon=False)
    return figure


def _score_axis(axes: Axes, record: dict[str, Any], curve: Curve, places: list[int]) -> None:
    """The mean, with a band of one sd over seeds."""
    scores = [system["scores"][record["headline"]] for system in curve]
    means = [float("nan") if score["mean"] is None else 100 * score["mean"] for score in scores]
    spread = [100 * (score["sd"] or 0.0) for score in scores]
    low, high = ([m + sign * s for m, s in zip(means, spread, strict=True)] for sign in (-1, 1))
    axes.plot(places, means)
    axes.fill_between(places, low, high, alpha=0.15, linewidth=0)
    axes.set_ylabel(f"{record['split']} {_score_name(record)} (%), ± sd over seeds")


def _cost_axis(axes: Axes, record: dict[str, Any], curve: Curve, places: list[int]) -> None:
    axes.plot(places, [system["fit_seconds"]["median"] for system in curve])
    axes.set_ylabel("seconds of training, median over seeds")


def _score_name(record: dict[str, Any]) -> str:
    return "macro F1" if "accuracy" in record["systems"][0]["scores"] else "turn micro F1"
