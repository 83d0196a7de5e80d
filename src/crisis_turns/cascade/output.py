"""A cascade to read: its record, its tables, and the picture of quality against how often the large system is asked."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from crisis_turns.cascade.cascade_file import CascadeRecord, CurvePoint
from crisis_turns.comparison.table_page import Picture, TablePage
from crisis_turns.comparison.text_table import TextTable
from crisis_turns.words import SECTIONS, decimal, percent, signed_percent, span


def write_cascade(record: CascadeRecord, folder: Path) -> None:
    """Write ``cascade-<split>.json``, its picture and its page."""
    name = f"cascade-{record['split']}"
    alt = "Scores against the share of turns that the large system is asked about"
    _page(record).write(folder, name, record, [Picture(f"{name}.png", alt, picture(record))])


def print_cascade(record: CascadeRecord) -> None:
    """The tables on the terminal."""
    _page(record).show()


def _page(record: CascadeRecord) -> TablePage:
    drawn = f"{record['small']} and, where it is unsure, {record['large']}: {record['corpus']} {record['split']}"
    return TablePage(drawn, tables(record), notes(record))


def tables(record: CascadeRecord) -> list[TextTable]:
    """How the rule was chosen, what the cascade does, and the curve."""
    found = [_chosen(record), _curve(record)]
    choice = record["choice"]
    if choice:
        rows: list[tuple[str, ...]] = [
            (rule, percent(s["mean_f1"]), percent(s["best_f1"]), percent(s["best_share"]))
            for rule, s in choice["rules"].items()
        ]
        up_to = percent(record["largest_share"], 0)
        title = f"rules on {choice['split']}, where at most {up_to} % of the turns may be asked about"
        found.insert(0, TextTable(title, ("rule", "mean micro F1", "best", "at % asked"), rows))
    return found


def notes(record: CascadeRecord) -> list[str]:
    """What a reader must know beside the tables."""
    how = f"chosen on {record['choice']['split']}" if record["choice"] else "given, not chosen"
    found = [
        f"Rule: {record['rule']}, {how}. Scores in percent; false: false alarms per 100 user turns. Each tag counts "
        "at its first turn after both systems' tags are merged.",
        "Alerts: of 1,000 conversations of which one in a hundred holds a label; right: the share of them that are.",
        "A file that gives each tag once per dialogue does not hold what its system would have said again later.",
    ]
    if record["price"] is not None:
        found.append(f"Price: per 1,000 user turns, at {record['price']:g} for a turn that is asked about.")
    return found


def picture(record: CascadeRecord) -> Figure:
    """F1 and recall, with F1 of turns that are drawn by lot, and the point that was chosen."""
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    points, lots = record["curve"], record["by_lot"]
    shares = [100 * p["share"] for p in points]
    axes.plot(shares, _percents(points, "micro_f1"), "o-", ms=4, label="micro F1")
    axes.plot(shares, _percents(points, "micro_recall"), "s--", ms=4, label="micro recall")
    axes.plot(
        [100 * p["share"] for p in lots], [_percent(p["micro_f1"]) for p in lots], ":", color="C0",
        label="micro F1, turns drawn by lot",
    )  # fmt: skip
    at = record["chosen"]["curve"]
    axes.plot(100 * at["share"], _percent(at["micro_f1"]), "D", color="C3", ms=8, label="chosen")
    axes.set(xlabel=f"user turns that {record['large']} is asked about (%)", ylabel=f"{record['split']} (%)")
    axes.set(xlim=(-2, 102), ylim=(0, None))
    if record["price"]:
        full = 1000 * record["price"] / 100
        above = axes.secondary_xaxis("top", functions=(lambda x: np.multiply(x, full), lambda x: np.divide(x, full)))
        above.set_xlabel("price of 1,000 user turns")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize="small")
    return figure


def _chosen(record: CascadeRecord) -> TextTable:
    chosen = record["chosen"]
    rows = []
    for name, scores in chosen["levels"].items():
        minus = [chosen["minus_small"][name], chosen["minus_large"][name]]
        rows.append((
            SECTIONS[name], percent(scores["micro_f1"]), span(scores["micro_f1_ci95"]),
            *(f"{signed_percent(d['difference'])} ({span(d['difference_ci95'])})" for d in minus),
        ))  # fmt: skip
    title = f"asked about {percent(chosen['curve']['share'])} % of {record['n_user_turns']:,} user turns"
    return TextTable(title, ("level", "micro F1", "95 % interval", "minus small", "minus large"), rows)


def _curve(record: CascadeRecord) -> TextTable:
    priced = record["price"] is not None
    header = (
        "% asked",
        "micro F1",
        "precision",
        "recall",
        "dialogue",
        "false",
        "alerts",
        "right",
        *["price"] * priced,
        "F1 by lot",
    )
    lots = {round(p["share"], 6): p["micro_f1"] for p in record["by_lot"]}
    rows = []
    for p in record["curve"]:
        price = p["price_per_1000_turns"]
        rows.append((
            percent(p["share"]), percent(p["micro_f1"]), percent(p["micro_precision"]), percent(p["micro_recall"]),
            percent(p["dialogue_micro_f1"]), decimal(p["false_per_100_turns"], 2),
            decimal(p["alerts_per_1000"]), percent(p["alert_precision"]),
            *["–" if price is None else f"{price:.4g}"] * priced, percent(lots.get(round(p["share"], 6))),
        ))  # fmt: skip
    return TextTable("from never to always", header, rows)


def _percents(points: list[CurvePoint], name: str) -> list[float]:
    return [_percent(p[name]) for p in points]  # type: ignore[literal-required]


def _percent(score: float | None) -> float:
    return float("nan") if score is None else 100 * score
