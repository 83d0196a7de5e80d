"""The command: any system's file and a trained run, scored into metrics, report and tables."""

import json

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands import evaluate as evaluating
from crisis_turns.commands.evaluate import EvaluateConfig, evaluate
from crisis_turns.data.corpus import EMBEDDED, read_split
from crisis_turns.decision.tagged import untagged
from crisis_turns.errors import InputError
from crisis_turns.evidence import search
from crisis_turns.predictions.format import write_predictions
from crisis_turns.runs.load import Run
from tests.support.commands import called
from tests.support.tiny import config

OBLIQUE = ("data=embedded", "data.parts=[oblique]")


def settings(*overrides):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return EvaluateConfig.model_validate(app.values(compose("evaluate", overrides=["bootstrap=20", *overrides])))


@pytest.fixture
def files(tmp_path):
    """A perfect file and a silent one for the embedded test split."""
    corpus = read_split(config(*OBLIQUE).data, "test")
    silent, perfect = (untagged(corpus.dialogues, corpus.tags) for _ in range(2))
    for d in perfect:
        d.predicted[:] = d.gold
    write_predictions(tmp_path / "perfect.jsonl", perfect, corpus.tags)
    write_predictions(tmp_path / "silent.jsonl", silent, corpus.tags)
    return tmp_path


def test_a_file_is_scored_beside_another(files, capsys):
    found = evaluate(settings(f"predictions={files}/perfect.jsonl", f"compare_to={files}/silent.jsonl", *OBLIQUE))
    assert found["turn"]["micro_f1"] == 1
    assert found["comparison"]["with"] == "silent.jsonl"
    row = found["comparison"]["sections"]["turn"]
    assert (row["difference"], row["difference_ci95"]) == (1, [1, 1])
    assert json.loads((files / "metrics-test.json").read_text()) == found
    page = (files / "report.html").read_text()
    assert "perfect" in page
    assert "Compared with silent.jsonl" in page
    at = found["deployment"]["1_in_100"]
    assert (at["precision"], at["alerts_per_1000"], at["misses_per_1000"]) == pytest.approx((1, 10, 0))
    assert found["early_risk"]["f1"] == 1
    printed = capsys.readouterr().out
    assert "any tag          │            1.0 │   10.0 │  10.0 to 10.0 │    100.0 │ 100.0 to 100.0 │   0.00" in printed
    assert "F-latency (F1 × speed)" in printed
    assert "paired over dialogues" in printed
    assert "figures are not comparable" in printed
    assert "Claude" not in printed + page


def test_quiet_prints_nothing(files, capsys):
    evaluate(settings(f"predictions={files}/silent.jsonl", *OBLIQUE, f"run_dir={files}/out", "quiet=true"))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert (files / "out/report.html").is_file()


def test_the_releases_csv_scores_one(tmp_path):
    source = EMBEDDED / "oblique" / "test.csv"
    (tmp_path / "gold.csv").write_bytes(source.read_bytes())
    found = evaluate(settings(f"predictions={tmp_path}/gold.csv", *OBLIQUE, "quiet=true"))
    assert found["turn"]["micro_f1"] == found["turn"]["exact_match"] == found["timing"]["on_time"] == 1


def test_hidden_text_is_not_in_the_report(files):
    evaluate(settings(f"predictions={files}/silent.jsonl", *OBLIQUE, "report.text=hidden", "quiet=true"))
    page = (files / "report.html").read_text()
    corpus = read_split(config(*OBLIQUE).data, "test")
    assert corpus.dialogues[0].id in page
    assert not any(turn.text[:25] in page for d in corpus.dialogues for turn in d.turns if len(turn.text) > 25)


def test_a_run_is_scored_again_with_the_same_figures(tiny_run, tmp_path):
    stored = json.loads(tiny_run.metrics("test").read_text())
    assert tiny_run.report.is_file()
    found = evaluate(settings(f"run={tiny_run.path}", "bootstrap=50", f"run_dir={tmp_path}", "quiet=true"))
    assert found == stored
    assert (tmp_path / "report.html").read_bytes() == tiny_run.report.read_bytes()
    assert (tmp_path / "predictions-test.jsonl").is_file()


def test_the_report_shows_the_words_behind_the_flags_of_a_run(tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "MISSED", -1)  # the tiny model hardly misses a turn
    (tmp_path / "t.json").write_text('{"once": false, "thresholds": {"alert_ongoing": 0, "confirm_SH_ongoing": 2}}')
    keys = (f"thresholds={tmp_path}/t.json", f"run_dir={tmp_path}", "explain=true", "quiet=true")
    evaluate(settings(f"run={tiny_run.path}", *keys))
    page = (tmp_path / "report.html").read_text()
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    spans = [span for d in data["dialogues"] for _, _, spans in d["evidence"] for span in spans]
    texts = {text for d in data["dialogues"] for _, _, text in d["turns"]}
    assert spans
    assert all(any(words in text for text in texts) for words, _, _ in spans)
    assert "evidence" not in (tmp_path / "predictions-test.jsonl").read_text()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("compare_to={}/none.jsonl", "none.jsonl: no such file"),
        ("run_dir={}/silent.jsonl/out", "silent.jsonl is a file, not a folder"),
    ],
)
def test_what_cannot_be_read_or_written_is_told_before_the_work(files, tiny_run, monkeypatch, key, message):
    monkeypatch.setattr(Run, "decide", lambda *_: pytest.fail("it tags already"))
    monkeypatch.setattr(evaluating, "metrics_record", lambda *_, **__: pytest.fail("it scores already"))
    for keys in ((f"run={tiny_run.path}", f"run_dir={files}/out"), (f"predictions={files}/silent.jsonl", *OBLIQUE)):
        with pytest.raises(InputError, match=message):
            evaluate(settings(*keys, key.format(files)))


