"""The commands as users run them: in processes of their own, in a clean directory, with sockets blocked."""

import csv
import json
import os
import subprocess
import sys

import pytest

from crisis_turns.files import read_json
from tests.support.checkout import ROOT
from tests.support.tiny import FAST, TINY

BLOCK = """
import socket
def refuse(*_, **__):
    raise OSError("a socket was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


@pytest.fixture
def run_command(tmp_path):
    """Call ``python -m src.<name>`` from an empty directory; sockets raise."""
    site, here = tmp_path / "site", tmp_path / "here"
    site.mkdir()
    here.mkdir()
    (site / "sitecustomize.py").write_text(BLOCK)
    kept = {k: v for k, v in os.environ.items() if k not in ("HYDRA_FULL_ERROR", "PYTHONPATH")}
    environment = kept | {"PYTHONPATH": os.pathsep.join((str(site), str(ROOT))), "HF_HUB_OFFLINE": "1"}

    def call(name, *arguments, stdin=None):
        process = subprocess.run(
            [sys.executable, "-m", f"src.{name}", *map(str, arguments)],
            cwd=here, env=environment, input=stdin, capture_output=True, timeout=200,
        )  # fmt: skip
        process.left = sorted(p.name for p in here.iterdir())
        return process

    return call


def refused(process, message):
    error = process.stderr.decode()
    assert process.returncode == 2, error
    assert error.startswith("error: ")
    assert "Traceback" not in error
    assert message in error
    assert len(error.splitlines()) == 1
    assert process.stdout == b""


def test_train_and_evaluate_agree(run_command, tmp_path):
    """One run on the embedded corpus, scored again from its folder and from its predictions file."""
    trained = run_command("train", "model=tfidf", "bootstrap=50", "run_dir=out")
    assert trained.returncode == 0, trained.stderr.decode()
    assert trained.left == ["out"]
    assert b"micro F1" in trained.stdout
    run = tmp_path / "here" / "out"
    first = read_json(run / "metrics-test.json")
    again = run_command("evaluate", "run=out", "bootstrap=50")
    assert again.returncode == 0, again.stderr.decode()
    assert again.left == ["out"]
    assert read_json(run / "metrics-test.json") == first
    foreign = run_command(
        "evaluate",
        "predictions=out/predictions-test.jsonl",
        "data=mini",
        "split=test",
        "run_dir=scored",
        "bootstrap=50",
    )
    assert foreign.returncode == 0, foreign.stderr.decode()
    scored = read_json(tmp_path / "here" / "scored" / "metrics-test.json")
    assert scored["turn"] == first["turn"]
    assert scored["data_sha256"] == first["data_sha256"]


TRANSCRIPT = "User: hello\nListener: hi,\nhow are you?\n\nUser: not so good 🙂\nListener: oh\nUser: שלום\n"


def test_predict_reads_every_format_alike(run_command, tiny_run, tmp_path):
    rows = [
        (0, "User: hello"),
        (1, "Listener: hi,\nhow are you?"),
        (2, "User: not so good 🙂"),
        (3, "Listener: oh"),
        (4, "User: שלום"),
    ]
    (tmp_path / "talk.txt").write_text(TRANSCRIPT, encoding="utf-8")
    with (tmp_path / "talk.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("turn_id", "text"), *rows])
    (tmp_path / "talk.jsonl").write_text("\n".join(json.dumps({"turn_id": i, "text": t}) for i, t in rows))
    found = {}
    for name in ("talk.csv", "talk.jsonl"):
        process = run_command("predict", f"run={tiny_run.path}", f"input={tmp_path / name}")
        assert process.returncode == 0, process.stderr.decode()
        assert process.left == []
        found[name] = [json.loads(line) for line in process.stdout.splitlines()]
    piped = run_command("predict", f"run={tiny_run.path}", "input=-", "output=p.jsonl", stdin=TRANSCRIPT.encode())
    assert piped.left == ["p.jsonl"]
    assert piped.stdout == b""
    lines = [json.loads(line) for line in (tmp_path / "here" / "p.jsonl").read_text().splitlines()]
    assert found["talk.csv"] == found["talk.jsonl"]
    assert [line["dialogue_id"] for line in lines] == ["input-000000"] * 3
    for line, other in zip(lines, found["talk.csv"], strict=True):
        assert line["probabilities"] == pytest.approx(other["probabilities"], abs=2e-6)
        assert set(line) == {"dialogue_id", "turn_id", "predicted", "probabilities", "begun"}


def test_a_fast_tagger_is_taught_and_tags(run_command, tiny_run, tmp_path):
    data = tiny_run.path.parent / "data"
    trained = run_command(
        "train", *TINY, *FAST, "data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]",
        "optim.epochs=1", f"teacher={tiny_run.path}", "distill.folds=2", "run_dir=student",
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr.decode()
    assert trained.left == ["student"]
    tagged = run_command("predict", "run=student", "input=-", stdin=TRANSCRIPT.encode())
    assert tagged.returncode == 0, tagged.stderr.decode()
    assert len(tagged.stdout.splitlines()) == 3


def test_long_input_gives_a_sane_result(run_command, tiny_run, tmp_path):
    """2,000 turns, and one turn of 5,000 words."""
    (tmp_path / "long.txt").write_text("".join(f"{'User' if n % 2 else 'Listener'}: line {n}\n" for n in range(2000)))
    (tmp_path / "wide.txt").write_text("User: " + "word " * 5000)
    many = run_command("predict", f"run={tiny_run.path}", f"input={tmp_path / 'long.txt'}")
    assert many.returncode == 0, many.stderr.decode()
    assert len(many.stdout.splitlines()) == 1000
    one = run_command("predict", f"run={tiny_run.path}", f"input={tmp_path / 'wide.txt'}")
    assert len(one.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a dialogue, found an empty file"),
        (b"   \n\n", "expected a dialogue, found an empty file"),
        (b"hello there\nsomebody", "line 1: expected the text to start with 'User:' or 'Listener:'"),
        (b"Listener: hello", "the dialogue that starts here has no user turn"),
        (b"User: caf\xe9", "line 1: expected UTF-8 text, found byte 0xe9"),
        (b'{"turn_id": 0, "text": "User: a"}\n{"turn_id": 0', "standard input, line 2: expected a JSON object"),
        (b"turn_id,text\n1,User: a\n", "line 2: expected a dialogue to start with turn_id 0, found 1"),
    ],
)
def test_predict_refuses_what_is_no_dialogue(run_command, tiny_run, content, message):
    refused(run_command("predict", f"run={tiny_run.path}", "input=-", stdin=content), message)


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("train", ("model=none_such",), "Could not find 'model/none_such'"),
        ("train", ("optim.epoch=1",), "optim"),
        ("train", ("head=exclusive",), "head=exclusive does not fit data=mini"),
        ("train", ("data=annomi", "data.path=nowhere", "head=exclusive"), "GitHub repository uccollab/AnnoMI"),
        ("train", ("seed=",), "configuration key 'seed'"),
        ("train", ("model=[",), "no viable alternative at input '['"),
        ("train", ("encoder=/no/such/folder", "run_dir=out"), "expected a folder with config.json, found none"),
        ("train", ("model=fast", "teacher=nowhere"), "nowhere: expected the folder of a run"),
        ("train", ("trainer=gpu", "encoder=tiny", "run_dir=out"), "torch finds no GPU"),
        ("benchmark", (), "target has no value: give target=…"),
        ("benchmark", ("target=coffee",), "configuration key 'target': input should be 'training'"),
        ("benchmark", ("target=training", "trainer=gpu"), "trainer=gpu: torch finds no GPU"),
        ("benchmark", ("target=training", "encoder=/no/such/folder"), "expected a folder with config.json, found none"),
        ("evaluate", (), "give either run=DIR or predictions=FILE"),
        ("evaluate", ("predictions=p.jsonl",), "give data=mini, data=cradle"),
        ("evaluate", ("predictions=p.jsonl", "data=mini", "calibrate=true"), "give run=DIR and score another split"),
        ("evaluate", ("run=nowhere",), "expected the folder of a run, found no config.yaml"),
        ("evaluate", ("predictions=nowhere.jsonl", "data=mini"), "nowhere.jsonl: no such file"),
        ("compare", ("runs=nowhere/*",), "expected at least two run folders, found 0"),
        ("predict", ("run=nowhere",), "input has no value: give input=…"),
        ("predict", ("run=nowhere", "input=none.txt"), "none.txt: no such file"),
        ("predict", ("run=nowhere", "input=a.txt", "follow=true"), "give input=- and no output=FILE"),
        ("export", ("run=nowhere",), "expected the folder of a run, found no config.yaml"),
        ("thresholds", ("run=nowhere", "objective=recall"), "at=… per 100 user turns"),
    ],
)
def test_mistakes_end_with_one_sentence_and_status_2(run_command, command, arguments, message):
    process = run_command(command, *arguments)
    refused(process, message)
    assert process.left == []


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "compare", "thresholds", "export", "benchmark"])
def test_help_says_what_the_command_does_and_loads_nothing_heavy(run_command, command):
    process = run_command(command, "--help")
    assert process.returncode == 0
    assert f"python -m src.{command}" in process.stdout.decode()
    heavy = "{'torch', 'transformers', 'pytorch_lightning', 'sklearn'}"
    check = f"import sys, crisis_turns.commands.{command}; print({heavy} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
