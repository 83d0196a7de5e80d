"""Reports of small invented splits for the tests of the page, with and without a browser."""

import numpy as np

from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.decision.tagged import Tagged
from crisis_turns.report.page import render
from crisis_turns.runs.scoring import metrics_record
from crisis_turns.tags import CRADLE, TagSet
from tests.support.invented import dialogue

A, SH, DV = "alert_ongoing", "confirm_SH_ongoing", "confirm_DV_past"

HOSTILE = (
    "<script>window.attacked = 1</script>",
    "</script><script>window.attacked = 2</script>",
    '<img src="x" onerror="window.attacked = 3">',
    '<svg onload="window.attacked = 4"><a href="javascript:window.attacked=5">x</a></svg>',
    "[a link](javascript:window.attacked=6) javascript:window.attacked=7",
    "<!--<script> {{ 7 * 7 }} {% raw %} ${7 * 7} &lt;b&gt; \u2028 \u2029 ' \" ` \\u003c",
    '"></p><iframe srcdoc="<script>parent.attacked = 8</script>"></iframe>',
)
"""Turns that must stay text."""

MARKS = [
    # a hit and a false alarm; early; late; missed; nothing; a silent miss
    (["U one | confirm_SH_ongoing", "L go on", "U two"], [[SH], [DV]]),
    (["U three", "L go on", "U four | alert_ongoing"], [[A], []]),
    (["U five | confirm_DV_past", "L go on", "U six"], [[], [DV]]),
    (["L hello", "U seven | confirm_SH_ongoing"], [[]]),
    (["U eight", "L so"], [[]]),
]


def split(dialogues, tags=CRADLE) -> CorpusSplit:
    return CorpusSplit("invented", "test", tags, tuple(dialogues), ReadingReport())


def decided(dialogues, predicted, tags=CRADLE, *, beliefs=True) -> list[Tagged]:
    made = []
    for d, rows in zip(dialogues, predicted, strict=True):
        said = np.array([tags.multi_hot(row) for row in rows], dtype=bool)
        gold = d.gold(tags)
        onset = np.where(said, 0.8, np.where(gold, 0.3, 0.01))
        begun = np.maximum.accumulate(np.where(gold | said, 0.7, 0.05))
        ids = tuple(t.turn_id for t in d.user_turns)
        made.append(Tagged(d.id, ids, gold, said, *((onset, begun) if beliefs else (None, None))))
    return made


def page(dialogues, predicted, tags=CRADLE, *, beliefs=True, hidden=False, system="a system", flags=None) -> str:
    corpus, tagged = split(dialogues, tags), decided(dialogues, predicted, tags, beliefs=beliefs)
    metrics = metrics_record(corpus, tagged, resamples=20)
    return render(dialogues, tagged, tags, metrics, system=system, hidden=hidden, flags=flags)


def marked_page(**options) -> str:
    dialogues = [dialogue(*turns, name=f"test-{n:06d}") for n, (turns, _) in enumerate(MARKS)]
    return page(dialogues, [predicted for _, predicted in MARKS], **options)


def hostile_page(**options) -> str:
    """Every hostile text as a User's turn, a Listener's turn, a dialogue's id, a tag's and the system's name."""
    tags = TagSet((HOSTILE[0], HOSTILE[2], "confirm_SH_ongoing", "alert_ongoing"))
    dialogues = [
        Dialogue(text, (Turn(0, Speaker.USER, text, (HOSTILE[0],)), Turn(1, Speaker.LISTENER, text)))
        for text in HOSTILE
    ]
    return page(dialogues, [[[HOSTILE[2]]] for _ in HOSTILE], tags, system=HOSTILE[2], **options)


def full_size_page(corpus: CorpusSplit) -> str:
    """600 dialogues with probabilities for everything, about three false alarms in each."""
    rng = np.random.default_rng(0)
    tagged = []
    for d in corpus.dialogues:
        gold = d.gold(CRADLE)
        onset = rng.random(gold.shape)
        ids = tuple(t.turn_id for t in d.user_turns)
        tagged.append(Tagged(d.id, ids, gold, onset > 0.97, onset, np.maximum.accumulate(onset)))
    metrics = metrics_record(corpus, tagged, resamples=50)
    return render(corpus.dialogues, tagged, CRADLE, metrics, system="noise")
