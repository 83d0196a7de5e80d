"""``predict`` under odd inputs, terminals and outputs, in processes of their own.

Content note: one invented text names a low mood in plain, non-graphic words.
"""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.arguments import for_hydra, read
from crisis_turns.commands.command import command
from crisis_turns.commands.evaluate import EvaluateConfig
from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.commands.predict import PredictConfig, predict
from crisis_turns.commands.run_data import with_run_data
from crisis_turns.config import DataConfig, RunConfig, validated
from crisis_turns.errors import InputError
from crisis_turns.evidence import search
from crisis_turns.runs.load import load_run
from tests.support.checkout import ROOT
from tests.support.commands import called
from tests.support.places import OF_LINUX

GERMAN = "Ich weiß nicht mehr, was ich machen soll, alles ist so schwer geworden und ich schlafe kaum."


@pytest.fixture(scope="module")
def exported(tiny_run, tmp_path_factory):
    return export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path_factory.mktemp("exported") / "tagger")))


def test_what_the_model_cannot_read_is_told_once_per_dialogue_and_without_its_text(exported):
    lines = [{"dialogue_id": d, "turn_id": n, "text": f"User: {GERMAN}"} for d in ("ü", "b") for n in range(2)]
    lines.append({"dialogue_id": "c", "turn_id": 0, "text": "User: maybe something is off"})
    process = called(
        "predict", f"run={exported}", "input=-", stdin="\n".join(map(json.dumps, lines)).encode(),
        PYTHONIOENCODING="ascii", fresh=True,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr.decode()
    assert [json.loads(line)["dialogue_id"] for line in process.stdout.decode("utf-8").splitlines()] == list("üübbc")
    how_read, *told = process.stderr.decode("ascii").splitlines()
    assert how_read == "note: standard input: rows, 3 dialogues, 5 user turns of 5; the user is User; left out: nothing"
    assert [line.partition(": it does not look like English;")[0] for line in told] == [
        "warning: dialogue '\\xfc', turn 0",
        "warning: dialogue 'b', turn 0",
    ]


def test_blank_messages_of_the_user_are_counted_once(exported):
    told = []
    for chat in ("User: \nListener: hello\nUser:\nListener: \n---\nUser: hi\nUser: \t\n", "User: \n", "User: hi\n"):
        process = called("predict", f"run={exported}", "input=-", stdin=chat.encode())
        assert process.returncode == 0, process.stderr.decode()
        told += process.stderr.decode().splitlines()
    assert ["without text" in line for line in told] == [True, True, False]
    assert "2 dialogues, 4 user turns of 6; " in told[0]
    assert "; 3 user turns without text; left out: nothing" in told[0]
    assert "; 1 user turn without text; " in told[1]


ODD = [
    (b"User: " + b"x" * 10_000_000, {"line": 1, "error": "expected a line of at most 1,048,576 bytes"}),
    (b'{"dialogue_id": "\\ud800", "speaker": "User", "text": "\\ud83d"}', {"dialogue_id": "\ud800", "turn_id": 0}),
    (b'{"speaker": "\\ud800", "text": "a"}', {"line": 3}),
    (b'{"speaker": "User", "text": 3}', {"line": 4, "error": "expected a turn's text as a string, found int"}),
    (b'{"speaker": ' + b"[" * 100_000, {"line": 5, "error": "expected a JSON object in this line"}),
    (b'{"speaker": ' + b"[" * 900 + b"]" * 900 + b', "text": "a"}', {"line": 6}),
    (b"User: a\0b", {"turn_id": 0}),
    (f"User: {GERMAN}".encode(), {"turn_id": 1, "unread": "language"}),
    (b"User: maybe\r", {"turn_id": 2}),
]


def test_no_line_stops_a_stream(exported):
    stdin = b"\n".join(line for line, _ in ODD)
    process = called(
        "predict", f"run={exported}", "input=-", "follow=true", stdin=stdin, PYTHONIOENCODING="ascii", fresh=True
    )
    assert process.returncode == 0, process.stderr.decode()
    answers = [json.loads(line) for line in process.stdout.decode("utf-8").splitlines()]
    for answer, (_, expected) in zip(answers, ODD, strict=True):
        assert expected.items() <= answer.items()
    assert [answer.get("unread") for answer in answers] == [None] * 7 + ["language", "language"]


@pytest.mark.parametrize("follow", ["false", "true"])
def test_a_reader_that_leaves_ends_it_quietly(exported, tmp_path, follow):
    (tmp_path / "talk.txt").write_text("User: hello\n" * 2000)
    command = f"{sys.executable} -m src.predict run={exported} input=- follow={follow} < {tmp_path}/talk.txt"
    shell = f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}"
    process = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, timeout=200)
    told = (
        b"note: standard input: transcript, 1 dialogue, 2000 user turns of 2000; the user is User; left out: nothing\n"
    )
    assert (process.returncode, process.stderr) == (1, b"" if follow == "true" else told)
    assert len(process.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("folder", "folder: expected a file to write, found a folder"),
        ("file/p.jsonl", "file is a file, not a folder"),
        ("loop/p.jsonl", "loop is a link to nothing, not a folder"),
        ("pipe", "pipe: expected a file to write, found a device or pipe"),
        pytest.param("/proc/p.jsonl", "p.jsonl: nothing can be written into the folder /proc", marks=OF_LINUX),
    ],
)
def test_an_output_that_cannot_be_written_is_told_before_anything_is_read(tmp_path, place, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    process = called("predict", "run=nowhere", "input=nothing", f"output={tmp_path / place}")
    assert process.returncode == 2
    (told,) = process.stderr.decode().splitlines()
    assert told.startswith("error: output=")
    assert told.endswith(message)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "loop", "pipe"]


