"""Tables of what a service asks: alerts of whole conversations, and how early a right one comes."""

from collections.abc import Iterator

from crisis_turns.comparison.text_table import TextTable
from crisis_turns.metrics.alarm_sections import DEPLOYMENT_SECTIONS, PREVALENCES, Deployment, EarlyRisk
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.metrics.score_sections import Interval
from crisis_turns.words import DEPLOYMENTS, EARLY_RISK, decimal, percent, range_of, span


def service_tables(metrics: MetricsRecord) -> Iterator[TextTable]:
    """Those that a metrics file has something for: not of exclusive classes, nor of a file older than these figures."""
    if "deployment" in metrics:
        yield deployment_table(metrics)
    if "early_risk" in metrics:
        yield _early_risk(metrics["early_risk"])


def deployment_table(metrics: MetricsRecord) -> TextTable:
    """What 1,000 conversations bring where labels are rarer than in the corpus."""
    of = metrics["deployment"]
    title = f"of 1,000 conversations, after {of['n_positive']} dialogues with a label and {of['n_negative']} without"
    figures = ("alerts", "95 % interval", "right, %", "95 % interval", "missed", "95 % interval")
    rows: list[tuple[str, ...]] = []
    for name in DEPLOYMENT_SECTIONS:
        if name in metrics:
            rows += _at_prevalences(DEPLOYMENTS[name], metrics[name])
    return TextTable(title, ("labels and flags", "% hold a label", *figures), rows)


def _at_prevalences(title: str, found: Deployment) -> Iterator[tuple[str, ...]]:
    for key in PREVALENCES:
        row = found[key]
        alerts = (decimal(row["alerts_per_1000"]), range_of(row["alerts_per_1000_ci95"]))
        right = (percent(row["precision"]), span(row["precision_ci95"]))
        missed = (decimal(row["misses_per_1000"], 2), range_of(row["misses_per_1000_ci95"], 2))
        yield (title, percent(row["prevalence"]), *alerts, *right, *missed)


def _early_risk(found: EarlyRisk) -> TextTable:
    scores: dict[str, tuple[float | None, Interval]] = {
        "erde_5": (found["erde_5"], found["erde_5_ci95"]),
        "erde_50": (found["erde_50"], found["erde_50_ci95"]),
        "f1": (found["f1"], found["f1_ci95"]),
        "speed": (found["speed"], found["speed_ci95"]),
        "f_latency": (found["f_latency"], found["f_latency_ci95"]),
    }
    rows = [(EARLY_RISK[name], percent(score), span(interval)) for name, (score, interval) in scores.items()]
    delay = (decimal(found["median_delay"]), range_of(found["median_delay_ci95"]))
    title = "early risk, by the first flag of a conversation"
    return TextTable(title, ("what", "score", "95 % interval"), [*rows, ("user turns read by a right flag", *delay)])
