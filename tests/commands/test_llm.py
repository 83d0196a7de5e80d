"""``llm`` from questions to scores, against a server on the loopback."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.asking import check_consent
from crisis_turns.commands.compare import CompareConfig, compare
from crisis_turns.commands.llm import LlmCommandConfig, ask, check_combinations, export
from crisis_turns.config import validated
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.thresholds_file import write_thresholds
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.llm.address import address_of
from crisis_turns.tags import TagSet
from tests.support.chat_server import KEY, Answer, chat_server, completion, said
from tests.support.checkout import ROOT
from tests.support.commands import called
from tests.support.invented import simple_dialogue, write_csv

pytestmark = pytest.mark.enable_socket
pytest.importorskip("openai", reason="the extra .[llm]")
TAGS = TagSet(("alert_ongoing", "confirm_SH_ongoing"))


@pytest.fixture
def corpus(tmp_path):
    for split, seed in (("train", 0), ("validation", 20), ("test", 40)):
        write_csv(tmp_path / f"{split}.csv", [simple_dialogue(f"d{seed + n}", seed + n) for n in range(8)])
    return [
        "data=table", f"data.path={tmp_path}", "data.tags=[alert_ongoing,confirm_SH_ongoing]", "llm.model=org/m",
        f"run_dir={tmp_path / 'out'}", "bootstrap=20", "quiet=true",
    ]  # fmt: skip


def settings(*overrides, schema=LlmCommandConfig, name="llm"):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return validated(schema, app.values(compose(name, overrides=list(overrides))))


def knows(request, number=0):
    """A model that tags every mention, the later ones too, and chatters."""
    last = [line for line in request["messages"][-1]["content"].splitlines() if line.startswith("[")][-1]
    if "again" in last:
        return completion('Of course: ```json\n{"tags": ["Confirm_SH_ongoing", "trouble"]}\n```')
    return said("alert_ongoing") if "maybe" in last or "bye" in last else said()


@pytest.mark.slow
def test_a_corpus_is_asked_about_scored_and_not_asked_about_again(corpus, tmp_path):
    with chat_server(knows) as server:
        arguments = [*corpus[:-1], f"llm.base_url={server.url}", "llm.price=[1,10]"]
        first = called("llm", *arguments, OPENAI_API_KEY=KEY, OPENAI_LOG="debug")
        assert first.returncode == 0, first.stderr.decode()
        asked = len(server.requests)
        ask(settings(*arguments, "quiet=true"))
        assert (asked, len(server.requests)) == (21, 21)  # of 30 user turns, whose openings are alike
    out = tmp_path / "out"
    scores = read_json(out / "metrics-test.json")
    assert scores["n_user_turns"] == 30
    assert scores["answers"]["kinds"] | {"exact": 24, "mended": 6, "refused": 0} == scores["answers"]["kinds"]
    assert scores["answers"]["unknown_tags"] == 6
    assert scores["answers"]["price"] == pytest.approx(21 * (100 * 1 + 7 * 10) / 1e6)
    assert scores["turn"]["micro_recall"] == scores["as_said"]["turn"]["micro_recall"] == 1
    assert scores["as_said"]["turn"]["micro_precision"] == 12 / 20  # eight goodbyes
    assert scores["turn"]["micro_precision"] == 12 / 14  # two of them in dialogues without an Alert
    assert scores["threshold"] is scores["calibration"] is None
    told = first.stdout.decode()
    assert "30 answers: 24 exact, 6 mended; 6 unknown names left out; 2,100 tokens read, 147 written" in told
    assert "as said: F1" in told
    assert first.stderr == b""
    page = (out / "report.html").read_text()
    assert "As said: each tag any number of times" in page
    assert "24 exact, 6 mended" in page
    written = {path.name: path.read_text() for path in out.iterdir()}
    assert not [name for name, text in written.items() if KEY in text]
    assert KEY not in told
    assert "i hurt myself" not in told + written["calls.jsonl"] + written["metrics-test.json"]


def test_conversations_are_tagged_without_scores(corpus, tmp_path):
    chat = tmp_path / "chat.txt"
    chat.write_text("Ann: maybe something is off\nBea: go on\nAnn: i hurt myself again\n")
    with chat_server(knows) as server:
        ask(settings(
            *corpus, f"llm.base_url={server.url}", f"input={chat}", "speakers.user=[Ann]", "speakers.listener=[Bea]",
            "llm.samples=2", "llm.shots=2",
        ))  # fmt: skip
    lines = [json.loads(line) for line in (tmp_path / "out" / "predictions.jsonl").read_text().splitlines()]
    assert [(line["turn_id"], line["predicted"]) for line in lines] == [
        (0, ["alert_ongoing"]),
        (2, ["confirm_SH_ongoing"]),
    ]
    assert lines[1]["probabilities"] == {"alert_ongoing": 0, "confirm_SH_ongoing": 1}
    assert "gold" not in lines[0]
    assert len(server.requests[0]["messages"]) == 6


def test_probabilities_are_scored_and_thresholds_apply(corpus, tmp_path):
    def unsure(request, number):
        return knows(request) if request["seed"] == 1 else said()

    path = tmp_path / "thresholds.json"
    write_thresholds(path, Policy(np.full(len(TAGS), 0.3), once=True, exclusive=False), TAGS)
    with chat_server(unsure) as server:
        arguments = [*corpus, f"llm.base_url={server.url}", "llm.samples=3", "split=validation"]
        ask(settings(*arguments))
        first = read_json(tmp_path / "out" / "metrics-validation.json")
        ask(settings(*arguments, f"thresholds={path}"))
        then = read_json(tmp_path / "out" / "metrics-validation.json")
        assert len(server.requests) == len((tmp_path / "out" / "calls.jsonl").read_text().splitlines())
    assert (first["turn"]["micro_recall"], then["turn"]["micro_recall"]) == (0, 1)
    assert (first["threshold"], then["threshold"]) == (0.5, 0.3)
    assert first["calibration"]["brier"] > 0


def test_a_whole_dialogue_is_told_as_offline(corpus, tmp_path):
    def answer(request, number):
        return completion('{"turns": [{"turn_id": 0, "tags": ["alert_ongoing"]}, {"turn_id": 99, "tags": []}]}')

    with chat_server(answer) as server:
        ask(settings(*corpus, f"llm.base_url={server.url}", "llm.mode=dialogue"))
        assert len(server.requests) == 8
    assert "offline (sees later turns)" in (tmp_path / "out" / "report.html").read_text()
    assert read_json(tmp_path / "out" / "metrics-test.json")["answers"]["unknown_tags"] >= 8


def test_the_folder_of_another_system_is_refused_and_an_empty_one_not_left(corpus, tmp_path):
    with chat_server(lambda *_: Answer.error(401)) as server, pytest.raises(InputError, match="HTTP 401"):
        ask(settings(*corpus, f"llm.base_url={server.url}"))
    assert not (tmp_path / "out").exists()
    with chat_server(knows) as server:
        ask(settings(*corpus, f"llm.base_url={server.url}"))
        with pytest.raises(InputError, match=r"holds answers with llm\.shots=0, not 2; choose another run_dir"):
            ask(settings(*corpus, f"llm.base_url={server.url}", "llm.shots=2"))


def test_a_setting_that_the_folder_alone_has_is_named(corpus, tmp_path):
    with chat_server(knows) as server:
        ask(settings(*corpus, f"llm.base_url={server.url}", "+data.expected.test.dialogues=8"))
        with pytest.raises(InputError, match=r"holds answers with data\.expected\.test={'dialogues': 8}, not nothing"):
            ask(settings(*corpus, f"llm.base_url={server.url}"))


def test_a_file_for_fine_tuning_is_of_train_and_validation_alone(corpus, tmp_path):
    export(settings(*corpus, "llm.export=sft"))
    rows = [json.loads(line) for line in (tmp_path / "out" / "sft-train.jsonl").read_text().splitlines()]
    card = read_json(tmp_path / "out" / "sft-train.json")
    assert (card["examples"], card["split"], card["past_only"]) == (len(rows), "train", True)
    assert [message["role"] for message in rows[0]["messages"]] == ["system", "user", "assistant"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("llm.model=null",), "llm.base_url and llm.model have no value: give llm.base_url=… llm.model=…"),
        (("llm.base_url=http://h", "llm.model=null"), "llm.model has no value: give llm.model=…"),
        (("llm.base_url=http://u:secret@h/v1",), "expected an address without a password or a query"),
        (("llm.base_url=http://h", "input=a", "split=test"), "give either input=FILE or split=NAME"),
        (("llm.base_url=http://h", "llm.shots=1", "split=train"), "llm.shots takes examples from train"),
        (("llm.base_url=http://h", "llm.logprobs=true", "llm.samples=2"), "needs llm.samples=1 and llm.mode=turn"),
        (("llm.base_url=http://h", "thresholds=x"), "thresholds=FILE needs probabilities"),
        (("llm.export=sft", "split=test"), "takes split=train or split=validation"),
        (("llm.export=sft", "llm.shots=1"), "a fine-tuned model needs no examples"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_read(corpus, overrides, message):
    with pytest.raises(InputError) as caught:
        check_combinations(settings(*corpus, *overrides))
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_text_leaves_the_machine_with_consent_alone(monkeypatch, capsys):
    far, here = address_of("http://203.0.113.7:8000/v1"), address_of("http://localhost:8000/v1")
    check_consent(here, 3, confirmed=False)
    check_consent(far, 3, confirmed=True)
    with pytest.raises(InputError, match=r"leaves this machine for http://203\.0\.113\.7:8000, unencrypted: llm\.conf"):
        check_consent(far, 3, confirmed=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for answer, goes_on in (("yes\n", True), ("\n", False), ("", False)):
        monkeypatch.setattr("sys.stdin.readline", lambda answer=answer: answer)
        if goes_on:
            check_consent(far, 3, confirmed=False)
        else:
            with pytest.raises(InputError, match="nothing was sent"):
                check_consent(far, 3, confirmed=False)
    assert "in 3 calls. Go on? [y/N]" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_killed_run_goes_on_and_asks_nothing_twice(corpus, tmp_path, number, status):
    def slowly(request, place):
        time.sleep(0.05)
        return knows(request)

    with chat_server(slowly) as server:
        command = [sys.executable, "-m", "src.llm", *corpus, f"llm.base_url={server.url}", "llm.concurrency=2"]
        record = tmp_path / "out" / "calls.jsonl"
        with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE) as process:
            while not record.exists() or record.read_bytes().count(b"\n") < 5:
                time.sleep(0.01)
            process.send_signal(number)
            told = process.communicate(timeout=60)[1].decode()
        assert process.returncode == status
        assert "Traceback" not in told
        assert ("the same command again goes on where this one stopped" in told) == (status == 143)
        before = record.read_bytes()
        done = {json.loads(line)["hash"] for line in before.splitlines(keepends=True) if line.endswith(b"\n")}
        sent = len(server.requests)
        again = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, timeout=200)
        assert again.returncode == 0, again.stderr.decode()
        assert len(server.requests) - sent == 21 - len(done)
    hashes = [json.loads(line)["hash"] for line in record.read_text().splitlines()]
    assert len(hashes) == len(set(hashes)) == 21
    assert read_json(tmp_path / "out" / "metrics-test.json")["answers"]["answers"] == 30


@pytest.mark.slow
def test_compare_puts_it_beside_a_trained_run(tiny_run, tmp_path):
    data = tiny_run.path.parent / "data"
    with chat_server(knows) as server:
        ask(settings(
            "data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]", "llm.model=org/m",
            f"run_dir={tmp_path / 'out'}", "bootstrap=20", "quiet=true", f"llm.base_url={server.url}",
        ))  # fmt: skip
    runs = f"runs=[{tiny_run.path},{tmp_path / 'out'}]"
    arguments = [runs, "baseline=org/m", f"out={tmp_path / 'table'}", "bootstrap=50"]
    found = compare(settings(*arguments, schema=CompareConfig, name="compare"))
    assert {system["name"] for system in found["systems"]} == {"model=hier_crf", "model=org/m"}
    assert found["comparison"]["baseline"] == "model=org/m"
