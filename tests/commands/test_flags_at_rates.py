"""Thresholds at a rate, through the commands: set on chats without labels, taken by predict, alike for an export."""

import collections
import json

import pytest

from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.decision.expected_flags import MIN_DIALOGUES
from crisis_turns.files import read_json
from tests.commands.test_commands import refused, run_command  # noqa: F401
from tests.support.invented import simple_dialogue, write_csv

STATED = ("expected.alert=0.5", "expected.confirm=0.25")


@pytest.fixture
def chats(tmp_path):
    return write_csv(tmp_path / "chats.csv", [simple_dialogue(f"d{n}", n) for n in range(MIN_DIALOGUES)])


def succeeded(process):
    assert process.returncode == 0, process.stderr.decode()
    return process.stdout.decode().splitlines()


def flags_of(lines):
    """How many of each tag were raised, and in how many dialogues."""
    raised = [(tag, line["dialogue_id"]) for line in map(json.loads, lines) for tag in line["predicted"]]
    assert len(set(raised)) == len(raised), "each tag at most once per dialogue"
    return collections.Counter(tag for tag, _ in raised)


@pytest.mark.slow
def test_as_many_are_raised_as_are_expected_whatever_the_labels(run_command, tiny_run, chats, tmp_path):  # noqa: F811
    target = ("data=table", f"data.path={chats}")
    told = succeeded(
        run_command("thresholds", f"run={tiny_run.path}", "objective=rate", *target, *STATED, "out=a.json")
    )
    assert told[0].startswith(f"{chats}: rows, {MIN_DIALOGUES} dialogues, ")
    assert told[1] == "flags per dialogue as stated; no label was read"
    assert [line.partition(" expected, ")[0] for line in told[2:4]] == ["alert: 0.500", "confirm: 0.250"]
    raised = [float(line.partition(" expected, ")[2].partition(" raised")[0]) for line in told[2:4]]
    chosen = read_json(tmp_path / "here" / "a.json")
    chats.write_text(chats.read_text().replace("alert_ongoing", "no such tag").replace("confirm_SH_ongoing", "x; y"))
    succeeded(run_command("thresholds", f"run={tiny_run.path}", "objective=rate", *target, *STATED, "out=b.json"))
    assert read_json(tmp_path / "here" / "b.json") == chosen
    given = (f"run={tiny_run.path}", f"input={chats}")
    with_file = succeeded(run_command("predict", *given, "thresholds=a.json"))
    in_passing = run_command("predict", *given, "decision.thresholds=rate", *STATED)
    assert succeeded(in_passing) == with_file
    assert "flags per dialogue as stated; no label was read; alert: 0.500 expected" in in_passing.stderr.decode()
    found = flags_of(with_file)
    counted = [found[tag] / MIN_DIALOGUES for tag in ("alert_ongoing", "confirm_SH_ongoing")]
    assert counted == pytest.approx(raised, abs=1e-3)


@pytest.mark.slow
def test_an_export_knows_the_rates_of_train_and_estimates_them_anew(run_command, tiny_run, chats, tmp_path):  # noqa: F811
    out = export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path / "export")))
    sources = {"rate": "as in the run's train (8 dialogues)", "em": "as estimated from these beliefs"}
    for run, objective in ((out, "rate"), (out, "em"), (tiny_run.path, "em")):
        given = (f"run={run}", f"objective={objective}", "data=table", f"data.path={chats}")
        told = succeeded(run_command("thresholds", *given, f"out={run.name}-{objective}.json"))
        assert told[1].startswith(f"flags per dialogue {sources[objective]}")
    one, other = (read_json(tmp_path / "here" / f"{run.name}-em.json")["thresholds"] for run in (tiny_run.path, out))
    assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.slow
def test_too_few_dialogues_are_refused_before_anything_is_written(run_command, tiny_run, tmp_path):  # noqa: F811
    few = write_csv(tmp_path / "few.csv", [simple_dialogue(f"d{n}", n) for n in range(7)])
    message = f"{few}: thresholds at a rate need {MIN_DIALOGUES} dialogues with a user turn or more, found 7"
    for name, given in (
        ("thresholds", ("objective=rate", "data=table", f"data.path={few}", "out=t.json")),
        ("predict", ("decision.thresholds=rate", f"input={few}", "output=p.jsonl")),
    ):
        process = run_command(name, f"run={tiny_run.path}", *given)
        assert (process.returncode, process.left) == (2, [])
        assert process.stderr.decode().splitlines()[-1] == f"error: {message}"
