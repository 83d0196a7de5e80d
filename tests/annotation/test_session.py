"""Blind labelling: what is shown, what is kept, what is refused."""

import pytest

from crisis_turns.annotation.rounds import answer_round, next_round
from crisis_turns.annotation.session import open_session, start_session
from crisis_turns.errors import InputError
from crisis_turns.tags import CRADLE, TagSet
from tests.support.invented import dialogue

NONE = frozenset()
ALERT = frozenset({"alert_ongoing"})


@pytest.fixture
def session(tmp_path):
    talks = [
        dialogue("L good evening", "U maybe one | alert_ongoing", "L yes, and?", "U maybe two", name="a b"),
        dialogue("U maybe three", "L bye", name="c"),
    ]
    return start_session(tmp_path / "session", talks, CRADLE)


def keys(shown):
    return [each.key for each in shown]


def test_labels_of_the_input_are_left_behind(session):
    assert "alert" not in "".join(path.read_text() for path in session.folder.glob("*.csv"))
    assert open_session(session.folder) == session


def test_a_turn_is_shown_when_the_one_before_is_answered_and_nothing_after_it(session):
    first = next_round(session, "ann")
    assert keys(first) == [("a b", 1), ("c", 0)]
    assert str(first[0]) == "# a b, turn 1\nListener (0): good evening\nUser (1): maybe one"
    assert keys(next_round(session, "ann")) == keys(first)  # the same again until it is answered
    assert answer_round(session, "ann", {("a b", 1): ALERT}) == 2
    second = next_round(session, "ann")
    assert [turn.text for turn in second[0].new] == ["yes, and?", "maybe two"]
    assert keys(second) == [("a b", 3)]
    answer_round(session, "ann", {})
    assert next_round(session, "ann") == []
    assert session.answers("ann") == {("a b", 1): ALERT, ("a b", 3): NONE, ("c", 0): NONE}
    assert keys(next_round(session, "ben")) == keys(first)  # every labeller begins at the beginning


def test_a_round_of_fewer_dialogues_answers_those_alone(session):
    assert keys(next_round(session, "ann", at_once=1)) == [("a b", 1)]
    assert keys(next_round(session, "ann", at_once=None)) == [("a b", 1)]
    answer_round(session, "ann", {})
    assert keys(next_round(session, "ann", at_once=1)) == [("a b", 3)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({("a b", 3): ALERT}, "the turn 3 of 'a b' was not shown yet"),
        ({("c", 0): ALERT}, "the turn 0 of 'c' was answered before, and an answer stays"),
    ],
)
def test_what_is_hidden_or_answered_cannot_be_labelled(session, given, message):
    next_round(session, "ann")
    answer_round(session, "ann", {})
    next_round(session, "ann")
    before = session.answers("ann")
    if ("a b", 3) in given:
        session.show("ann", [("c", 0)])
    with pytest.raises(InputError, match=message):
        answer_round(session, "ann", given)
    assert session.answers("ann") == before


def test_nothing_is_answered_before_it_is_shown(session):
    with pytest.raises(InputError, match="no turn is shown; step=next"):
        answer_round(session, "ann", {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("c,0,alert_soon", r"f.csv, line 2: unknown tag 'alert_soon'; expected some of alert_ongoing"),
        ("c,1,", r"f.csv, line 2: expected a user turn of the session, found 'c' 1"),
        ("d,0,", r"f.csv, line 2: expected a user turn of the session, found 'd' 0"),
        ("c,0,\nc,0.0,", r"f.csv, line 3: the turn 0 of 'c' stands twice"),
    ],
)
def test_a_mistake_in_answers_is_told_with_its_line(session, tmp_path, line, message):
    (tmp_path / "f.csv").write_text(f"dialogue_id,turn_id,labels\n{line}\n")
    with pytest.raises(InputError, match=message):
        session.read_labels(tmp_path / "f.csv")


@pytest.mark.parametrize("name", ["", "../ann", "a b", "final", "x" * 41])
def test_a_labellers_name_is_one_that_files_and_columns_can_have(session, name):
    with pytest.raises(InputError, match="expected a short name"):
        session.answers(name)


def test_names_that_differ_in_case_alone_are_one(session):
    session.keep("ann", {})
    with pytest.raises(InputError, match="'ann' has labelled here"):
        session.answers("Ann")


def test_a_class_is_needed_on_each_turn_where_classes_are_exclusive(tmp_path):
    session = start_session(
        tmp_path / "s", [dialogue("U maybe", "L so", "U maybe so")], TagSet(("stay", "change"), exclusive=True)
    )
    next_round(session, "ann")
    with pytest.raises(InputError, match="expected a class for each turn shown"):
        answer_round(session, "ann", {})
    with pytest.raises(InputError, match="expected one of stay, change, found 0"):
        session.labels("", "here")


def test_half_a_session_is_not_left_and_the_same_command_then_makes_it(session, tmp_path, monkeypatch):
    def full(path, value):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("crisis_turns.annotation.session.write_json", full)
        with pytest.raises(OSError, match="No space left"):
            start_session(tmp_path / "new", session.dialogues, CRADLE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["session"]
    assert start_session(tmp_path / "new", session.dialogues, CRADLE).user_turns == session.user_turns


def test_a_session_is_made_in_a_new_folder_alone(session, tmp_path):
    with pytest.raises(InputError, match="expected a new folder"):
        start_session(session.folder, session.dialogues, CRADLE)
    with pytest.raises(InputError, match="no labelling session; step=start makes one"):
        open_session(tmp_path)


@pytest.mark.parametrize("text", ["{}", "[]", '{"tags": "ab", "exclusive": false}', '{"tags": [1], "exclusive": true}'])
def test_a_session_without_its_tags_is_none(session, text):
    (session.folder / "session.json").write_text(text)
    with pytest.raises(InputError, match=r"session\.json: expected the tags of a labelling session"):
        open_session(session.folder)


def test_a_round_without_its_columns_is_told_with_its_file(session):
    (session.folder / "round-ann.csv").write_text("dialogue_id,turn\nc,0\n")
    with pytest.raises(InputError, match=r"round-ann\.csv, line 2: expected a column 'turn_id', found dialogue_id, "):
        next_round(session, "ann")
