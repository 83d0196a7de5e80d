"""Errors by kind: hand-worked dialogues, and that each false flag and each missed tag is counted once."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.data.annotations import annotations_of
from crisis_turns.data.corpus import read_split
from crisis_turns.decision.tagged import untagged
from crisis_turns.metrics.error_kinds import FALSE_NEGATIVES, FALSE_POSITIVES, ErrorKind, error_record, errors
from crisis_turns.runs.scoring import metrics_record
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import SMALL, A, B, C, P, random_dialogues, tagged
from tests.support.tiny import config


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (["", A, B], ["", A, B], {}),
        ([A, ""], [P, ""], {"wrong_time": 1}),
        (["", B], ["", C], {"wrong_type": 1}),
        (["", B], ["", A], {"missed": 1, "later_mention": 1}),  # an Alert where the crisis is already plain
        (["", "", B], [B, "", ""], {"early": 1}),
        ([B, "", ""], ["", "", B], {"late": 1}),
        ([B, "", ""], ["", "", C], {"missed": 1, "false_alarm": 1}),  # another crisis, on another turn
        ([A, "", ""], [A, "", P], {"later_mention": 1}),
        ([A, "", ""], [A, "", C], {"false_alarm": 1}),
        (["", "", ""], ["", A, C], {"false_alarm": 2}),
        ([B, ""], [B, B], {"later_mention": 1}),  # once=false
        (["", "", B], [B, B, B], {"false_alarm": 2}),  # not begun yet, and the onset is hit
        ([B, "", C], [C, "", B], {"wrong_type": 2}),  # what lies on the turn comes before what lies elsewhere
        ([f"{A} {B}"], [f"{A} {P} {C}"], {"wrong_type": 1, "later_mention": 1}),
    ],
)
def test_kinds_by_hand(gold, predicted, expected):
    assert errors(tagged(gold, predicted), SMALL) == Counter({ErrorKind(kind): n for kind, n in expected.items()})


def test_a_silent_miss_was_believed_and_the_tag_never_fired():
    begun = [[0, 0, 0.2, 0.2], [0, 0, 0.6, 0.4]]
    assert errors(tagged(["", f"{B} {C}"], ["", ""], begun=begun), SMALL) == {"silent_miss": 1, "missed": 1}
    assert error_record([tagged([B], [""])], SMALL)["kinds"]["silent_miss"] is None


def test_own_tags_are_crises_of_their_own():
    tags = TagSet(("x", "y"))
    assert errors(tagged(["x", ""], ["y", "x"], tags=tags), tags) == {"late": 1, "false_alarm": 1}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_every_false_flag_and_every_missed_tag_is_in_one_kind(seed):
    dialogues = random_dialogues(seed, beliefs=True)
    kinds = error_record(dialogues, CRADLE)["kinds"]
    assert sum(kinds[k] for k in FALSE_POSITIVES) == sum((d.predicted & ~d.gold).sum() for d in dialogues)
    assert sum(kinds[k] for k in FALSE_NEGATIVES) == sum((d.gold & ~d.predicted).sum() for d in dialogues)


def test_a_dialogue_counts_under_each_of_its_phenomena():
    dialogues = [tagged([B], [""], name="d0"), tagged(["", ""], ["", A], name="d1")]
    found = error_record(dialogues, SMALL, {"d0": frozenset({"idiom", "news"}), "d1": frozenset({"idiom"})})
    idiom, news = found["by_phenomenon"]["idiom"], found["by_phenomenon"]["news"]
    assert (idiom["n_dialogues"], idiom["n_labels"], idiom["missed"], idiom["false_alarm"]) == (2, 1, 1, 1)
    assert (news["n_dialogues"], news["n_labels"], news["missed"], news["false_alarm"]) == (1, 1, 1, 0)


@pytest.mark.parametrize("data", ["embedded", "probes"])
def test_the_embedded_corpora_name_the_phenomena_of_their_own_dialogues(data):
    corpus = read_split(config(f"data={data}").data, "test")
    of = annotations_of(corpus).phenomena
    assert set(of) == {d.id for d in corpus.dialogues}
    record = metrics_record(corpus, untagged(corpus.dialogues, corpus.tags), resamples=5)["errors"]
    assert record["kinds"]["missed"] == sum(int(np.sum(d.gold(corpus.tags))) for d in corpus.dialogues)
    assert record["by_phenomenon"]["idiom"]["n_dialogues"] == sum("idiom" in names for names in of.values()) > 0
