"""From decided dialogues to the content of ``metrics-<split>.json``."""

from collections.abc import Sequence

from crisis_turns.data.annotations import annotations_of
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score, Tagged
from crisis_turns.metrics.by_part import part_differences, part_scores
from crisis_turns.metrics.calibration import scaled_calibration
from crisis_turns.metrics.error_kinds import error_record
from crisis_turns.metrics.metric_table import SCORER_VERSION, scored_sections
from crisis_turns.metrics.metrics_file import Comparison, ExtraSections, MetricsRecord
from crisis_turns.metrics.probes import probe_scores
from crisis_turns.metrics.published import is_published_split
from crisis_turns.metrics.statistics.paired import compare


def metrics_record(
    corpus: CorpusSplit,
    dialogues: Sequence[Tagged],
    *,
    resamples: int,
    policy: Policy | None = None,
    temperature: float | None = None,
) -> MetricsRecord:
    """The content of ``metrics-<split>.json``.

    Args:
        resamples: bootstrap samples of the dialogues behind each 95 % interval.
        policy: what decided; ``None`` of a foreign system's predictions.
        temperature: score the probabilities, where there are any, at this temperature too.
    """
    by: Score = policy.score if policy else "onset"
    once = policy.once if policy else True
    sections = scored_sections(dialogues, corpus.tags, resamples=resamples, once=once, by=by)
    calibrated = sections["calibration"]
    if calibrated is not None and temperature is not None:
        calibrated["scaled"] = scaled_calibration(dialogues, corpus.tags, temperature)
    supports = {name: row["support"] for name, row in sections["per_tag"].items()}
    ceiling = None if corpus.tags.exclusive else corpus.report.recall_ceiling
    return {
        "scorer_version": SCORER_VERSION,
        "data_sha256": corpus.sha256,
        "corpus": corpus.corpus,
        "split": corpus.split,
        "n_dialogues": len(dialogues),
        "n_user_turns": sum(len(d.gold) for d in dialogues),
        "n_labels": sum(int(d.gold.sum()) for d in dialogues),
        "recall_ceiling_at_most_once": ceiling,
        "threshold": _threshold(policy, corpus),
        "decision_score": by,
        "published_split": is_published_split(corpus.report, supports),
        **sections,
        **_annotated(corpus, dialogues, resamples),
    }


def _annotated(corpus: CorpusSplit, dialogues: Sequence[Tagged], resamples: int) -> ExtraSections:
    """``parts`` of a corpus that has several; ``errors`` of multi-label corpora, by phenomenon where the dialogues are
    annotated; ``probes`` of the probes.
    """
    annotations = annotations_of(corpus)
    sections: ExtraSections = {}
    if corpus.part_sizes:
        sections["parts"] = part_scores(dialogues, corpus.tags, corpus.part_sizes, resamples=resamples)
    if not corpus.tags.exclusive:
        phenomena = annotations.phenomena if annotations else None
        sections["errors"] = error_record(dialogues, corpus.tags, phenomena)
    if annotations and annotations.pairs:
        sections["probes"] = probe_scores(dialogues, annotations.pairs)
    return sections


def comparison(
    corpus: CorpusSplit, dialogues: Sequence[Tagged], others: Sequence[Tagged], *, name: str, resamples: int
) -> Comparison:
    """The ``comparison`` section: differences to another system's predictions on the same dialogues."""
    found: Comparison = {"with": name, "sections": compare(dialogues, others, corpus.tags, resamples=resamples)}
    if corpus.part_sizes:
        found["parts"] = part_differences(dialogues, others, corpus.tags, corpus.part_sizes, resamples=resamples)
    return found


def _threshold(policy: Policy | None, corpus: CorpusSplit) -> float | dict[str, float] | None:
    """The one global threshold, or one per tag; ``None`` where a foreign system decided, or classes are exclusive."""
    if policy is None or policy.exclusive:
        return None
    values = policy.thresholds.tolist()
    return values[0] if len(set(values)) == 1 else dict(zip(corpus.tags.names, values, strict=True))
