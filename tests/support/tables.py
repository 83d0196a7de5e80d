"""Small gold and predicted tables for hand-worked scores, and a corpus with the published counts."""

import numpy as np

from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import Row
from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.published import published
from crisis_turns.tags import CRADLE, TagSet

A, P, B, C = "alert_ongoing", "alert_past", "confirm_SH_ongoing", "confirm_DV_past"
SMALL = TagSet((A, P, B, C))


def tagged(gold, predicted=None, *, tags=SMALL, name="d", onset=None, begun=None) -> Tagged:
    """One dialogue: per side a string of tag names for each user turn, or ``(S, Y)`` flags; without a side of
    predictions, none.
    """

    def rows(turns):
        return np.array([tags.multi_hot(t.split()) if isinstance(t, str) else t for t in turns], dtype=bool)

    gold = rows(gold)
    predicted = np.zeros_like(gold) if predicted is None else rows(predicted)
    beliefs = [None if x is None else np.array(x, dtype=float).reshape(gold.shape) for x in (onset, begun)]
    return Tagged(name, tuple(range(0, 2 * len(gold), 2)), gold, predicted, *beliefs)


def random_dialogues(seed, *, n=12, n_tags=16, share=0.15, longest=8, beliefs=False, levels=None) -> list[Tagged]:
    """Dialogues of one to ``longest`` user turns. With ``levels`` beliefs are few distinct numbers, so that ties are
    common, and what has begun is at least what begins now.
    """
    rng = np.random.default_rng(seed)
    made = []
    for number, size in enumerate(rng.integers(1, longest + 1, n)):
        gold, predicted = (rng.random((size, n_tags)) < share for _ in range(2))
        onset = begun = rng.random((size, n_tags)) if beliefs else None
        if levels:
            begun = rng.integers(0, levels + 1, (size, n_tags))
            onset, begun = rng.integers(0, begun + 1) / levels, begun / levels
        made.append(Tagged(f"d{number}", tuple(range(size)), gold, predicted, onset, begun))
    return made


def published_split(*, text="a turn") -> CorpusSplit:
    """600 invented dialogues with every published count of the benchmark's test split, labels included."""
    supports = published()["supports"]
    alerts = [name for name, n in supports.items() if name.startswith("alert_") for _ in range(n)]
    confirms = [name for name, n in supports.items() if name.startswith("confirm_") for _ in range(n)]
    turns = [8] * 327 + [7] * 273  # 4,527 user turns
    labels: list[list[list[str]]] = [[[] for _ in range(n)] for n in turns]
    with_alert, with_confirm = range(226), range(23, 440)  # both 203, neither 160
    for tag, place, later in _dealt(alerts, with_alert):
        labels[place][later].append(tag)
    for tag, place, later in _dealt(confirms, with_confirm):
        labels[place][3 + later].append(tag)
    # two of the 713 labels are not scored: one stands on a Listener turn, one is repeated
    labels[0][0] *= 2
    rows: list[Row] = []
    for number, dialogue in enumerate(labels):
        for position, tags in enumerate(dialogue):
            rows.append(Row("t", None, 2 * position, f"User: {text} {number}.{position}", "; ".join(tags)))
            if position + 1 < len(dialogue) or number < 521:  # 3,927 replies inside dialogues, 521 at their ends
                label = "alert_past" if (number, position) == (0, 0) else ""
                rows.append(Row("t", None, 2 * position + 1, f"Listener: {text}", label))
    dialogues, report = build_dialogues(rows, split="test", tags=CRADLE)
    return CorpusSplit("cradle", "test", CRADLE, tuple(dialogues), report)


def _dealt(names, dialogues):
    """Deal tags to dialogues in turn; the further ones of a dialogue go to later turns."""
    for number, name in enumerate(names):
        yield name, dialogues[number % len(dialogues)], number // len(dialogues)
