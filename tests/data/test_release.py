"""Rows to dialogues: quirks of the release are counted, all else is refused, no label goes missing unseen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.data.dialogue import Speaker
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import Row
from crisis_turns.errors import InputError
from crisis_turns.tags import CRADLE, TagSet, split_labels
from tests.support.invented import rows


def build(*cells, tags=CRADLE):
    return build_dialogues(rows(*cells), split="test", tags=tags)


def test_dialogues_start_at_zero_and_are_named_in_order():
    dialogues, report = build((0, "User: a", ""), (1, "Listener: b", ""), (0, "Listener: c", None), (1, "User: d", ""))
    assert [d.id for d in dialogues] == ["test-000000", "test-000001"]
    assert [[t.text for t in d.turns] for d in dialogues] == [["a", "b"], ["c", "d"]]
    assert (report["dialogues"], report["rows"], report["user_turns"]) == (2, 4, 2)
    assert report["opened_by_listener"] == 1


def test_rows_without_a_speaker_go_on_with_the_row_before():
    dialogues, report = build(
        (0, "User: a", "alert_ongoing"),
        (1, "more", "alert_past; alert_ongoing"),
        (2, "Listener: b", ""),
        (3, "- c", ""),
        (5, "User: d", ""),
    )
    turns = dialogues[0].turns
    assert [(t.turn_id, t.text) for t in turns] == [(0, "a\nmore"), (2, "b\n- c"), (5, "d")]
    assert turns[0].tags == ("alert_ongoing", "alert_past")
    assert (report["rows"], report["rows_continued"], report["labels_repeated"], report["turn_id_gaps"]) == (5, 2, 1, 1)


def test_speakers_are_read_in_any_case():
    dialogues, _ = build((0, "user:a", ""), (1, " LISTENER : b", ""), (2, "User:", ""))
    assert [(t.speaker, t.text) for t in dialogues[0].turns] == [
        (Speaker.USER, "a"),
        (Speaker.LISTENER, "b"),
        (Speaker.USER, ""),
    ]


def test_two_user_turns_in_a_row_are_kept_and_counted():
    dialogues, report = build((0, "User: a", ""), (1, "User: b", "alert_past"))
    assert len(dialogues[0].user_turns) == 2
    assert report["user_after_user"] == 1


@pytest.mark.parametrize("empty", ["", "none", "None", "NONE", "nan", "null", "[]", " ", None])
def test_spellings_of_no_label(empty):
    assert split_labels(empty) == []


def test_labels_on_the_listeners_turns_are_reported_not_scored():
    dialogues, report = build((0, "User: a", "alert_past"), (1, "Listener: b", "alert_ongoing"))
    assert [t.tags for t in dialogues[0].turns] == [("alert_past",), ()]
    assert (report["labels"], report["labels_scored"], report["labels_on_listener"]) == (2, 1, 1)
    assert "1 labels stand on Listener turns: reported, not scored" in report.warnings()


def test_repeated_tags_of_a_dialogue_are_kept_with_the_ceiling_told():
    dialogues, report = build(*((n, "User: a", "alert_past") for n in range(4)))
    assert dialogues[0].gold(CRADLE).sum() == 4
    assert report.recall_ceiling == 1 / 4
    assert any("recall cannot exceed 0.2500" in note for note in report.notes())


def test_dialogue_ids_are_kept_where_there_are_any():
    cells = [
        Row("f, row 1", "x", 0, "User: a", ""),
        Row("f, row 2", "x", 4, "User: b", ""),
        Row("f, row 3", "y", 0, "User: c", ""),
    ]
    dialogues, _ = build_dialogues(cells, split="test", tags=CRADLE)
    assert [d.id for d in dialogues] == ["x", "y"]


def test_half_a_character_becomes_one_that_a_file_can_hold():
    cells = [
        Row("f, row 1", "x\ud83d", 0, "User: hi \ud83d", ""),
        Row("f, row 2", "x\ud83d", 1, "and \ude42", ""),
        Row("f, row 3", "x\ud83d", 2, "Listener: \ud83d\ude42 \udc80", ""),
    ]
    (dialogue,), _ = build_dialogues(cells, split="test", tags=CRADLE)
    assert dialogue.id == "x\ufffd"
    assert [turn.text for turn in dialogue.turns] == ["hi \ufffd\nand \ufffd", "🙂 \ufffd"]
    assert build_dialogues(rows((0, "User: a", "")), split="caf\udce9", tags=None)[0][0].id == "caf\ufffd-000000"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([(1, "User: a", "")], "line 2: expected a dialogue to start with turn_id 0, found 1"),
        ([(0, "User: a", ""), (0, "no speaker", "")], "line 3: expected the text to start with 'User:' or 'Listener:'"),
        (
            [(0, "User: a", ""), (2, "User: b", ""), (2, "User: c", "")],
            "line 4: expected a turn_id above 2 or a new dialogue at 0, found 2",
        ),
        ([(0, "User: a", ""), (3, "User: b", ""), (1, "User: c", "")], "line 4: expected a turn_id above 3"),
        ([(0, "Listener: a", ""), (1, "Listener: b", "")], "line 2: the dialogue that starts here has no user turn"),
        ([(0, "User: a", "alert_now")], "line 2: unknown tag 'alert_now'; expected one of alert_ongoing, alert_past"),
    ],
)
def test_what_the_release_never_does_is_refused(cells, message):
    with pytest.raises(InputError) as caught:
        build(*cells)
    assert message in str(caught.value)


def test_an_id_that_comes_back_is_refused():
    cells = [Row(f"f, row {n}", name, 0, "User: a", "") for n, name in enumerate(("x", "y", "x"), 1)]
    with pytest.raises(InputError, match="row 3: the dialogue 'x' stands twice"):
        build_dialogues(cells, split="test", tags=CRADLE)


def test_exclusive_corpora_need_exactly_one_label_per_user_turn():
    tags = TagSet(("change", "neutral"), exclusive=True)
    dialogues, _ = build((0, "Listener: a", ""), (1, "User: b", "neutral"), tags=tags)
    assert dialogues[0].gold(tags).tolist() == [[False, True]]
    for labels, found in (("", 0), ("change; neutral", 2)):
        with pytest.raises(InputError, match=f"expected exactly one label on a user turn, found {found}"):
            build((0, "User: b", labels), tags=tags)


TURN = st.tuples(
    st.sampled_from(["User: ", "Listener: ", ""]),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
    st.lists(st.sampled_from(CRADLE.names), max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(TURN, max_size=6), min_size=1, max_size=4))
def test_no_label_is_ever_lost_silently(blocks):
    cells, given_labels = [], 0
    for block in blocks:
        cells.append((0, "User: first", ""))
        for n, (prefix, text, labels) in enumerate(block, 1):
            cells.append((n, prefix + text, "; ".join(labels)))
            given_labels += len(labels)
    dialogues, report = build(*cells)
    scored = sum(int(d.gold(CRADLE).sum()) for d in dialogues)
    assert report["labels"] == given_labels
    assert report["labels_scored"] == scored
    assert given_labels == scored + report["labels_on_listener"] + report["labels_repeated"]
    assert report["rows"] == len(cells) == sum(len(d.turns) for d in dialogues) + report["rows_continued"]


@given(st.sets(st.sampled_from(CRADLE.names)))
def test_tags_survive_encoding_and_decoding(tags):
    assert set(CRADLE.named(CRADLE.multi_hot(tags))) == tags
    assert set(split_labels("; ".join(tags))) == tags


@pytest.mark.parametrize("names", [(), ("a", "a"), ("a;b",), ("none",), (" a",)])
def test_tag_names_that_labels_cannot_carry_are_refused(names):
    with pytest.raises(InputError, match="tags must be distinct names"):
        TagSet(names)
