"""What every scored system leaves: metrics and report in its folder, tables on the terminal."""

from collections.abc import Sequence

from crisis_turns.commands.score_tables import print_scores
from crisis_turns.config import ReportText
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.tagged import Tagged
from crisis_turns.evidence.flag import Flags
from crisis_turns.files import write_json
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.runs.folder import RunFolder


def write_scores(
    folder: RunFolder, corpus: CorpusSplit, dialogues: Sequence[Tagged], record: MetricsRecord, *, system: str,
    text: ReportText, quiet: bool, flags: Flags | None = None,
) -> None:  # fmt: skip
    """Write ``metrics-<split>.json`` and ``report.html``, and print the tables unless all is to be quiet.

    Args:
        flags: see ``write_report``.
    """
    from crisis_turns.runs.html_report import write_report  # matplotlib

    write_json(folder.metrics(corpus.split), record)
    write_report(folder, corpus, dialogues, record, system=system, text=text, flags=flags)
    if not quiet:
        print_scores(record, system=system)
        print(f"metrics: {folder.metrics(corpus.split)}\nreport: {folder.report}")
