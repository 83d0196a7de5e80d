"""The command: two systems to a record, tables, a picture, and the predictions of both together."""

import json

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.cascade import CascadeConfig, draw
from crisis_turns.config import LlmRunConfig, validated
from crisis_turns.data.corpus import read_split
from crisis_turns.decision.tagged import untagged
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.metrics.counts import turn_micro_f1
from crisis_turns.predictions.format import read_predictions, write_predictions
from crisis_turns.runs.folder import load_config
from crisis_turns.runs.pretrained import PRETRAINED
from tests.support.asked import asker, llm_config
from tests.support.chat_server import chat_server, said
from tests.support.commands import called

SMALL = ("bootstrap=20", "steps=10")


def settings(*overrides):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return validated(CascadeConfig, app.values(compose("cascade", overrides=[*SMALL, *overrides])))


@pytest.fixture(scope="module")
def large(tiny_run, tmp_path_factory):
    """A folder with what a perfect system says of validation and test."""
    folder = tmp_path_factory.mktemp("large")
    for split in ("validation", "test"):
        corpus = read_split(load_config(tiny_run).data, split)
        perfect = untagged(corpus.dialogues, corpus.tags)
        for d in perfect:
            d.predicted[:] = d.gold
        write_predictions(folder / f"predictions-{split}.jsonl", perfect, corpus.tags)
    return folder


@pytest.fixture
def asked(tiny_run, large, tmp_path):
    return (f"small={tiny_run.path}", f"large={large}", f"run_dir={tmp_path / 'out'}")


def test_the_small_system_may_be_the_tagger_in_the_package(large, tmp_path, monkeypatch):
    def asked_for(path, *_):
        raise InputError(str(path))

    monkeypatch.setattr("crisis_turns.commands.cascade.small_system", asked_for)
    with pytest.raises(InputError) as found:
        draw(settings("small=pretrained", f"large={large}", f"run_dir={tmp_path / 'out'}"))
    assert str(found.value) == str(PRETRAINED)


def test_a_run_and_a_folder_are_drawn_and_written(tiny_run, large, asked, tmp_path, capsys):
    record = draw(settings(*asked, "price=0.01", "share=0.3"))
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == [
        "cascade-test.json", "cascade-test.md", "cascade-test.png", "predictions-test.jsonl",
    ]  # fmt: skip
    assert read_json(out / "cascade-test.json") == record
    points = record["curve"]
    assert (points[0]["share"], points[-1]["share"], points[-1]["micro_f1"]) == (0, 1, 1)
    assert points[0]["micro_f1"] == read_json(tiny_run.metrics("test"))["turn"]["micro_f1"]
    assert points[-1]["price_per_1000_turns"] == pytest.approx(10)
    assert record["choice"]["split"] == "validation"
    corpus = read_split(load_config(tiny_run).data, "test")
    decided = read_predictions(out / "predictions-test.jsonl", corpus.dialogues, corpus.tags).dialogues
    assert record["chosen"]["levels"]["turn"]["micro_f1"] == pytest.approx(turn_micro_f1(decided))
    page, printed = (out / "cascade-test.md").read_text(), capsys.readouterr().out
    for title in ("rules on validation", "minus small", "from never to always", "F1 by lot", "price"):
        assert title in page
        assert title in printed


def test_files_of_one_split_need_a_rule_or_files_of_another(tiny_run, large, asked, tmp_path):
    data = load_config(tiny_run).data
    corpora = ["data=table", f"data.path={data.path}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    own = [f"small={tiny_run.predictions('test')}", f"large={large}/predictions-test.jsonl", *corpora, asked[2]]
    with pytest.raises(InputError, match=r"is of one split: give tune_small=FILE of validation, on which the rule is"):
        draw(settings(*own))
    assert not (tmp_path / "out").exists()
    given = draw(settings(*own, "rule=entropy", "quiet=true"))
    assert (given["rule"], given["choice"], given["thresholds"]) == ("entropy", None, None)
    tuning = [f"tune_small={tiny_run.predictions('validation')}", f"tune_large={large}/predictions-validation.jsonl"]
    chosen = draw(settings(*own, *tuning, "quiet=true"))
    assert set(chosen["choice"]["rules"]) == {"near", "high", "entropy", "silent"}
    assert chosen["curve"][0]["micro_f1"] == given["curve"][0]["micro_f1"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("split=train",), "expected predictions-train.jsonl in it, found predictions-test.jsonl, predictions-val"),
        (("tune_on=test",), "split=test: the rule is chosen on it"),
        (("rule=high", "tune_on=validation"), "rule=high is given, not chosen"),
        (("small=nowhere.jsonl",), "small=nowhere.jsonl: predictions need the corpus that they tag"),
        (("large=nowhere.jsonl", "tune_large=nowhere.jsonl"), "nowhere.jsonl: no such file"),
        (("share=0",), "'share': input should be greater than 0"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_written(asked, tmp_path, overrides, message):
    with pytest.raises(InputError) as caught:
        draw(settings(*asked, *overrides))
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_small_file_without_probabilities_is_refused(tiny_run, large, asked):
    data = load_config(tiny_run).data
    corpora = ["data=table", f"data.path={data.path}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    with pytest.raises(InputError, match="expected probabilities on every user turn, which tell where"):
        draw(settings(*asked, f"small={large}", *corpora))


@pytest.mark.slow
@pytest.mark.enable_socket
def test_the_command_draws_and_answers_line_by_line(tiny_run, large, tmp_path):
    pytest.importorskip("openai", reason="the extra .[llm]")
    out = tmp_path / "out"
    common = [f"small={tiny_run.path}", f"large={large}", f"run_dir={out}"]
    drawn = called("cascade", *common, "bootstrap=20", "rule=high", "share=0.6", text=True)
    assert drawn.returncode == 0, drawn.stderr
    assert "tables and figures: " in drawn.stdout
    with chat_server(lambda *_: said("confirm_SH_ongoing")) as server:
        data = load_config(tiny_run).data
        prompt = asker(data.tag_set).prompt.sha256
        settings = LlmRunConfig(llm=llm_config(base_url=server.url), data=data, seed=1, prompt_sha256=prompt)
        (large / "llm.yaml").write_text(settings.as_yaml())
        lines = "Ann: maybe i hurt myself again\nBea: oh\nAnn: maybe again\n"
        speakers = ("speakers.user=[Ann]", "speakers.listener=[Bea]")
        followed = called("cascade", *common, "follow=true", *speakers, stdin=lines, text=True)
    assert followed.returncode == 0, followed.stderr
    answers = [json.loads(line) for line in followed.stdout.splitlines()]
    tagged = [answer for answer in answers if "predicted" in answer]
    assert [answer["turn_id"] for answer in tagged] == [0, 2]
    assert any(answer["asked"] for answer in tagged)
    assert len(server.requests) == sum(answer["asked"] for answer in tagged)
    assert "of 2 user turns; the small system's answer was taken for 0 of them" in followed.stderr
    assert "again" not in followed.stderr
    refused = called(
        "cascade", *common, "follow=true", "cascade.base_url=https://example.org/v1", stdin=lines, text=True
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "what is said leaves this machine for https://example.org: cascade.confirm=true allows" in refused.stderr
