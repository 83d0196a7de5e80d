"""``annotate`` from start to export through the command line."""

import csv

from tests.support.commands import called

TALK = "dialogue_id,turn_id,text\na,0,User: maybe one\na,1,Listener: so\na,2,User: maybe two\n"


def test_two_label_and_a_third_settles(tmp_path):
    def annotate(*arguments, stdin=b"", status=0):
        process = called("annotate", f"folder={tmp_path / 's'}", *arguments, stdin=stdin)
        assert process.returncode == status, process.stderr.decode()
        return (process.stderr if status else process.stdout).decode()

    (tmp_path / "talk.csv").write_text(TALK)
    assert "1 dialogues, 2 user turns" in annotate("step=start", f"input={tmp_path / 'talk.csv'}")
    shown = annotate("step=next", "labeller=ann")
    assert "User (0): maybe one" in shown
    assert "two" not in shown
    answer = tmp_path / "answer.csv"
    answer.write_text("dialogue_id,turn_id,labels\na,0,alert_ongoing\n")
    assert "kept 1 answers: 1 with tags, 0 without" in annotate("step=answer", "labeller=ann", f"input={answer}")
    assert "User (2): maybe two" in annotate("step=next", "labeller=ann")
    again = annotate("step=answer", "labeller=ann", f"input={answer}", status=2)
    assert again == "error: the turn 0 of 'a' was answered before, and an answer stays\n"
    answer.write_text("dialogue_id,turn_id,labels\n")
    annotate("step=answer", "labeller=ann", f"input={answer}")
    assert "ann: 2 of 2 user turns answered" in annotate("step=next", "labeller=ann")

    first = annotate("step=label", "labeller=ben", stdin=b"nonsense\n\xff\nalert_ongoing; alert_past\n")
    assert "unknown tag 'nonsense'" in first
    assert r"this answer: unknown tag '\xff'" in first
    assert first.endswith("ben: 1 of 2 user turns answered\n")
    assert annotate("step=label", "labeller=ben", stdin=b"\n").endswith("ben: 2 of 2 user turns answered\n")

    assert "ann / ben" in annotate("step=agreement")
    form, out = tmp_path / "form.csv", tmp_path / "out.csv"
    assert "1 disputed turns" in annotate("step=disputes", f"output={form}")
    form.write_text(form.read_text().replace(",,\n", ",alert_ongoing,nothing is over\n"))
    again = called("annotate", f"folder={tmp_path / 's'}", "step=disputes", f"output={form}")
    assert (again.returncode, "may have been filled in" in again.stderr.decode()) == (2, True)
    assert "nothing is over" in form.read_text()
    annotate("step=settle", f"input={form}")
    annotate("step=export", f"output={out}")
    with out.open() as file:
        assert [row["labels"] for row in csv.DictReader(file)] == ["alert_ongoing", "", ""]


def test_what_a_step_needs_is_said(tmp_path):
    for arguments, message in [
        (("step=next",), "step=next needs labeller=NAME"),
        (("step=settle",), "step=settle needs input=FILE"),
        (("step=answer",), "step=answer needs labeller=NAME and input=FILE"),
        (("step=export",), "step=export needs output=FILE"),
        (("step=start",), "step=start needs input=FILE, or data=NAME with split=NAME, and not both"),
        (("step=agreement",), f"folder={tmp_path / 's'}: no labelling session; step=start makes one"),
    ]:
        process = called("annotate", f"folder={tmp_path / 's'}", *arguments)
        assert (process.returncode, process.stderr.decode()) == (2, f"error: {message}\n")
    assert not (tmp_path / "s").exists()