def test_a_file_needs_its_corpus(files):
    with pytest.raises(InputError, match="needs the corpus"):
        evaluate(settings(f"predictions={files}/silent.jsonl"))


def command(*arguments, **environment):
    return called("evaluate", *arguments, text=True, **environment)


def test_every_mistake_ends_on_standard_error_with_status_2(files):
    (files / "bad.jsonl").write_text('{"dialogue_id": "nobody", "turn_id": 0, "predicted": []}\n{\n')
    found = command(f"predictions={files}/bad.jsonl", *OBLIQUE)
    assert (found.returncode, found.stdout) == (2, "")
    assert "bad.jsonl, line 1: unknown dialogue 'nobody'" in found.stderr
    assert "bad.jsonl, line 2: expected a JSON object" in found.stderr
    assert not (files / "metrics-test.json").exists()
    assert not (files / "report.html").exists()


def spoil(path, change):
    """The silent file with every line's record changed: by its place and itself."""
    records = [json.loads(line) for line in (path.parent / "silent.jsonl").read_text().splitlines()]
    path.write_text("".join(json.dumps(change(n, record)) + "\n" for n, record in enumerate(records)))
    return len(records)


def test_a_systematic_mistake_is_told_once_with_how_often(files):
    lines = spoil(files / "bad.jsonl", lambda n, r: {**r, "predicted": ["sad", f"id {n}"], "begun": {"sad": -1}})
    found = command(f"predictions={files}/bad.jsonl", *OBLIQUE)
    told = found.stderr.splitlines()
    assert (found.returncode, len(told)) == (2, 2)
    assert told[0].startswith(f"error: {files}/bad.jsonl, line 1: unknown tag 'sad'; expected one of alert_ongoing")
    assert told[0].endswith(f"({2 * lines:,} such mistakes, the last in line {lines})")
    assert "expected 'begun' to give each tag a number from 0 to 1, found -1 for 'sad'" in told[1]


def test_what_a_file_leaves_out_is_told_and_its_turn_ids_may_be_text(files):
    def change(n, record):
        beliefs = {"probabilities": {"alert_past": 0.5}} if n % 2 else {}
        return {**record, "turn_id": str(record["turn_id"]) if n % 3 else float(record["turn_id"]), "p": 1, **beliefs}

    turns = spoil(files / "part.jsonl", change)
    (files / "empty.jsonl").touch()
    found = command(f"predictions={files}/part.jsonl", f"compare_to={files}/empty.jsonl", *OBLIQUE, "bootstrap=20")
    assert found.returncode == 0
    assert found.stderr.splitlines() == [
        f"warning: {files}/part.jsonl: 'probabilities' stand on {turns // 2:,} of {turns:,} user turns, so they "
        "are not used: calibration, threshold curves and detection curves are left out",
        f"warning: {files}/part.jsonl: not read: p",
        f"warning: {files}/empty.jsonl: 0 of {turns:,} user turns have a line; the others count as no tag",
    ]


def test_colours_follow_no_color(files):
    arguments = f"predictions={files}/silent.jsonl", *OBLIQUE, "bootstrap=20"
    plain = command(*arguments, FORCE_COLOR="1", NO_COLOR="1")
    coloured = command(*arguments, FORCE_COLOR="1")
    assert plain.returncode == coloured.returncode == 0
    assert "\x1b[3" not in plain.stdout.replace("\x1b[3m", "")  # italics are no colour
    assert plain.stdout.index("scores") < plain.stdout.index("onsets") < plain.stdout.index("per tag")


def test_help_says_how_to_score_an_llms_output():
    found = command("--help")
    assert found.returncode == 0
    assert "Score an LLM's output in three lines" in found.stdout


def test_probabilities_are_scored_before_and_after_temperature_scaling(tiny_run, tmp_path, capsys):
    found = evaluate(settings(f"run={tiny_run.path}", "calibrate=true", f"run_dir={tmp_path}"))["calibration"]
    plain = json.loads(tiny_run.metrics("test").read_text())["calibration"]
    after = found.pop("scaled")
    assert found["log_loss"] == pytest.approx(plain["log_loss"], rel=1e-4)
    assert set(after) == {*plain, "temperature"}
    assert after["temperature"] > 0
    assert f"at temperature {after['temperature']:.2f}, fitted on validation" in capsys.readouterr().out
