"""The commands as users run them: each a process, in a clean directory, with sockets blocked."""

import csv
import importlib
import json
import os
import subprocess
import sys

import pytest
import yaml
from pydantic import BaseModel

from crisis_turns.__main__ import COMMANDS
from crisis_turns.commands.command import command
from crisis_turns.commands.override_grammar import path_value
from crisis_turns.config.keys import keys_of
from crisis_turns.files import read_json
from tests.support.checkout import ROOT
from tests.support.commands import called
from tests.support.places import OF_LINUX
from tests.support.tiny import FAST, TINY


@pytest.fixture
def run_command(tmp_path):
    """Call ``python -m src.<name>`` from an empty directory; sockets raise."""
    here = tmp_path / "here"
    here.mkdir()

    def call(name, *arguments, stdin=b"", fresh=False):
        process = called(name, *arguments, cwd=here, stdin=stdin, offline=True, fresh=fresh, HF_HUB_OFFLINE="1")
        process.left = sorted(p.name for p in here.iterdir())
        return process

    return call


def schema_of(name):
    return getattr(importlib.import_module(f"crisis_turns.commands.{name}"), COMMANDS[name].config)


def refused(process, message):
    error = process.stderr.decode()
    assert process.returncode == 2, error
    assert error.startswith("error: ")
    assert "Traceback" not in error
    assert message in error
    assert len(error.splitlines()) == 1
    assert process.stdout == b""


def test_train_and_evaluate_agree(run_command, tmp_path):
    """One run on a part of the embedded corpus, scored again from its folder and from its predictions file."""
    trained = run_command("train", "model=tfidf", "data.parts=[oblique]", "bootstrap=50", "run_dir=out", fresh=True)
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
        "data=embedded",
        "data.parts=[oblique]",
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


@pytest.mark.slow
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


@pytest.mark.slow
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
    ("name", "arguments", "message"),
    [
        ("train", ("optim.epoch=1",), "train has no key 'optim.epoch': did you mean optim.epochs or optim."),
        ("train", ("+optim.epoch=1",), "train has no key 'optim.epoch': did you mean optim.epochs or optim."),
        ("train", ("epochs=1",), "train has no key 'epochs': did you mean optim.epochs"),
        ("compare", ("data=embedded", "runs=x"), "compare has no key 'data'"),
        ("train", ("model=tfidf", "model.look=past"), "model=tfidf has no key 'model.look'"),
        ("train", ("model.static.width=8",), "model=hier_crf has no key 'model.static.width'"),
        ("benchmark", ("target=tagging", "data.path=y"), "'data.path' belongs to a choice of data: give data=annomi|"),
        ("evaluate", ("run=x", "data.path=y"), "x: no such folder"),
        ("evaluate", ("predictions=x", "data.path=y"), "data.path=… alone belongs to the corpus of a run: give run="),
        ("train", ("fast",), "'fast': expected key=value"),
        ("train", ("--epochs", "3"), "no option --epochs: keys are given as key=value"),
        ("train", ("experiment=heads",), "experiment=heads is a sweep of several runs: add -m"),
        ("train", ("-m", "experiment=heads,window"), "give one experiment at a time"),
        ("train", ("-m", "hydra/launcher=none_such"), "hydra/launcher=none_such: no such choice; expected one of b"),
        ("train", ("--config-dir", "nowhere"), "--config-dir nowhere: no such folder"),
        ("train", ("head=exclusive",), "head=exclusive does not fit data=embedded"),
        (
            "train",
            ("data=annomi", "data.path=nowhere", "head=exclusive"),
            "python -m notebooks.annomi AnnoMI-simple.csv FOLDER makes it",
        ),
        ("train", ("seed=",), "configuration key 'seed'"),
        ("train", ("model=[",), "no viable alternative at input '['): write 'model=\"…\"'"),
        ("train", ("encoder=/no/such/folder", "run_dir=out"), "expected a folder with config.json, found none"),
        ("train", ("model=fast", "teacher=nowhere"), "nowhere: expected the folder of a run"),
        ("train", ("trainer=gpu", "encoder=tiny", "run_dir=out"), "torch finds no GPU"),
        ("benchmark", (), "target has no value: give target=…"),
        ("benchmark", ("target=coffee",), "configuration key 'target': input should be 'training'"),
        ("benchmark", ("target=training", "trainer=gpu"), "trainer=gpu: torch finds no GPU"),
        ("benchmark", ("target=training", "encoder=/no/such/folder"), "expected a folder with config.json, found none"),
        ("evaluate", (), "give either run=DIR or predictions=FILE"),
        ("evaluate", ("predictions=p.jsonl",), "give data=embedded, data=cradle"),
        (
            "evaluate",
            ("predictions=p.jsonl", "data=embedded", "calibrate=true"),
            "give run=DIR and score another split",
        ),
        ("evaluate", ("run=nowhere",), "nowhere: no such folder"),
        ("evaluate", ("predictions=nowhere.jsonl", "data=embedded"), "nowhere.jsonl: no such file"),
        ("compare", ("runs=nowhere/*",), "expected at least two run folders, found 0"),
        ("predict", ("run=nowhere",), "input has no value: give input=…"),
        ("cascade", (), "large and small have no value: give large=… small=…"),
        ("llm", (), "llm.base_url and llm.model have no value: give llm.base_url=… llm.model=…"),
        ("predict", ("run=nowhere", "input=none.txt"), "none.txt: no such file"),
        ("predict", ("run=nowhere", "input=a.txt", "follow=true"), "give input=- and no output=FILE"),
        ("export", ("run=pretrainde",), "pretrainde: no such folder; did you mean pretrained?"),
        ("thresholds", ("run=pretraned",), "pretraned: no such folder; did you mean pretrained?"),
        ("benchmark", ("target=tagging", "runs=[pretraned]"), "pretraned: no such folder; did you mean pretrained?"),
        ("predict", ("run=x", "input=-", "follow=true", "decision.thresholds=rate"), "takes neither follow=true nor"),
        ("thresholds", ("run=nowhere", "objective=recall"), "at=… per 100 user turns, or alerts_per_1000=… "),
        ("thresholds", ("run=nowhere", "expected.alert=0.4"), "expected.alert=… belongs to objective=rate"),
        ("thresholds", ("run=nowhere", "split=dev"), "objective=f1 reads labels, of validation alone"),
    ],
)
def test_mistakes_end_with_one_sentence_and_status_2(run_command, name, arguments, message):
    process = run_command(name, *arguments)
    refused(process, message)
    assert process.left == []


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("loop/x", "loop/x: Too many levels of symbolic links; choose another path"),
        pytest.param("/proc/nosuch/x", "/proc/nosuch: No such file or directory; choose another path", marks=OF_LINUX),
    ],
)
def test_a_run_folder_that_cannot_be_is_refused(run_command, tmp_path, place, message):
    (tmp_path / "here" / "loop").symlink_to("loop")
    refused(run_command("train", "model=tfidf", "data.parts=[oblique]", f"run_dir={place}"), message)


