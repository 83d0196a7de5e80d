"""The predictions file: written and read back, from any system, with every mistake told at once."""

import json

import numpy as np
import pytest

from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.predictions.format import read_predictions, write_predictions
from crisis_turns.tags import CRADLE, TagSet
from tests.support.invented import dialogue

GOLD = [dialogue("L hello", "U a | alert_past", "U b", name="test-000000"), dialogue("U c", name="test-000001")]


def lines(path, *records):
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), encoding="utf-8")
    return path


def line(turn=1, predicted=(), name="test-000000", **more):
    return {"dialogue_id": name, "turn_id": turn, "predicted": list(predicted), **more}


def test_what_is_written_is_read_back(tmp_path):
    rng = np.random.default_rng(0)
    written = [
        Tagged(
            d.id,
            tuple(t.turn_id for t in d.user_turns),
            d.gold(CRADLE),
            rng.random((n, 16)) < 0.2,
            rng.random((n, 16)),
            rng.random((n, 16)),
        )
        for d in GOLD
        for n in [len(d.user_turns)]
    ]
    write_predictions(tmp_path / "p.jsonl", written, CRADLE)
    for a, b in zip(written, read_predictions(tmp_path / "p.jsonl", GOLD, CRADLE), strict=True):
        assert (a.dialogue_id, a.turn_ids) == (b.dialogue_id, b.turn_ids)
        assert (a.predicted == b.predicted).all()
        assert (a.gold == b.gold).all()
        np.testing.assert_allclose(a.onset, b.onset, atol=1e-6)
        np.testing.assert_allclose(a.begun, b.begun, atol=1e-6)


def test_turns_without_a_line_count_as_no_tag(tmp_path):
    found = read_predictions(lines(tmp_path / "p.jsonl", line(2, ["alert_past"])), GOLD, CRADLE)
    assert [d.predicted.sum() for d in found] == [1, 0]
    assert found[0].predicted[1, CRADLE.index["alert_past"]]
    assert found[0].onset is None


def test_an_empty_file_predicts_nothing(tmp_path):
    assert not any(d.predicted.any() for d in read_predictions(lines(tmp_path / "p.jsonl"), GOLD, CRADLE))


def test_every_mistake_is_told_with_its_line(tmp_path):
    path = lines(
        tmp_path / "p.jsonl",
        line(1),
        line(0),
        line(9),
        line(name="test-9"),
        line(predicted=["alert_now"], turn=2),
        line(1),
        "{not json",
        {"dialogue_id": "test-000000", "turn_id": "2", "predicted": []},
        line(2, probabilities={"alert_past": 1.5}),
        {"dialogue_id": "test-000001", "turn_id": 0},
    )
    with pytest.raises(InputError) as caught:
        read_predictions(path, GOLD, CRADLE)
    told = str(caught.value).split("\n")
    expected = [
        "line 2: turn 0 of 'test-000000' is the Listener's",
        "line 3: the dialogue 'test-000000' has no turn 9",
        "line 4: unknown dialogue 'test-9'",
        "line 5: unknown tag 'alert_now'",
        "line 6: turn 1 of 'test-000000' stands twice, first in line 1",
        "line 7: expected a JSON object",
        "line 8: expected a whole number as 'turn_id', found str",
        "line 9: turn 2 of 'test-000000' stands twice",
        "line 10: expected a list of tag names as 'predicted'",
    ]
    assert len(told) == len(expected)
    assert all(part in sentence for part, sentence in zip(expected, told, strict=True)), told


def test_exclusive_files_name_one_class(tmp_path):
    classes = TagSet(("x", "y"), exclusive=True)
    gold = [dialogue("U a | x", name="test-000000")]
    assert read_predictions(lines(tmp_path / "p.jsonl", line(0, ["y"])), gold, classes)[0].predicted.tolist() == [
        [False, True]
    ]
    with pytest.raises(InputError, match="expected at most one class, found 2"):
        read_predictions(lines(tmp_path / "q.jsonl", line(0, ["x", "y"])), gold, classes)
