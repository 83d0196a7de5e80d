"""Probe scores by hand, and that the shipped probes are what their annotations say."""

import numpy as np

from crisis_turns.data.annotations import read_annotations
from crisis_turns.data.corpus import EMBEDDED, read_split
from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.probes import probe_scores
from crisis_turns.tags import CRADLE
from tests.support.tiny import config


def tagged(name, gold, predicted) -> Tagged:
    flags = [
        np.array([[c == t for c in "ab"] for t in turns], dtype=bool).reshape(-1, 2) for turns in (gold, predicted)
    ]
    return Tagged(name, tuple(range(len(gold))), *flags)


def test_false_alarms_and_pairs_by_hand():
    of = {
        "d0": ("idiom", ""),
        "d1": ("idiom", ""),
        "d2": ("when", "p"),
        "d3": ("when", "p"),
        "d4": ("when", "q"),
        "d5": ("when", "q"),
    }
    dialogues = [
        tagged("d0", "--", "-a"),
        tagged("d1", "-", "-"),
        tagged("d2", "a-", "-a"),  # right over the dialogue, a turn late
        tagged("d3", "b", "b"),
        tagged("d4", "a", "a"),
        tagged("d5", "b", "a"),
    ]
    assert probe_scores(dialogues, of) == {
        "idiom": {"n_dialogues": 2, "flagged": 1 / 2},
        "when": {"n_pairs": 2, "both_right": 1 / 2, "one_right": 1.0},
    }


def test_the_shipped_probes_keep_their_promise():
    corpus = read_split(config("data=probes").data, "test")
    of = read_annotations(EMBEDDED / "probes" / "annotations-test.csv").pairs
    assert set(of) == {d.id for d in corpus.dialogues}
    pairs = {}
    for d in corpus.dialogues:
        phenomenon, pair = of[d.id]
        tags = [tag for turn in d.turns for tag in turn.tags]
        assert len(tags) == bool(pair), d.id
        if pair:
            assert phenomenon in ("past_ongoing", "passive_active")
            pairs.setdefault(pair, []).append(tags[0])
    assert all(len(set(tags)) == 2 for tags in pairs.values())
    assert all(CRADLE.index[tag] in CRADLE.confirms for tags in pairs.values() for tag in tags)
