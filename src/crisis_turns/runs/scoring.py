"""From decided dialogues to the files of a scored split: metrics and report."""

from collections.abc import Sequence
from typing import Any

from crisis_turns.config import ReportText
from crisis_turns.data.annotations import annotations_of
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.files import write_text
from crisis_turns.metrics.calibration import calibration
from crisis_turns.metrics.error_kinds import error_record
from crisis_turns.metrics.probes import probe_scores
from crisis_turns.metrics.published import is_published_split
from crisis_turns.metrics.scores import SCORER_VERSION, score
from crisis_turns.metrics.statistics.paired import compare
from crisis_turns.metrics.temperature import scaled
from crisis_turns.runs.folder import RunFolder


def metrics_record(
    corpus: CorpusSplit, dialogues: Sequence[Tagged], *, resamples: int, policy: Policy | None = None
) -> dict[str, Any]:
    """The content of ``metrics-<split>.json``."""
    once, by = (policy.once, policy.score) if policy else (True, "onset")
    scores = score(dialogues, corpus.tags, resamples=resamples, once=once, by=by)
    supports = {name: row["support"] for name, row in scores["per_tag"].items()}
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
        **scores,
        **_annotated(corpus, dialogues),
    }


def _annotated(corpus: CorpusSplit, dialogues: Sequence[Tagged]) -> dict[str, Any]:
    """``errors`` of multi-label corpora, by phenomenon where the dialogues are annotated; ``probes`` of the probes."""
    annotations = annotations_of(corpus)
    sections: dict[str, Any] = {}
    if not corpus.tags.exclusive:
        phenomena = annotations.phenomena if annotations else None
        sections["errors"] = error_record(dialogues, corpus.tags, phenomena)
    if annotations and annotations.pairs:
        sections["probes"] = probe_scores(dialogues, annotations.pairs)
    return sections


def scaled_calibration(corpus: CorpusSplit, dialogues: Sequence[Tagged], temperature: float) -> dict[str, Any]:
    """``calibration.scaled``: the calibration section of the probabilities at a temperature, and the temperature."""
    after = calibration(scaled(dialogues, temperature, exclusive=corpus.tags.exclusive), corpus.tags)
    return {"temperature": temperature, **(after or {})}


def comparison(
    corpus: CorpusSplit, dialogues: Sequence[Tagged], others: Sequence[Tagged], *, name: str, resamples: int
) -> dict[str, Any]:
    """The ``comparison`` section: differences to another system's predictions on the same dialogues."""
    return {"with": name, "sections": compare(dialogues, others, corpus.tags, resamples=resamples)}


def write_report_of(
    folder: RunFolder, corpus: CorpusSplit, dialogues: Sequence[Tagged], metrics: dict[str, Any], *, system: str,
    text: ReportText,
) -> None:  # fmt: skip
    """Write ``report.html`` of a scored split; the folder has one, of the split scored last."""
    from crisis_turns.report.page import render  # matplotlib and jinja2: only where a report is made

    page = render(corpus.dialogues, dialogues, corpus.tags, metrics, system=system, hidden=text == "hidden")
    write_text(folder.report, page)


def _threshold(policy: Policy | None, corpus: CorpusSplit) -> float | dict[str, float] | None:
    """The one global threshold, or one per tag; ``None`` where a foreign system decided, or classes are exclusive."""
    if policy is None or policy.exclusive:
        return None
    values = policy.thresholds.tolist()
    return values[0] if len(set(values)) == 1 else dict(zip(corpus.tags.names, values, strict=True))
