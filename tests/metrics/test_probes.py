"""Probe scores by hand, and that the shipped probes are what their annotations say."""

from collections import Counter

from crisis_turns.data.annotations import read_annotations
from crisis_turns.data.corpus import EMBEDDED, read_split
from crisis_turns.metrics.probes import probe_scores
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import tagged
from tests.support.tiny import config

TAGS = TagSet(("a", "b"))
KINDS = ("plain", "evasive", "long", "common", "described", "longer")
STATEMENTS = tuple(f"{kind}_statement" for kind in KINDS)


def test_false_alarms_and_pairs_by_hand():
    of = {
        "d0": ("idiom", ""),
        "d1": ("idiom", ""),
        "d2": ("when", "p"),
        "d3": ("when", "p"),
        "d4": ("when", "q"),
        "d5": ("when", "q"),
        "d6": ("said", ""),
        "d7": ("said", ""),
        "d8": ("said", ""),
        "d9": ("said", ""),
    }
    dialogues = [
        tagged(["", ""], ["", "a"], tags=TAGS, name="d0"),
        tagged([""], [""], tags=TAGS, name="d1"),
        tagged(["a", ""], ["", "a"], tags=TAGS, name="d2"),  # right over the dialogue, a turn late
        tagged(["b"], ["b"], tags=TAGS, name="d3"),
        tagged(["a"], ["a"], tags=TAGS, name="d4"),
        tagged(["b"], ["a"], tags=TAGS, name="d5"),
        tagged(["", "b"], ["", "b"], tags=TAGS, name="d6"),  # said and flagged
        tagged(["", "b"], ["", "a"], tags=TAGS, name="d7"),  # flagged as something else
        tagged(["b", ""], ["", "b"], tags=TAGS, name="d8"),  # a turn late
        tagged(["b", ""], ["", ""], tags=TAGS, name="d9"),
    ]
    assert probe_scores(dialogues, of) == {
        "idiom": {"n_dialogues": 2, "flagged": 1 / 2},
        "said": {"n_dialogues": 4, "flagged_at_once": 1 / 2, "right_at_once": 1 / 4},
        "when": {"n_pairs": 2, "both_right": 1 / 2, "one_right": 1.0},
    }


def test_the_shipped_probes_keep_their_promise():
    corpus = read_split(config("data=probes").data, "test")
    of = read_annotations(EMBEDDED / "probes" / "annotations-test.csv").pairs
    assert set(of) == {d.id for d in corpus.dialogues}
    pairs, stated = {}, {name: Counter() for name in STATEMENTS}
    for d in corpus.dialogues:
        phenomenon, pair = of[d.id]
        tags = [tag for turn in d.turns for tag in turn.tags]
        assert len(tags) == (bool(pair) or phenomenon in STATEMENTS), d.id
        if pair:
            assert phenomenon.removesuffix("_plain") in ("past_ongoing", "passive_active")
            pairs.setdefault(pair, []).append(tags[0])
        elif tags:
            stated[phenomenon].update(tags)
    confirms = {CRADLE.names[i] for i in CRADLE.confirms}
    assert all(set(stated[name]) == confirms for name in STATEMENTS if name != "evasive_statement")
    assert all(len(set(tags)) == 2 for tags in pairs.values())
    assert all(CRADLE.index[tag] in CRADLE.confirms for tags in pairs.values() for tag in tags)
