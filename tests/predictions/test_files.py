"""Any system's predictions: CSV in the release's columns, and every mistake told at once with its line."""

import json

import pytest

from crisis_turns.errors import InputError
from crisis_turns.predictions.format import read_predictions
from crisis_turns.predictions.mistakes import Mistake, told
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue

GOLD = [
    dialogue("L hello", "U a | alert_past", "L yes", "U b", name="test-000000"),
    dialogue("U c | confirm_SH_ongoing; alert_ongoing", "L so", name="test-000001"),
]
RELEASE = """turn_id,text,labels
0,Listener: hello,
1,User: a,alert_past
2,"Listener: yes,
more",none
3,User: b,
0,User: c,confirm_SH_ongoing; alert_ongoing
1,Listener: so,
"""


def read(tmp_path, text, name="p.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_predictions(path, GOLD, CRADLE).dialogues


def mistakes(tmp_path, text, name="p.csv"):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, name)
    return [line.split(", ", 1)[1] for line in str(caught.value).split("\n")]


def test_the_releases_own_file_is_a_perfect_prediction(tmp_path):
    for d in read(tmp_path, RELEASE):
        assert (d.predicted == d.gold).all()
        assert d.onset is None


def test_columns_may_be_fewer_and_dialogues_named(tmp_path):
    found = read(tmp_path, "dialogue_id,turn_id,predicted\ntest-000001,0,alert_ongoing\n")
    assert [d.predicted.sum() for d in found] == [0, 1]
    found = read(tmp_path, "turn_id,labels\n0,\n1,alert_past\n0,\n")
    assert [d.predicted.sum() for d in found] == [1, 0]


def test_continuation_rows_unite_their_labels(tmp_path):
    text = "turn_id,text,labels\n0,Listener: hello,\n1,User: a,\n2,- a bullet,alert_past\n3,User: b,\n0,User: c,\n"
    found = read(tmp_path, text)
    assert [d.predicted.sum() for d in found] == [1, 0]
    assert found[0].predicted[0, CRADLE.index["alert_past"]]


def test_every_mistake_of_a_csv_is_told_with_its_line(tmp_path):
    found = mistakes(
        tmp_path,
        "dialogue_id,turn_id,text,labels\n"
        "test-000000,0,Listener: hello,alert_past\n"  # a tag on the Listener's turn
        "test-000000,1,User: a,alert_now; alert_soon\n"  # two unknown tags
        "test-000000,one,User: a,\n"
        "test-000000,3,Listener: b,\n"  # the wrong speaker
        "test-000000,5,User: x,\n"
        'test-9,0,"User: two\nlines",alert_then\n'  # an unknown dialogue and an unknown tag
        "test-000001,0\n"
        "test-000001,0,User: c,\n"
        "test-000001,0,User: c,\n",
    )
    expected = [
        "line 2: turn 0 of 'test-000000' is the Listener's",
        "line 3: unknown tag 'alert_now'",
        "line 3: unknown tag 'alert_soon'",
        "line 4: expected a whole number as 'turn_id'",
        "line 5: the text is the Listener's, but turn 3 of 'test-000000' is the User's",
        "line 6: the dialogue 'test-000000' has no turn 5",
        "line 7: unknown dialogue 'test-9'",
        "line 7: unknown tag 'alert_then'",
        "line 9: expected 4 cells as in the header, found 2",
        "line 11: turn 0 of 'test-000001' stands twice, first in line 10",
    ]
    assert [sentence.startswith(start) for start, sentence in zip(expected, found, strict=True)] == [True] * 10, found


def test_every_mistake_of_json_lines_is_told_with_its_line(tmp_path):
    line = {"dialogue_id": "test-000000", "turn_id": 1, "predicted": []}
    found = mistakes(
        tmp_path,
        "\n".join(
            [
                json.dumps({**line, "turn_id": 7, "predicted": ["x", "y"], "probabilities": {"z": 2}}),
                "[1]",
                "",
                json.dumps({**line, "begun": {"alert_never": 0.5}}),
                json.dumps(line),
            ]
        ),
        "p.jsonl",
    )
    starts = ["line 1: the dialogue", "line 1: unknown tag 'x'", "line 1: unknown tag 'y'", "line 1: expected 'prob",
              "line 2: expected a JSON object", "line 4: unknown tag 'alert_never' in 'begun'",
              "line 5: turn 1 of 'test-000000' stands twice, first in line 4"]  # fmt: skip
    assert all(sentence.startswith(start) for start, sentence in zip(starts, found, strict=True)), found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "line 1: expected the columns turn_id and labels (or predicted), found a, b"),
        ("turn_id,labels\n0,\n1,\n", "for each of the split's 2 dialogues, found 1"),
        ('turn_id,labels\n0,"open\n', "line 2: not a CSV record"),
    ],
)
def test_a_csv_that_cannot_be_aligned_is_refused(tmp_path, text, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_a_message_quotes_no_more_than_a_names_length(tmp_path):
    (found,) = mistakes(tmp_path, json.dumps({"dialogue_id": "x" * 5000, "turn_id": 1, "predicted": []}), "p.jsonl")
    assert len(found) < 120


def test_many_mistakes_stay_on_twenty_lines(tmp_path):
    def one(n):
        return json.dumps({"dialogue_id": f"d'{n}", "turn_id": 1, "predicted": [f"x{n}"]})

    found = mistakes(tmp_path, "\n".join(map(one, range(500))), "p.jsonl")
    assert [sentence.split(";")[0] for sentence in found] == [
        "line 1: unknown dialogue 'd'0' (500 such mistakes, the last in line 500)",
        "line 1: unknown tag 'x0'",
    ]
    kinds = "\n".join("{" * n + one(0) for n in range(1, 30))  # each of its own place, all of one kind
    assert len(mistakes(tmp_path, kinds, "p.jsonl")) == 1


def test_more_kinds_than_lines_are_counted():
    found = told([Mistake(f"p, line {n}", f"a mistake {'!' * n}") for n in range(1, 31)])
    assert len(found.split("\n")) == 20
    assert found.endswith("\n11 more mistakes of 11 other kinds, the first in line 20")


def test_columns_that_are_not_read_are_told(tmp_path):
    (tmp_path / "p.csv").write_text("dialogue_id,turn_id,labels,probabilities\ntest-000001,0.0,alert_past,0.5\n")
    found = read_predictions(tmp_path / "p.csv", GOLD, CRADLE)
    assert [d.predicted.sum() for d in found.dialogues] == [0, 1]
    assert found.notes[-1].endswith("p.csv: not read: the column probabilities")
