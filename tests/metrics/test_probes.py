"""Probe scores by hand, and that the shipped probes are what their annotations say."""

from crisis_turns.data.annotations import read_annotations
from crisis_turns.data.corpus import EMBEDDED, read_split
from crisis_turns.metrics.probes import probe_scores
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import tagged
from tests.support.tiny import config

TAGS = TagSet(("a", "b"))


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
        tagged(["", ""], ["", "a"], tags=TAGS, name="d0"),
        tagged([""], [""], tags=TAGS, name="d1"),
        tagged(["a", ""], ["", "a"], tags=TAGS, name="d2"),  # right over the dialogue, a turn late
        tagged(["b"], ["b"], tags=TAGS, name="d3"),
        tagged(["a"], ["a"], tags=TAGS, name="d4"),
        tagged(["b"], ["a"], tags=TAGS, name="d5"),
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
