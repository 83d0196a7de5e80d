"""The predictions file: written and read back, from any system, with every mistake told at once."""

import json

import numpy as np
import pytest

from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.predictions.format import read_decided, read_predictions, write_predictions
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
    for a, b in zip(written, read_predictions(tmp_path / "p.jsonl", GOLD, CRADLE).dialogues, strict=True):
        assert (a.dialogue_id, a.turn_ids) == (b.dialogue_id, b.turn_ids)
        assert (a.predicted == b.predicted).all()
        assert (a.gold == b.gold).all()
        np.testing.assert_allclose(a.onset, b.onset, atol=1e-6)
        np.testing.assert_allclose(a.begun, b.begun, atol=1e-6)


def test_turns_without_a_line_count_as_no_tag(tmp_path):
    found = read_predictions(lines(tmp_path / "p.jsonl", line(2, ["alert_past"])), GOLD, CRADLE).dialogues
    assert [d.predicted.sum() for d in found] == [1, 0]
    assert found[0].predicted[1, CRADLE.index["alert_past"]]
    assert found[0].onset is None


def test_an_empty_file_predicts_nothing(tmp_path):
    found = read_predictions(lines(tmp_path / "p.jsonl"), GOLD, CRADLE)
    assert not any(d.predicted.any() for d in found.dialogues)
    assert found.notes == (f"{tmp_path / 'p.jsonl'}: 0 of 3 user turns have a line; the others count as no tag",)


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
        {"dialogue_id": "test-000000", "turn_id": "two", "predicted": []},
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


@pytest.mark.parametrize("turn", ["2", 2.0, " 2 ", "2.0"])
def test_a_turn_id_may_be_spelled_as_in_a_corpus(tmp_path, turn):
    found = read_predictions(lines(tmp_path / "p.jsonl", line(turn, ["alert_past"])), GOLD, CRADLE)
    assert [d.predicted.sum() for d in found.dialogues] == [1, 0]


def test_half_a_character_in_an_id_is_read_as_the_corpus_has_it(tmp_path):
    gold = [dialogue("U a", name="x\ufffd")]
    found = read_predictions(lines(tmp_path / "p.jsonl", line(0, ["alert_past"], "x\ud83d")), gold, CRADLE)
    assert found.dialogues[0].predicted.sum() == 1


@pytest.mark.parametrize(
    "turn", ["", "2.5", 2.5, "two", True, None, [2], float("nan"), float("inf"), "1_0", 10**18, 1e20]
)
def test_any_other_turn_id_is_refused(tmp_path, turn):
    with pytest.raises(InputError, match="line 1: expected a whole number as 'turn_id', found"):
        read_predictions(lines(tmp_path / "p.jsonl", line(turn)), GOLD, CRADLE)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "-0.01", "1.01", "null", "true", '"0.5"', "1e999"])
def test_a_belief_that_is_no_probability_is_told(tmp_path, value):
    for field in ("probabilities", "begun"):
        bad = json.dumps(line(1, **{field: {"alert_past": "?"}})).replace('"?"', value)
        with pytest.raises(InputError, match=f"'{field}' to give each tag a number from 0 to 1, found .* for 'alert_p"):
            read_predictions(lines(tmp_path / "p.jsonl", bad), GOLD, CRADLE)


def test_a_key_that_stands_twice_is_told(tmp_path):
    bad = '{"dialogue_id": "test-000000", "turn_id": 1, "predicted": ["alert_past"], "predicted": []}'
    with pytest.raises(InputError, match="line 1: expected a JSON object, found the key 'predicted' twice"):
        read_predictions(lines(tmp_path / "p.jsonl", bad), GOLD, CRADLE)


def test_beliefs_on_some_turns_are_not_used_and_told(tmp_path):
    given = line(1, probabilities={"alert_past": 0.5}, begun={"alert_past": 0.5})
    found = read_predictions(lines(tmp_path / "p.jsonl", given), GOLD, CRADLE)
    assert all(d.onset is None and d.begun is None for d in found.dialogues)
    assert [note.split(": ", 1)[1] for note in found.notes] == [
        "1 of 3 user turns have a line; the others count as no tag",
        "'probabilities' stand on 1 of 3 user turns, so they are not used: "
        "calibration, threshold curves and detection curves are left out",
        "'begun' stand on 1 of 3 user turns, so they are not used: silent misses are left out",
    ]


@pytest.mark.parametrize(
    "spoiled",
    [{"predicted": "alert_past"}, {"turn_id": "1"}, {"dialogue_id": 1}, {"gold": None}, {"begun": {"alert_past": 2}}],
)
def test_a_runs_own_file_is_read_as_it_was_written_or_refused(tmp_path, spoiled):
    path = lines(tmp_path / "p.jsonl", line(1, gold=[]), line(2, gold=[]) | spoiled)
    with pytest.raises(InputError, match="line 2: expected a turn's gold and predicted tags, of the run's tag set"):
        read_decided(path, CRADLE)


def test_exclusive_files_name_one_class(tmp_path):
    classes = TagSet(("x", "y"), exclusive=True)
    gold = [dialogue("U a | x", name="test-000000")]
    (found,) = read_predictions(lines(tmp_path / "p.jsonl", line(0, ["y"])), gold, classes).dialogues
    assert found.predicted.tolist() == [[False, True]]
    with pytest.raises(InputError, match="expected at most one class, found 2"):
        read_predictions(lines(tmp_path / "q.jsonl", line(0, ["x", "y"])), gold, classes)
