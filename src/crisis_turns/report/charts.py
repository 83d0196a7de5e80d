"""Charts as SVG data addresses, each in a light and a dark version; matplotlib without a display.

An SVG inside an image cannot run anything and needs no style exception from the page.
"""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crisis_turns.metrics.alarm_sections import DetectionPoint, Safety, Timing
from crisis_turns.metrics.score_sections import Calibration, ThresholdPoint
from crisis_turns.words import percent_sign

WIDTH, HEIGHT = 4.5, 2.9  # inches; small, so that the letters stay legible on a phone
FARTHEST = 5  # user turns; what is further off is put together


@dataclass(frozen=True)
class Palette:
    ink: str
    muted: str
    grid: str
    good: str
    bad: str


LIGHT = Palette(ink="#1f2933", muted="#5b6875", grid="#dfe3e6", good="#1f6f8b", bad="#b4531f")
DARK = Palette(ink="#e7ebee", muted="#a3afba", grid="#36424d", good="#7cc0d8", bad="#f0a070")


@dataclass(frozen=True)
class Picture:
    """Two ``data:`` addresses of the same figure, and its content in words."""

    light: str
    dark: str
    alt: str


def draw(paint: Callable[[Axes, Palette], None], alt: str) -> Picture:
    """Both versions of a figure; the same input gives the same bytes."""
    return Picture(_svg(paint, LIGHT), _svg(paint, DARK), alt)


def timing_histogram(timing: Timing) -> Picture:
    """How many user turns early or late each tag came, and how many never came."""
    bars = dict.fromkeys(range(-FARTHEST, FARTHEST + 1), 0)
    for turns, n in timing["difference"].items():
        bars[max(-FARTHEST, min(FARTHEST, int(turns)))] += n
    missed = timing["counts"]["missed"]

    def paint(axes: Axes, colours: Palette) -> None:
        tints = [colours.good if turns == 0 else colours.muted for turns in bars]
        never = FARTHEST + 2
        drawn = axes.bar([*bars, never], [*bars.values(), missed], color=[*tints, colours.bad], width=0.78)
        for patch, turns in zip(drawn, [*bars, never], strict=True):
            patch.set_hatch("" if turns == 0 else "xx" if turns == never else "//" if turns < 0 else "\\\\")
            patch.set_edgecolor(colours.grid)
        axes.bar_label(drawn, [str(n) if n else "" for n in [*bars.values(), missed]], padding=2, color=colours.ink)
        names = [f"≤{-FARTHEST}", *map(str, range(1 - FARTHEST, 0)), "0", *(f"+{i}" for i in range(1, FARTHEST))]
        axes.set_xticks([*bars, never], [*(n.replace("-", "−") for n in names), f"≥+{FARTHEST}", "never"])
        axes.set_xlabel("user turns early (−) or late (+)")
        axes.set_ylabel("tags")
        axes.margins(y=0.15)

    early, late = timing["counts"]["early"], timing["counts"]["late"]
    on_time = timing["counts"]["on_time"]
    return draw(paint, f"Histogram: {early} tags early, {on_time} on time, {late} late, {missed} never predicted.")


def reliability_diagram(calibration: Calibration) -> Picture:
    """Probabilities said against shares observed, one point per bin."""
    bins = calibration["bins"]

    def paint(axes: Axes, colours: Palette) -> None:
        axes.plot([0, 1], [0, 1], color=colours.muted, linestyle=(0, (2, 3)), linewidth=1)
        xs, ys = [b["probability"] for b in bins], [b["observed"] for b in bins]
        axes.plot(xs, ys, color=colours.good, linewidth=1.2)
        axes.scatter(xs, ys, s=[12 + 12 * len(str(b["n"])) for b in bins], color=colours.good, zorder=3)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="probability that the system gave", ylabel="share that was so")

    error = calibration["expected_calibration_error"]
    return draw(paint, f"Reliability diagram of {len(bins)} bins; expected calibration error {error:.4f}.")


