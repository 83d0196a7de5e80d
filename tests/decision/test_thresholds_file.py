"""Thresholds as a file: read back as written, and refused in one sentence."""

import json

import numpy as np
import pytest

from crisis_turns.decision.policy import Policy
from crisis_turns.decision.thresholds_file import read_thresholds, write_thresholds
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet

TAGS = TagSet(("a", "b"))


@pytest.mark.parametrize("once", [True, False])
def test_a_policy_is_read_back_to_the_last_digit(tmp_path, once):
    policy = Policy(np.array([1 / 3, np.nextafter(0.5, 1)]), once=once, exclusive=False, score="fresh")
    write_thresholds(tmp_path / "t.json", policy, TAGS)
    found = read_thresholds(tmp_path / "t.json", TAGS)
    assert found.thresholds.tolist() == policy.thresholds.tolist()
    assert (found.once, found.exclusive, found.score) == (once, False, "fresh")


def test_exclusive_classes_have_no_thresholds(tmp_path):
    tags = TagSet(("a", "b"), exclusive=True)
    write_thresholds(tmp_path / "t.json", Policy(np.full(2, np.nan), once=False, exclusive=True), tags)
    assert json.loads((tmp_path / "t.json").read_text())["thresholds"] == {}
    assert read_thresholds(tmp_path / "t.json", tags).exclusive


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"once": true}', "t.json: configuration key 'thresholds'"),
        ('{"once": true, "thresholds": {"a": 0.5}}', "t.json: expected one threshold for each of the 2 tags"),
        ('{"once": true, "thresholds": {"a": 0.5, "c": 0.5}}', "t.json: expected one threshold for each of the 2 tags"),
        ('{"once": true, "thresholds": {"a": "0.5", "b": 0.5}}', "t.json: configuration key 'thresholds.a'"),
        ("[0.5]", "t.json: expected keys and values (once, score, thresholds), found a list"),
        ("null", "t.json: expected keys and values (once, score, thresholds), found nothing"),
        ("{", "t.json, line 1: expected JSON"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, content, message):
    (tmp_path / "t.json").write_text(content)
    with pytest.raises(InputError) as caught:
        read_thresholds(tmp_path / "t.json", TAGS)
    assert message in str(caught.value)
