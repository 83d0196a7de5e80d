"""Plots of a comparison: systems side by side, their calibration, and what a wider window or more data brings."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crisis_turns.comparison.comparison_file import Comparison, SystemCalibration, SystemScore
from crisis_turns.comparison.curves import TRAIN_LIMIT, WINDOW, Curve, curves

WINDOW_AXIS = "context window (turns before the current one)"
LIMIT_AXIS = "training dialogues"
_MARKS = ("o-", "s--", "^-.", "D:", "v-", "P--", "X-.", "*:")


def plots(comparison: Comparison) -> dict[str, Figure]:
    """File name to plot, of all that the comparison can show."""
    systems = comparison["systems"]
    found = {"scores.png": scores_plot(comparison)}
    calibrations = {system["name"]: system["calibration"] for system in systems if system["calibration"]}
    if len(calibrations) == len(systems):
        found["reliability.png"] = reliability_plot(calibrations)
    windows, limits = curves(systems, WINDOW), curves(systems, TRAIN_LIMIT)
    if windows:
        found["window.png"] = score_curves(windows, WINDOW_AXIS, comparison)
        found["cost.png"] = cost_curves(windows, WINDOW_AXIS)
    if limits:
        found["learning-curve.png"] = score_curves(limits, LIMIT_AXIS, comparison)
    return found


def scores_plot(comparison: Comparison) -> Figure:
    """Each seed a small mark, the mean a large one, the interval over dialogues and seeds a bar."""
    systems = comparison["systems"]
    figure = Figure(figsize=(7, 1.2 + 0.36 * len(systems)), layout="constrained")
    axes = figure.subplots()
    baseline = comparison["comparison"] and comparison["comparison"]["baseline"]
    for row, system in enumerate(systems):
        score = system["scores"][comparison["headline"]]
        if score["mean"] is None:
            continue
        tint = "C1" if system["name"] == baseline else "C0"
        axes.plot(_percent(score["ci95"]), [row, row], color=tint, linewidth=2, alpha=0.6)
        axes.plot(_percent(score["by_seed"]), [row] * len(score["by_seed"]), ".", color="0.35", ms=5)
        axes.plot(100 * score["mean"], row, "D" if system["name"] == baseline else "o", color=tint, ms=8)
    axes.set_yticks(range(len(systems)), [system["name"] for system in systems])
    axes.invert_yaxis()
    axes.set(xlabel=f"{_score_name(comparison)} (%), 95 % interval", xlim=(0, None))
    axes.grid(axis="x", alpha=0.3)
    return figure


def reliability_plot(calibrations: dict[str, SystemCalibration]) -> Figure:
    """What came true of what was believed, above 0.05; a second panel after temperature scaling, where all have it.

    Takes the systems' calibration by their names.
    """
    panels = {"before": {name: found["before"] for name, found in calibrations.items()}}
    after = {name: found["after"] for name, found in calibrations.items() if found["after"]}
    if len(after) == len(calibrations):
        panels["after"] = after
    figure = Figure(figsize=(max(6, 4.6 * len(panels)), 4.2 + 0.2 * len(calibrations)), layout="constrained")
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (side, systems) in zip(all_axes, panels.items(), strict=True):
        for (name, found), mark in zip(systems.items(), _MARKS * len(systems), strict=False):
            bins = found["reliability"]
            axes.plot([b["probability"] for b in bins], [b["observed"] for b in bins], mark, ms=4, label=name)
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
        axes.set(title=f"{side} temperature scaling", xlabel="mean probability of a bin", ylabel="share that came true")
        axes.grid(alpha=0.3)
    handles = all_axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", frameon=False, fontsize="small")
    return figure


def score_curves(found: Sequence[Curve], xlabel: str, comparison: Comparison) -> Figure:
    """The mean score of each system, with a band of one sd over seeds."""
    figure, axes = _curve_axes(found, xlabel)
    for curve, places, mark in zip(found, _places(found), _MARKS * len(found), strict=False):
        scores = [system["scores"][comparison["headline"]] for system in curve.systems]
        axes.plot(places, _percent([score["mean"] for score in scores]), mark, label=curve.name)
        axes.fill_between(places, *_sd_band(scores), alpha=0.15, linewidth=0)
    axes.set(ylabel=f"{_score_name(comparison)} (%), ± sd over seeds", ylim=(0, None))
    _name_lines(axes)
    return figure


def cost_curves(found: Sequence[Curve], xlabel: str) -> Figure:
    """Median seconds of training."""
    figure, axes = _curve_axes(found, xlabel)
    for curve, places, mark in zip(found, _places(found), _MARKS * len(found), strict=False):
        axes.plot(places, [system["fit_seconds"]["median"] for system in curve.systems], mark, label=curve.name)
    axes.set(ylabel="seconds of training, median over seeds", ylim=(0, None))
    _name_lines(axes)
    return figure


def _curve_axes(found: Sequence[Curve], xlabel: str) -> tuple[Figure, Axes]:
    """All sizes that occur, evenly spaced."""
    figure = Figure(figsize=(6, 3.8), layout="constrained")
    axes = figure.subplots()
    sizes = _sizes(found)
    axes.set_xticks(range(len(sizes)), ["all" if math.isinf(size) else f"{size:.0f}" for size in sizes])
    axes.set_xlabel(xlabel)
    axes.grid(alpha=0.3)
    return figure, axes


def _sizes(found: Sequence[Curve]) -> list[float]:
    return sorted({size for curve in found for size in curve.sizes})


def _places(found: Sequence[Curve]) -> list[list[int]]:
    """Where each curve's points stand on the axis."""
    sizes = _sizes(found)
    return [[sizes.index(size) for size in curve.sizes] for curve in found]


def _name_lines(axes: Axes) -> None:
    if len(axes.lines) > 1:
        axes.legend(frameon=False)


def _sd_band(scores: Sequence[SystemScore]) -> tuple[list[float], list[float]]:
    means = _percent([score["mean"] for score in scores])
    sds = [100 * (score["sd"] or 0.0) for score in scores]
    low = [mean - sd for mean, sd in zip(means, sds, strict=True)]
    return low, [mean + sd for mean, sd in zip(means, sds, strict=True)]


def _percent(shares: Sequence[float | None]) -> list[float]:
    """What is undefined leaves a gap."""
    return [math.nan if share is None else 100 * share for share in shares]


def _score_name(comparison: Comparison) -> str:
    score = "macro F1" if "accuracy" in comparison["systems"][0]["scores"] else "turn micro F1"
    return f"{comparison['split']} {score}"
