"""Agreement against scikit-learn and by hand; settlement and export."""

import csv
import random

import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from crisis_turns.annotation.agreement import agreements, disputes
from crisis_turns.annotation.session import start_session
from crisis_turns.annotation.settlement import export, final_labels, given_again, settle, write_disputes
from crisis_turns.data.corpus import build_dialogues
from crisis_turns.data.table import read_rows
from crisis_turns.errors import InputError
from crisis_turns.tags import CRADLE, TagSet
from tests.support.invented import dialogue


def labelled(folder, tags, *passes, turns=1):
    talks = [
        dialogue(*(f"{who} maybe {n}" for n in range(turns) for who in "UL"), name=f"d{d}")
        for d in range(len(passes[0]))
    ]
    session = start_session(folder, talks, tags)
    for name, answers in zip(("ann", "ben", "eva"), passes, strict=False):
        session.keep(name, dict(zip(session.user_turns, map(frozenset, answers), strict=True)))
    return session


def test_f1_and_kappa_are_those_of_scikit_learn(tmp_path):
    rng = random.Random(3)
    answers = [[[tag for tag in CRADLE.names if rng.random() < 0.1] for _ in range(200)] for _ in range(2)]
    answers[1][:150] = answers[0][:150]
    session = labelled(tmp_path / "s", CRADLE, *answers)
    hot = [[CRADLE.multi_hot(row) for row in given] for given in answers]
    rows = {row.group: row for row in agreements(session)}
    assert list(rows) == ["all", "alert", "SI_passive", "SI_active", "SH", "DV", "CA", "SHA", "RA"]
    assert rows["all"].f1 == pytest.approx(f1_score(*hot, average="micro"))
    for group, indices in CRADLE.types.items():
        flags = [[any(row[i] for i in indices) for row in given] for given in hot]
        assert rows[group].kappa == pytest.approx(cohen_kappa_score(*flags)), group


def test_every_pair_of_labellers_is_compared_and_tags_of_ones_own_are_groups(tmp_path):
    tags = TagSet(("low", "high"))
    session = labelled(tmp_path / "s", tags, [["low"], []], [["low"], ["high"]], [[], []])
    rows = {(row.labellers, row.group): row for row in agreements(session)}
    assert len(rows) == 9
    both = rows[("ann", "ben"), "all"]
    assert (both.first, both.second, both.both, both.f1) == (1, 2, 1, 2 / 3)
    nothing = rows[("ann", "eva"), "high"]
    assert nothing.f1 is None
    assert nothing.kappa is None


def test_disputes_are_settled_with_reasons_all_or_none(tmp_path):
    session = labelled(
        tmp_path / "s", CRADLE, [["alert_past"], [], ["alert_past"]], [["alert_past"], ["alert_past"], []]
    )
    assert list(disputes(session)) == [("d1", 0), ("d2", 0)]
    with pytest.raises(InputError, match="2 disputed turns are not settled"):
        final_labels(session)
    form = tmp_path / "form.csv"
    assert write_disputes(session, form) == 2
    assert form.read_text().splitlines() == [
        "dialogue_id,turn_id,text,ann,ben,final,reason", "d1,0,maybe 0,,alert_past,,", "d2,0,maybe 0,alert_past,,,",
    ]  # fmt: skip
    head = "dialogue_id,turn_id,final,reason\n"
    for text, message in [
        ("d1,0,alert_past,clear\n", "1 of 2 disputed turns are missing, the first is turn 0 of 'd2'"),
        ("d1,0,alert_past,clear\nd2,0,,\n", "line 3: expected a reason, found none"),
        ("d0,0,,no\n", "line 2: the labellers agree on the turn 0 of 'd0'"),
    ]:
        form.write_text(head + text)
        with pytest.raises(InputError, match=message):
            settle(session, form)
        assert not session.settled.exists()
    form.write_text(f"{head}d2,0,,an idiom\nd1,0,alert_past,clear\n")
    assert settle(session, form) == 2
    out = tmp_path / "out.csv"
    beside = export(session, out)
    dialogues, _ = build_dialogues(read_rows(out), split="x", tags=CRADLE)
    assert [d.user_turns[0].tags for d in dialogues] == [("alert_past",), ("alert_past",), ()]
    with beside.open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["ann"], row["ben"], row["final"], row["disputed"], row["reason"]) for row in rows] == [
        ("alert_past", "alert_past", "alert_past", "0", ""),
        ("", "alert_past", "alert_past", "1", "clear"),
        ("alert_past", "", "", "1", "an idiom"),
    ]


def test_unfinished_labels_are_not_exported(tmp_path):
    session = labelled(tmp_path / "s", CRADLE, [[], []])
    kept = session.answers("ann")
    session.keep("ann", dict(list(kept.items())[:1]))
    with pytest.raises(InputError, match="ann has answered 1 of 2 user turns"):
        export(session, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_tag_that_a_dialogue_had_before_is_counted(tmp_path):
    session = labelled(tmp_path / "s", CRADLE, [["alert_past"], ["alert_past"]], turns=1)
    assert given_again(session) == 0
    talk = [dialogue("U maybe", "L so", "U maybe so", name="d")]
    twice = start_session(tmp_path / "twice", talk, CRADLE)
    twice.keep("ann", dict.fromkeys(twice.user_turns, frozenset({"alert_past", "confirm_SH_past"})))
    assert given_again(twice) == 2


def test_a_settlement_without_its_reasons_is_told_with_its_file(tmp_path):
    session = labelled(tmp_path / "s", CRADLE, [["alert_past"]], [[]])
    session.settled.write_text("dialogue_id,turn_id,final\nd0,0,\n")
    with pytest.raises(InputError, match=r"settled\.csv, line 2: expected a column 'reason', found dialogue_id, "):
        export(session, tmp_path / "out.csv")
