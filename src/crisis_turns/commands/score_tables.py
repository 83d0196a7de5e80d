"""Tables on the terminal: the same figures as in the metrics files, in a fixed order."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crisis_turns.commands.answer_tables import answers_told, as_said
from crisis_turns.commands.service_tables import service_tables
from crisis_turns.metrics.alarm_sections import Stretch
from crisis_turns.metrics.metrics_file import Comparison, MetricsRecord, PartScores
from crisis_turns.metrics.published import NOT_COMPARABLE, ranking
from crisis_turns.metrics.score_sections import (
    LEVEL_SECTIONS,
    CalibrationSection,
    ErrorCounts,
    ExclusiveScores,
    Interval,
    ProbeScores,
    ProperScores,
    ScaledCalibration,
)
from crisis_turns.words import SECTIONS, STRETCHES, decimal, forgiven, percent, spaced, span

_SHOWN_STRETCHES: tuple[Stretch, ...] = ("before_first_label", "after_first_label", "label_free")
_WIDTH = 240  # where the output is no terminal: no cell wraps or is cut


def print_scores(metrics: MetricsRecord, console: Console | None = None, *, system: str = "this run") -> None:
    """Scores of one split in percent: levels, onsets, tags, and the comparisons that there are.

    Rich leaves colours out where ``NO_COLOR`` is set or the output is no terminal.
    """
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)
    size = f"{metrics['n_dialogues']} dialogues, {metrics['n_user_turns']} user turns, {metrics['n_labels']} labels"
    console.print(f"{metrics['corpus']} {metrics['split']}: {size}", style="bold", markup=False)
    console.print(_levels(metrics))
    if "weighted_f1" in metrics.get("exclusive", {}):  # a finished run's file may be older than this score
        console.print(_classes(metrics["exclusive"]))
    if "parts" in metrics:
        console.print(_parts(metrics["parts"]))
    if "timing" in metrics:
        console.print(_onsets(metrics))
    for table in service_tables(metrics):
        console.print(table.on_terminal())
    console.print(_tags(metrics))
    if "errors" in metrics:
        console.print(_errors(metrics["errors"]["kinds"]))
    calibration = metrics["calibration"]
    if calibration and "scaled" in calibration:
        console.print(_calibration(calibration, calibration["scaled"]))
    if "probes" in metrics:
        console.print(_probes(metrics["probes"]))
    if "comparison" in metrics:
        console.print(_comparison(metrics["comparison"]))
    if "as_said" in metrics:
        console.print(as_said(metrics))
    if "answers" in metrics:
        console.print(answers_told(metrics["answers"]), markup=False, soft_wrap=True)
    if metrics.get("published_split"):
        console.print(_published(metrics, system))
    else:
        console.print(NOT_COMPARABLE, markup=False, soft_wrap=True)


def _levels(metrics: MetricsRecord) -> Table:
    table = _table("scores", "level", "micro F1", "95 % interval", "precision", "recall", "macro F1", "exact match")
    for name in LEVEL_SECTIONS:
        if name in metrics:
            row = metrics[name]
            exact = metrics["turn"]["exact_match"] if name == "turn" else None
            figures = (row["micro_precision"], row["micro_recall"], row["macro_f1"], exact)
            table.add_row(SECTIONS[name], percent(row["micro_f1"]), span(row["micro_f1_ci95"]), *map(percent, figures))
    if "timing" in metrics:
        timing = metrics["timing"]
        for turns, score, interval in (
            (1, timing["micro_f1_within_1"], timing["micro_f1_within_1_ci95"]),
            (2, timing["micro_f1_within_2"], timing["micro_f1_within_2_ci95"]),
        ):
            table.add_row(forgiven(turns), percent(score), span(interval))
    return table


def _classes(exclusive: ExclusiveScores) -> Table:
    """Over all classes at once, and without the one that says nothing in particular."""
    table = _table("one class per turn", "score", "%", "95 % interval")
    table.add_row("accuracy", percent(exclusive["accuracy"]), span(None))
    table.add_row("macro F1", percent(exclusive["macro_f1"]), span(None))
    table.add_row("weighted F1", percent(exclusive["weighted_f1"]), span(exclusive["weighted_f1_ci95"]))
    if exclusive["ignored_class"] is not None:
        score, interval = exclusive["micro_f1_without_ignored"], exclusive["micro_f1_without_ignored_ci95"]
        table.add_row(f"micro F1 without {exclusive['ignored_class']}", percent(score), span(interval))
    return table


def _parts(parts: dict[str, PartScores]) -> Table:
    """Micro F1 of each part of the corpus, by level."""
    levels = [name for name in LEVEL_SECTIONS if name in next(iter(parts.values()))]
    titles = (SECTIONS[name] for name in levels)
    table = _table(
        "by part, micro F1", "part", "dialogues", "labels", *titles, "95 % interval of turn", "label-free flagged"
    )
    for part, row in parts.items():
        scores = (percent(row[name]["micro_f1"]) for name in levels)
        interval = span(row["turn"]["micro_f1_ci95"])
        free = percent(row.get("label_free_flagged"))
        table.add_row(part, str(row["n_dialogues"]), str(row["n_labels"]), *scores, interval, free)
    return table


def _onsets(metrics: MetricsRecord) -> Table:
    """Timing, false alarms and safety: detection never without its price."""
    table = _table("onsets", "what", "%", "95 % interval", "of")
    timing, alarms, safety = metrics["timing"], metrics["false_alarms"], metrics.get("safety")
    tags = f"{timing['n_gold']} tags"
    rows: list[tuple[str, float | None, Interval | None, str]] = [
        ("tags early", timing["early"], None, tags),
        ("tags on time", timing["on_time"], timing["on_time_ci95"], tags),
        ("tags late", timing["late"], None, tags),
        ("tags missed", timing["missed"], timing["missed_ci95"], tags),
    ]
    if safety:
        of = f"{safety['n_confirmed']} dialogues with a Confirm"
        rows += [
            ("never flagged", safety["never_flagged"], safety["never_flagged_ci95"], of),
            ("flagged by the Confirm's turn", safety["flagged_by_confirm"], safety["flagged_by_confirm_ci95"], of),
        ]
    free = f"{alarms['label_free_dialogues']} dialogues without a label"
    rows.append(("flagged", alarms["label_free_flagged"], alarms["label_free_flagged_ci95"], free))
    for stretch in _SHOWN_STRETCHES:
        row = alarms[stretch]
        title = f"false flags {STRETCHES[stretch]}, per 100 turns"
        rate, *interval = (
            None if per_100 is None else per_100 / 100
            for per_100 in (row["flags_per_100_turns"], *row["flags_per_100_turns_ci95"])
        )
        rows.append((title, rate, interval, f"{row['user_turns']} user turns"))
    for title, share, ends, of in rows:
        table.add_row(title, percent(share), span(ends), of)
    return table


def _errors(kinds: ErrorCounts) -> Table:
    table = _table("errors by kind", *map(spaced, kinds))
    table.add_row(*("–" if count is None else str(count) for count in kinds.values()))
    return table


def _calibration(before: CalibrationSection, after: ScaledCalibration) -> Table:
    """The two proper scores of the probabilities, before and after temperature scaling."""
    title = f"probabilities at temperature {after['temperature']:.2f}, fitted on validation"
    table = _table(title, "tags", "Brier before", "after", "log loss before", "after")
    sides: dict[str, tuple[ProperScores, ProperScores]] = {"all": (before, after)}
    sides |= {name: (row, after["groups"][name]) for name, row in before["groups"].items()}
    for name, (first, second) in sides.items():
        scores = (first["brier"], second["brier"], first["log_loss"], second["log_loss"])
        table.add_row(name, *(f"{score:.5f}" for score in scores))
    return table


def _probes(probes: dict[str, ProbeScores]) -> Table:
    columns = ("false alarms", "flagged at once", "right tag at once", "pairs both right", "pairs one right")
    table = _table("probes", "phenomenon", "n", *columns)
    for name, row in probes.items():
        shares = (
            row.get("flagged"), row.get("flagged_at_once"), row.get("right_at_once"), row.get("both_right"),
            row.get("one_right"),
        )  # fmt: skip
        table.add_row(name, str(row.get("n_dialogues", row.get("n_pairs"))), *map(percent, shares))
    return table


def _tags(metrics: MetricsRecord) -> Table:
    table = _table("per tag", "tag", "F1", "95 % interval", "precision", "recall", "gold", "predicted")
    for name, row in metrics["per_tag"].items():
        shares = (percent(row["precision"]), percent(row["recall"]))
        interval = span(metrics.get("per_tag_f1_ci95", {}).get(name))
        table.add_row(name, percent(row["f1"]), interval, *shares, str(row["support"]), str(row["predicted"]))
    return table


def _comparison(comparison: Comparison) -> Table:
    title = f"micro F1 minus that of {comparison['with']}, paired over dialogues"
    table = _table(title, "level", "this", "other", "difference", "95 % interval", "p")
    rows = {SECTIONS[name]: row for name, row in comparison["sections"].items()}
    rows |= {f"turn, {part}": row for part, row in comparison.get("parts", {}).items()}
    for name, row in rows.items():
        table.add_row(name, percent(row["micro_f1"]), percent(row["other_micro_f1"]),
                      percent(row["difference"]), span(row["difference_ci95"]), decimal(row["p"], 3))  # fmt: skip
    return table


def _published(metrics: MetricsRecord, system: str) -> Table:
    table = _table("beside the published results", "system", "turn micro F1", "dialogue micro F1", "size")
    for row in ranking({f"→ {system}": (metrics["turn"]["micro_f1"], metrics["dialogue"]["micro_f1"])}):
        figures = (percent(row["turn_micro_f1"], 2), percent(row["dialogue_micro_f1"], 2))
        table.add_row(row["name"], *figures, row["size"] or "–", style="bold" if row["ours"] else None)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="italic")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table
