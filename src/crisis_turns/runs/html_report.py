"""``report.html`` of a run folder. Drawing libraries are loaded here, and only where a report is made."""

from collections.abc import Sequence

from crisis_turns.config import ReportText
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.tagged import Tagged
from crisis_turns.evidence.flag import Flags
from crisis_turns.files import write_text
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.report.page import render
from crisis_turns.runs.folder import RunFolder


def write_report(
    folder: RunFolder, corpus: CorpusSplit, dialogues: Sequence[Tagged], metrics: MetricsRecord, *, system: str,
    text: ReportText, flags: Flags | None = None,
) -> None:  # fmt: skip
    """Write the report of a scored split; the folder has one, of the split scored last.

    Args:
        flags: of each dialogue, with the words that raised them, where these were asked for.
    """
    hidden = text == "hidden"
    page = render(corpus.dialogues, dialogues, corpus.tags, metrics, system=system, hidden=hidden, flags=flags)
    write_text(folder.report, page)
