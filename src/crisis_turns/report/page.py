"""The page: figures, tables and dialogues put into one HTML file that loads nothing.

Dialogue text reaches the page in two ways only: escaped by the template, or as JSON that the script writes with
``textContent``. A content security policy that allows this very script and style alone stands behind both.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from crisis_turns import words
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.evidence.flag import Flags
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.metrics.published import NOT_COMPARABLE, RankedSystem, ranking
from crisis_turns.metrics.silent_misses import silent_misses
from crisis_turns.report import charts, prose
from crisis_turns.report.page_data import embedded, view
from crisis_turns.tags import TagSet

HERE = Path(__file__).parent
SILENT_ROWS = 100


@dataclass(frozen=True)
class SilentRow:
    """A row of the table of silent misses.

    Attributes:
        index: of the dialogue on the page.
        gold: id of the turn where the tag begins.
        believed: id of the first turn by which the system believed that it had begun.
        begun: the highest probability that it had.
        onset: the highest probability of a turn, ``None`` without any.
    """

    index: int
    id: str
    tag: str
    gold: int
    believed: int
    begun: float
    onset: float | None


def render(
    dialogues: Sequence[Dialogue],
    tagged: Sequence[Tagged],
    tags: TagSet,
    metrics: MetricsRecord,
    *,
    system: str,
    hidden: bool = False,
    flags: Flags | None = None,
) -> str:
    """The page's HTML.

    Args:
        dialogues: the split, in the order of ``tagged``.
        metrics: the content of ``metrics-<split>.json``.
        system: what the scored system is called.
        hidden: leave the turns' text out, for sharing.
        flags: of each dialogue, with the words that raised them, where these were asked for.
    """
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "report.js"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "percent": words.percent, "percent_sign": words.percent_sign, "span": words.span, "decimal": words.decimal,
        "capital": words.capital, "spaced": words.spaced, "range_of": words.range_of, "tag": prose.tag_label,
    }  # fmt: skip
    thresholds = _thresholds(metrics, tags)
    data = view(dialogues, tagged, tags, thresholds=thresholds, hidden=hidden, flags=flags)
    return environment.get_template("page.html.j2").render(
        m=metrics,
        tags=tags,
        words=words,
        prose=prose,
        outcomes=[(str(o), *w) for o, w in prose.outcome_words(tags).items()],
        sentences=prose.in_words(metrics, tags),
        pictures=_pictures(metrics),
        published=_published(metrics, system),
        not_comparable=NOT_COMPARABLE,
        silent=_silent(dialogues, tagged, tags),
        system=system,
        hidden=hidden,
        data=Markup(embedded(data)),  # noqa: S704 - escaped for this very place
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy="; ".join(
            ("default-src 'none'", f"style-src {_hash(style)}", f"script-src {_hash(script)}", "img-src data:",
             "base-uri 'none'", "form-action 'none'")
        ),
    )  # fmt: skip


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _thresholds(metrics: MetricsRecord, tags: TagSet) -> list[float] | None:
    threshold = metrics["threshold"]
    if threshold is None or metrics["decision_score"] != "onset":  # it is not laid on the probabilities shown
        return None
    return [threshold[name] for name in tags.names] if isinstance(threshold, dict) else [threshold] * len(tags)


def _pictures(metrics: MetricsRecord) -> dict[str, charts.Picture]:
    """The charts that this split has something for, by the name under which the template asks for them."""
    pictures = {}
    if "timing" in metrics and metrics["timing"]["n_gold"]:
        pictures["timing"] = charts.timing_histogram(metrics["timing"])
    if metrics["calibration"]:
        pictures["reliability"] = charts.reliability_diagram(metrics["calibration"])
    if curve := metrics.get("threshold_curve"):
        threshold = metrics["threshold"]
        pictures["threshold"] = charts.threshold_curves(curve, None if isinstance(threshold, dict) else threshold)
    if "safety" in metrics and (detection := metrics["safety"]["curve"]):
        pictures["detection"] = charts.detection_curves(metrics["safety"], detection)
    return pictures


def _published(metrics: MetricsRecord, system: str) -> list[RankedSystem] | None:
    if not metrics["published_split"]:
        return None
    return ranking({system: (metrics["turn"]["micro_f1"], metrics["dialogue"]["micro_f1"])})


def _silent(dialogues: Sequence[Dialogue], tagged: Sequence[Tagged], tags: TagSet) -> list[SilentRow] | None:
    """Rows of the table of silent misses; ``None`` if the system says nothing about ``begun``."""
    found = None if tags.exclusive else silent_misses(tagged)
    if found is None:
        return None
    return [
        SilentRow(
            index=miss.dialogue,
            id=dialogues[miss.dialogue].id,
            tag=tags.names[miss.tag],
            gold=tagged[miss.dialogue].turn_ids[miss.gold_turn],
            believed=tagged[miss.dialogue].turn_ids[miss.believed_turn],
            begun=miss.begun,
            onset=_peak(tagged[miss.dialogue].onset, miss.tag),
        )
        for miss in found[:SILENT_ROWS]
    ]


def _peak(onset: np.ndarray | None, tag: int) -> float | None:
    return None if onset is None else float(onset[:, tag].max())