def threshold_curves(curve: Sequence[ThresholdPoint], threshold: float | None) -> Picture:
    """F1, precision and recall at every threshold, with the one in use."""

    def paint(axes: Axes, colours: Palette) -> None:
        for name, scores, line, colour, width in (
            ("F1", [p["f1"] for p in curve], "-", colours.good, 2.0),
            ("precision", [p["precision"] for p in curve], "--", colours.muted, 1.3),
            ("recall", [p["recall"] for p in curve], ":", colours.bad, 1.6),
        ):
            points = [(p["threshold"], score) for p, score in zip(curve, scores, strict=True) if score is not None]
            axes.plot(*zip(*points, strict=True), label=name, linestyle=line, color=colour, linewidth=width)
        if threshold is not None and threshold <= 1:
            axes.axvline(threshold, color=colours.ink, linewidth=1)
            side, offset = ("right", -4) if threshold > 0.5 else ("left", 4)
            axes.annotate(f"in use: {threshold:.2f}", (threshold, 1.04), (offset, 0), textcoords="offset points",
                          ha=side, va="top", color=colours.ink)  # fmt: skip
        axes.set(xlim=(0, 1), ylim=(0, 1.05), xlabel="threshold", ylabel="turn-level score")
        left = threshold is not None and threshold > 0.5  # the side that the line leaves free
        axes.legend(loc="upper left" if left else "upper right", bbox_to_anchor=(0 if left else 1, 0.92),
                    frameon=False, labelcolor=colours.ink)  # fmt: skip

    best = max((p["f1"] or 0.0) for p in curve)
    return draw(paint, f"Turn-level F1, precision and recall by threshold; the highest F1 on the curve is {best:.3f}.")


def detection_curves(safety: Safety, curve: Sequence[DetectionPoint]) -> Picture:
    """Confirmed dialogues flagged against false alarms per 100 user turns."""
    used = safety["false_alarms_per_100_turns"] or 0.0

    def paint(axes: Axes, colours: Palette) -> None:
        xs = [p["false_alarms_per_100_turns"] or 0.0 for p in curve]
        ever, in_time = [p["detected"] or 0.0 for p in curve], [p["detected_in_time"] or 0.0 for p in curve]
        axes.plot(xs, ever, color=colours.muted, linestyle="--", label="flagged at all")
        axes.plot(xs, in_time, color=colours.good, linewidth=2, label="by the Confirm")
        axes.scatter([used], [safety["flagged_by_confirm"] or 0.0], s=52, marker="D", color=colours.bad, zorder=4,
                     label="as decided")  # fmt: skip
        axes.set(xlim=(0, max(20.0, 2.2 * used)), ylim=(0, 1.05))
        axes.set(xlabel="false alarms per 100 unlabelled user turns", ylabel="confirmed dialogues")
        axes.legend(loc="lower right", frameon=False, labelcolor=colours.ink)

    share = percent_sign(safety["flagged_by_confirm"])
    said = f"{share} flagged by the Confirm at {used:.1f} false alarms per 100 turns"
    return draw(paint, f"Detection against false alarms; as decided: {said}.")


def _svg(paint: Callable[[Axes, Palette], None], colours: Palette) -> str:
    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "report",
        "font.family": "sans-serif",
        "font.size": 9,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "text.color": colours.ink,
        "axes.labelcolor": colours.ink,
        "axes.edgecolor": colours.muted,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": colours.grid,
        "grid.linewidth": 0.7,
        "xtick.color": colours.muted,
        "ytick.color": colours.muted,
        "xtick.labelcolor": colours.ink,
        "ytick.labelcolor": colours.ink,
        "hatch.color": colours.grid,
    }
    with rc_context(style):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        paint(figure.add_subplot(), colours)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue().replace("'sans-serif'", "sans-serif")
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()