def test_an_output_of_an_unknown_ending_is_told_before_anything_is_read(exported, tmp_path):
    process = called("predict", "run=nowhere", "input=nothing", "output=flags.xlsx")
    assert process.returncode == 2
    assert process.stderr.decode() == (
        "error: output=flags.xlsx: expected a name that ends in one of .jsonl, .csv, .parquet, or give format_out=…\n"
    )
    (tmp_path / "chat.txt").write_text("User: hello\n")
    predicted(exported, f"input={tmp_path / 'chat.txt'}", f"output={tmp_path / 'flags.xyz'}", "format_out=csv")
    assert (tmp_path / "flags.xyz").read_text().startswith("dialogue_id,turn_id")
    predicted(exported, f"input={tmp_path / 'chat.txt'}", f"output={tmp_path / 'flags'}")
    assert json.loads((tmp_path / "flags").read_text())["turn_id"] == 0


def test_help_fits_a_terminal_of_ascii():
    shown = called("thresholds", "--help", PYTHONIOENCODING="ascii", fresh=True)
    assert shown.returncode == 0, shown.stderr.decode()
    assert "key=value ..." in shown.stdout.decode("ascii")


@pytest.mark.slow
def test_tables_fit_a_terminal_of_ascii(tiny_run, tmp_path):
    data = tiny_run.path.parent / "data"
    scored = called(
        "evaluate", f"predictions={tiny_run.predictions('test')}", "data=table", f"data.path={data}",
        "data.tags=[alert_ongoing,confirm_SH_ongoing]", "split=test", "bootstrap=50", f"run_dir={tmp_path / 'scored'}",
        PYTHONIOENCODING="ascii", fresh=True,
    )  # fmt: skip
    assert scored.returncode == 0, scored.stderr.decode()
    assert "micro F1" in scored.stdout.decode("ascii")


PEAK = """
import atexit, runpy, sys
from crisis_turns.speed.memory import highest_mib
atexit.register(lambda: print(int(highest_mib()), file=sys.stderr))
runpy.run_module("src.predict", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["exported", "run"])
def test_a_message_of_a_megabyte_needs_little_memory(exported, tiny_run, kind):
    """In MB; before turns were read in groups an exported tagger took 2,700 for a fifth of it."""
    path, most = {"exported": (exported, 600), "run": (tiny_run.path, 1400)}[kind]
    peaks = []
    for text in (b"word", b"word a " * 143_000, b"x" * 1_000_000):
        process = subprocess.run(
            [sys.executable, "-c", PEAK, f"run={path}", "input=-"], cwd=ROOT, input=b"User: " + text,
            capture_output=True, timeout=200,
        )  # fmt: skip
        assert process.returncode == 0, process.stderr.decode()
        assert len(process.stdout.splitlines()) == 1
        peaks.append(int(process.stderr.splitlines()[-1]))
    assert max(peaks) < most, peaks


def test_the_input_is_not_overwritten(tiny_run, tmp_path):
    chat = tmp_path / "chat.txt"
    chat.write_text("User: hi\n")
    config = PredictConfig(run=str(tiny_run.path), input=str(chat), output=str(tmp_path / "." / "chat.txt"))
    with pytest.raises(InputError, match="is the input, which would be lost"):
        predict(config)
    assert chat.read_text() == "User: hi\n"


def predicted(run, *overrides):
    """``predict`` in this process, with its keys read as the command line's."""
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        given = for_hydra(read([f"run={run}", *map(str, overrides)]), command("predict", PredictConfig))
        predict(validated(PredictConfig, app.values(compose("predict", overrides=given))))