CHOICES = {
    "data": "annomi, cradle, embedded, meld, probes, table",
    "encoder": "distilroberta, minilm, mpnet, pretrained, random_base, roberta_base, tiny",
    "experiment": "ablation, annomi, context, decoding, heads, learning_curve, listener, meld, offline, "
    "public_baseline, score, tuned, weights, window, null",
    "optim": "cpu, ddp, gpu",
    "model": "fast, flat, hier_crf, tfidf, turn_only",
    "trainer": "cpu, ddp, gpu",
}
GROUPS = {
    "train": ("data", "encoder", "experiment", "model", "optim", "trainer"),
    "evaluate": ("data",),
    "export": ("data",),
    "thresholds": ("data",),
    "benchmark": ("data", "encoder", "trainer"),
    "annotate": ("data",),
    "cascade": ("data",),
    "llm": ("data",),
}


def test_the_groups_of_each_command_are_told_from_its_configuration():
    for name in COMMANDS:
        assert sorted(command(name, BaseModel).groups) == sorted(GROUPS.get(name, ())), name


@pytest.mark.parametrize("sweep", [(), ("-m",)], ids=["one run", "sweep"])
@pytest.mark.parametrize(
    ("name", "group"), [(name, group) for name, groups in GROUPS.items() for group in groups if group != "encoder"]
)
def test_an_unknown_choice_is_refused_with_the_known_ones(run_command, name, group, sweep):
    process = run_command(name, *sweep, f"{group}=none_such")
    optional = ", null" if group == "data" and name not in ("train", "llm") else ""
    refused(process, f"{group}=none_such: no such choice; expected one of {CHOICES[group]}{optional}\n")
    assert process.left == []


@pytest.mark.parametrize("name", ["train", "benchmark"])
def test_an_unknown_encoder_is_looked_for_on_the_hub(run_command, name):
    target = ("target=training", "memory=false") if name == "benchmark" else ("run_dir=out",)
    process = run_command(name, *target, "encoder=none_such")
    refused(process, "encoder=none_such: could not be loaded (")
    assert process.left == []


def test_a_sweep_is_over_encoders_of_one_kind(run_command):
    refused(
        run_command("train", "-m", "encoder=tiny,some/encoder"), "either over names of conf/encoder or over hub names"
    )


HARD = "~/it's (1), n°2 é #3 a=b 'c' [d] \\"


def test_a_path_is_taken_as_it_is_typed(run_command):
    """With ``~`` expanded, also inside Hydra's own quotes."""
    expanded = os.path.expanduser(HARD)
    home = os.path.expanduser("~")
    process = run_command(
        "evaluate", f"run={HARD}", "predictions='~/p q'", "compare_to=2026", "thresholds=a,b", "run_dir=null",
        "data=table", "data.path=f(1)", "--cfg", "job",
    )  # fmt: skip
    assert process.returncode == 0, process.stderr.decode()
    config = yaml.safe_load(process.stdout)
    found = (config["run"], config["predictions"], config["compare_to"], config["thresholds"], config["run_dir"])
    assert found == (expanded, f"{home}/p q", "2026", "a,b", None)
    assert config["data"]["path"] == "f(1)"
    listed = run_command("compare", "runs=[~/a*,b (1),'c,d']", f"out={HARD}", "--cfg", "job")
    config = yaml.safe_load(listed.stdout)
    assert (config["runs"], config["out"]) == ([f"{home}/a*", "b (1)", "c,d"], expanded)
    encoder = yaml.safe_load(run_command("train", "encoder=~/my (1)", "--cfg", "job").stdout)["encoder"]
    assert encoder["name"] == f"{home}/my (1)"
    refused(run_command("predict", "run=x", f"input={HARD}"), f"{expanded}: no such file")


