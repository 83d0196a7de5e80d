"""A split that a run's tagger has decided on: its predictions, metrics and report in the run's folder."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from crisis_turns.config import RunConfig
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.files import write_json
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.predictions.format import write_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.html_report import write_report
from crisis_turns.runs.scoring import metrics_record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoredSplit:
    """What was decided on a split.

    Attributes:
        metrics: the content of ``metrics-<split>.json``.
    """

    corpus: CorpusSplit
    decided: list[Tagged]
    metrics: MetricsRecord


def score_split(
    folder: RunFolder, config: RunConfig, corpus: CorpusSplit, believed: Sequence[Tagged], policy: Policy
) -> ScoredSplit:
    """Decide on a split of which a tagger believes this, and write its predictions and metrics."""
    decided = policy.apply(believed)
    write_predictions(folder.predictions(corpus.split), decided, corpus.tags)
    metrics = metrics_record(corpus, decided, resamples=config.bootstrap, policy=policy)
    write_json(folder.metrics(corpus.split), metrics)
    log.info("%s: turn micro F1 %.4f", corpus.split, metrics["turn"]["micro_f1"] or 0.0)
    return ScoredSplit(corpus, decided, metrics)


def report(folder: RunFolder, config: RunConfig, scored: ScoredSplit) -> None:
    """Write the run's ``report.html``, of this split."""
    text = config.report.text
    write_report(folder, scored.corpus, scored.decided, scored.metrics, system=config.system, text=text)