def test_outputs_of_every_kind_say_the_same(exported, tmp_path, capsys):
    chat = tmp_path / "chat.txt"
    chat.write_text("Ann: maybe something\nAnn: is off\nBea: go on\nAnn: again\x1b[2J\n")
    keys = (f"input={chat}", "speakers.user=[Ann]", "speakers.listener=[Bea]", "turns.join=same_speaker")
    for suffix in ("jsonl", "csv", "parquet"):
        predicted(exported, *keys, f"output={tmp_path / 'p'}.{suffix}")
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [(line["turn_id"], line.get("message_ids")) for line in lines] == [(1, [0, 1]), (3, None)]
    columns = ["dialogue_id", "turn_id", "message_ids", "predicted"]
    flat = pd.read_csv(tmp_path / "p.csv", keep_default_na=False)
    table = pd.read_parquet(tmp_path / "p.parquet")
    assert list(flat.columns[:4]) == list(table.columns[:4]) == columns
    for n, line in enumerate(lines):
        assert flat.predicted[n] == "; ".join(line["predicted"])
        assert list(table.predicted[n]) == line["predicted"]
        for tag, belief in line["probabilities"].items():
            assert flat[f"p_{tag}"][n] == table[f"p_{tag}"][n] == belief
    assert [list(ids) for ids in table.message_ids] == [[0, 1], [3]]
    predicted(exported, *keys, "format_out=text")
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert [line for line in shown.splitlines() if " User:" in line] == [
        "    1  User:     maybe something", "    3  User:     again·[2J",
    ]  # fmt: skip
    for line in lines:
        for tag in line["predicted"]:
            assert f"▶ {tag}" in shown


def test_outputs_of_every_kind_show_the_words_behind_a_flag(exported, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(search, "MISSED", -1)  # the tiny model hardly misses a turn
    thresholds, chat = tmp_path / "t.json", tmp_path / "chat.txt"
    thresholds.write_text('{"once": true, "thresholds": {"alert_ongoing": 0, "confirm_SH_ongoing": 2}}')
    chat.write_text("User: maybe something\x1b[2J is off today and so on\nUser: well\n")
    keys = (f"input={chat}", "explain=true", f"thresholds={thresholds}")
    for suffix in ("jsonl", "csv", "parquet"):
        predicted(exported, *keys, f"output={tmp_path / 'p'}.{suffix}")
    first, second = (json.loads(line)["evidence"] for line in (tmp_path / "p.jsonl").read_text().splitlines())
    assert (list(first), second) == (["alert_ongoing"], {})
    ((flag,),) = load_run(exported, thresholds=thresholds).explain([[("User", chat_words(chat))]])
    assert flag.spans
    assert [span | {"weight": None} for span in first["alert_ongoing"]] == [
        {**span._asdict(), "weight": None} for span in flag.spans
    ]
    flat = pd.read_csv(tmp_path / "p.csv")
    assert [json.loads(cell) for cell in flat.evidence] == [first, second]
    table = pd.read_parquet(tmp_path / "p.parquet")
    assert [list(cell) for cell in table.evidence] == [
        [{"tag": "alert_ongoing", **span} for span in first["alert_ongoing"]], []
    ]  # fmt: skip
    capsys.readouterr()
    predicted(exported, *keys, "format_out=text")
    shown, told = capsys.readouterr()
    assert "\x1b" not in shown
    assert shown.count(" %: “") == len(flag.spans)
    assert not any(word in told for word in ("maybe", "something"))


def chat_words(chat):
    """Of the first turn."""
    return chat.read_text().splitlines()[0].removeprefix("User: ")


def test_parquet_needs_a_file_and_following_no_format(exported):
    for arguments, message in (
        (("format_out=parquet",), "format_out=parquet is no text: give output=FILE"),
        (("follow=true", "format_out=text"), "give input=- and no output=FILE, and no format_out"),
        (
            ("follow=true", "explain=true"),
            "explain=true asks about a conversation again and again: it does not go with",
        ),
    ):
        process = called("predict", f"run={exported}", "input=-", *arguments)
        assert process.returncode == 2
        assert message in process.stderr.decode()


def test_the_keys_of_conversations_are_those_of_the_corpus_in_other_commands():
    train = command("train", RunConfig)
    assert for_hydra(read(["data=table", "speakers.user=[Ann]", "turns.join=9"]), train) == [
        "data=table", "data.speakers.user=[Ann]", "data.turns.join=9",
    ]  # fmt: skip
    evaluate = command("evaluate", EvaluateConfig)
    assert for_hydra(read(["run=x", "columns.text=said"]), evaluate) == ["run=x", "+data.columns.text=said"]


def test_a_run_is_scored_on_its_corpus_as_other_people_write_it(tiny_run, tmp_path):
    values = with_run_data({"run": str(tiny_run.path), "data": {"path": str(tmp_path), "speakers": {"user": ["Ann"]}}})
    data = DataConfig(**values["data"])
    assert (data.speakers.user, data.speakers.listener, data.path) == (("Ann",), None, str(tmp_path))
    lines = [{"dialogue_id": "a", "speaker": "Ann", "text": "maybe", "labels": ["alert_ongoing"]}]
    (tmp_path / "validation.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert load_run(tiny_run.path).corpus("validation", data).n_labels == 1