def test_every_path_key_is_known_as_one():
    assert {key.name for name in COMMANDS for key in keys_of(schema_of(name)).values() if key.is_path} == {
        "cascade.record", "compare_to", "data.path", "distill.unlabelled", "encoder.name", "folder", "input", "large",
        "llm.prompt", "out", "output", "predictions", "run", "run_dir", "runs", "runs_dir", "small", "teacher",
        "thresholds", "tune_large", "tune_small",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a b,c (1)", "a b,'c (1)'"),
        ("~/a,'~/b,c',d", f"'{os.path.expanduser('~/a')}','{os.path.expanduser('~/b,c')}',d"),
        ("choice(a,b)", "choice(a,b)"),
        ("it's,x", "'it\\'s',x"),
        ("null,1", "null,'1'"),
        ("", ""),
    ],
)
def test_in_a_sweep_commas_separate_paths(typed, read):
    assert path_value(typed, sweep=True) == read


@pytest.fixture
def own_choices(tmp_path):
    """A user's folder with a choice of their own for each group."""
    folder = tmp_path / "own"
    files = {
        "data/mine": "name: table\npath: ~/mine\ntags: [a]\nexclusive: false\ndialogues_per_step: 3\nsource: my hint",
        "encoder/mine": "name: tiny\ntrainable_layers: 0\nmax_tokens: 33",
        "model/mine": "# @package _global_\ndefaults: [tfidf]\nmodel: {ngrams: 7}",
        "experiment/mine": "# @package _global_\ndefaults: [ablation]\nrun_dir: mine",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.mark.slow
def test_a_folder_of_ones_own_adds_choices(run_command, own_choices):
    mine = ("data=mine", "model=mine", "encoder=mine")
    shown = run_command("train", "--config-dir", own_choices, *mine, "experiment=mine", "--cfg", "job")
    assert shown.returncode == 0, shown.stderr.decode()
    config = yaml.safe_load(shown.stdout)
    assert (config["data"]["path"], config["encoder"]["max_tokens"], config["model"]["ngrams"]) == ("~/mine", 33, 7)
    assert config["run_dir"] == "mine"
    refused(run_command("train", *mine, "--config-dir", own_choices), f"data.path={os.path.expanduser('~/mine')}: ")
    refused(
        run_command("train", "--config-dir", own_choices, "data=my"),
        "annomi, cradle, embedded, meld, mine, probes, table",
    )
    refused(run_command("evaluate", "--config-dir", own_choices, "run=x", "data=my"), "cradle, embedded, meld, mine")
    told = run_command("train", "--config-dir", own_choices, *mine, "--help")
    assert "annomi | cradle | embedded | meld | mine" in told.stdout.decode()
    assert "model.ngrams=7" in told.stdout.decode()


def test_a_choice_of_ones_own_cannot_hide_behind_a_packaged_one(run_command, own_choices):
    (own_choices / "data" / "embedded.yaml").write_text("name: other")
    process = run_command("train", "--config-dir", own_choices, "data=embedded")
    refused(process, "embedded.yaml: data=embedded is a choice already; rename the file")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_does_and_loads_nothing_heavy(run_command, name):
    process = run_command(name, "--help", fresh=True)
    assert process.returncode == 0
    page = process.stdout.decode()
    assert f"python -m src.{name}" in page
    assert f"crisis-turns {name}" in page
    assert "COMMAND" not in page
    assert max(map(len, page.splitlines())) <= 100
    heavy = "{'torch', 'transformers', 'pytorch_lightning', 'sklearn'}"
    check = f"import sys, crisis_turns.commands.{name}; print({heavy} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"


def test_help_shows_the_keys_of_what_is_chosen(run_command):
    page = run_command("train", "--help", "model=tfidf", "optim.head_lr=5").stdout.decode()
    for line in (
        "  data=embedded                 The corpus. (annomi | cradle | embedded | meld | probes | table)",
        "  model.c=10.0                  Inverse strength of the L2 penalty. (number > 0)",
        "  optim.head_lr=5               Highest learning rate of detectors and of everything above the turn",
        "  seed=1                        Of all random draws. (integer ≥ 0)",
    ):
        assert line in page
    assert "model.context_window" not in page
    required = run_command("export", "--help").stdout.decode()
    assert "  run=                          Folder of a trained run, or pretrained" in required


@pytest.mark.parametrize("name", COMMANDS)
def test_every_key_has_a_meaning(name):
    schema = schema_of(name)
    assert [key.name for key in keys_of(schema).values() if not key.meaning] == []
    for group in command(name, schema).groups:
        assert group == "experiment" or schema.model_fields[group].description, group
