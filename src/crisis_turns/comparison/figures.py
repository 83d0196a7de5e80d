"""Single figures of the metrics files by their dotted keys: ``deployment.1_in_100.precision``."""

from collections.abc import Sequence

from crisis_turns.comparison.finished_runs import Run
from crisis_turns.errors import InputError
from crisis_turns.metrics.metrics_file import MetricsRecord

SERVICE_FIGURES = (
    "deployment.1_in_100.precision",
    "deployment.1_in_100.alerts_per_1000",
    "deployment.1_in_100.misses_per_1000",
    "early_risk.erde_5",
    "early_risk.erde_50",
    "early_risk.f_latency",
)
"""What is shown unless other figures are asked for."""


def shown_figures(runs: Sequence[Run], asked: Sequence[str] | None) -> tuple[str, ...]:
    """The figures that are asked for; by default those of ``SERVICE_FIGURES`` that every run has: exclusive classes
    have none, nor has a file that is older than they are.

    Raises:
        InputError: if a run lacks one that is asked for.
    """
    if asked is None:
        return tuple(key for key in SERVICE_FIGURES if all(has_figure(run.metrics, key) for run in runs))
    for key in asked:
        for run in runs:
            if not has_figure(run.metrics, key):
                path = run.folder.metrics(run.metrics["split"])
                raise InputError(f"figures={key}: expected the dotted key of a number in {path}, found none")
    return tuple(dict.fromkeys(asked))


def has_figure(metrics: MetricsRecord, key: str) -> bool:
    """Whether a number stands there, or the ``None`` of an undefined one."""
    try:
        figure(metrics, key)
    except KeyError:
        return False
    return True


def figure(metrics: MetricsRecord, key: str) -> float | None:
    """The number, or ``None`` where it is undefined.

    Raises:
        KeyError: if there is none.
    """
    found: object = metrics
    for part in key.split("."):
        if not isinstance(found, dict):
            raise KeyError(key)
        found = found[part]
    if found is None or (isinstance(found, int | float) and not isinstance(found, bool)):
        return found
    raise KeyError(key)
