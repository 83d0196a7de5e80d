"""A run from configuration to folder: it learns, resumes exactly, reloads exactly, and keeps off other runs."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning.callbacks import Callback

from crisis_turns.config import check
from crisis_turns.data.corpus import read_split
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.errors import InputError
from crisis_turns.files import locked, read_json
from crisis_turns.metrics.score_sections import ExclusiveScores
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.weights import load_tagger
from crisis_turns.training.run import train
from tests.support.invented import dialogue, simple_dialogue, write_csv
from tests.support.tiny import FAST, TINY, config

TAGS = "data.tags=[alert_ongoing,confirm_SH_ongoing]"


class KilledAfter(Callback):
    """Raises when an epoch has ended, after its checkpoint: what a kill leaves behind."""

    def __init__(self, epochs):
        self.epochs = epochs

    def on_train_epoch_start(self, trainer, pl_module):
        if trainer.current_epoch == self.epochs:
            raise RuntimeError("killed")


@pytest.fixture
def table(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for split, first in (("train", 0), ("validation", 20), ("test", 40)):
        write_csv(folder / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in range(first, first + 8)])
    return ["data=table", f"data.path={folder}", TAGS, *TINY, "optim.dialogues_per_step=3"]


def test_a_killed_run_resumes_to_exactly_the_metrics_of_an_unbroken_one(table, tmp_path, capsys):
    common = [*table, "optim.epochs=4", "optim.patience=4", "optim.head_lr=0.01", "model.dropout=0.3"]
    whole = train(config(*common, f"run_dir={tmp_path / 'whole'}"))
    broken = config(*common, f"run_dir={tmp_path / 'broken'}")
    with pytest.raises(RuntimeError, match="killed"):
        train(broken, callbacks=[KilledAfter(2)])
    assert not RunFolder(tmp_path / "broken").finished.exists()
    resumed = train(config(*common, f"run_dir={tmp_path / 'broken'}"))
    assert "going on where a killed run has stopped" in capsys.readouterr().out
    for name in ("metrics-test.json", "metrics-validation.json", "predictions-test.jsonl", "model/model.safetensors"):
        assert (whole.path / name).read_bytes() == (resumed.path / name).read_bytes(), name
    epochs = [re.findall(r"epoch \d+: .*", folder.log.read_text()) for folder in (whole, resumed)]
    assert len(epochs[0]) == 4
    assert epochs[0] == epochs[1]


def test_a_run_killed_after_its_last_epoch_trains_no_further(table, tmp_path, monkeypatch):
    """Patience was at its end: one epoch more could be a better one, and the result another."""
    common = [*table, "optim.epochs=9", "optim.patience=1", "optim.head_lr=1e-9", "optim.encoder_lr=1e-9"]
    whole = train(config(*common, f"run_dir={tmp_path / 'whole'}"))
    broken = config(*common, f"run_dir={tmp_path / 'broken'}")
    with monkeypatch.context() as patched:
        patched.setattr("crisis_turns.training.run.save_tagger", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            train(broken)
    left = Path(broken.folder) / ".metrics-test.json.a1b2c3d4"  # by a kill in the middle of a write
    left.touch()
    resumed = train(broken)
    assert not left.exists()
    for folder in (whole, resumed):
        assert folder.log.read_text().count(": train/loss") == 2
    assert whole.predictions("test").read_bytes() == resumed.predictions("test").read_bytes()


def test_resume_false_starts_anew(table, tmp_path):
    common = [*table, "optim.epochs=2", f"run_dir={tmp_path / 'run'}"]
    with pytest.raises(RuntimeError, match="killed"):
        train(config(*common), callbacks=[KilledAfter(1)])
    run = train(config(*common, "resume=false"))
    assert re.findall(r"epoch (\d):", run.log.read_text()) == ["1", "1", "2"]


@pytest.mark.parametrize("model", [("model=hier_crf",), ("model=tfidf", "model.min_count=1")])
def test_a_finished_run_is_scored_on_test_later_with_the_same_figures(table, tmp_path, model, capsys):
    kept = [o for o in table if not (model[0] == "model=tfidf" and o.startswith("model."))]
    common = [model[0], *kept, *model, "optim.epochs=2"]
    whole = train(config(*common, f"run_dir={tmp_path / 'whole'}"))
    later = config(*common, f"run_dir={tmp_path / 'later'}", "score_test=false")
    run = train(later)
    assert not run.metrics("test").exists()
    weights, finished = (run.model / "model.safetensors").stat().st_mtime_ns, run.finished.read_bytes()
    scored = later.model_copy(update={"score_test": True})
    train(scored)
    for name in ("metrics-test.json", "metrics-validation.json"):
        assert read_json(run.path / name) == read_json(whole.path / name)
    assert load_config(run).score_test
    assert ((run.model / "model.safetensors").stat().st_mtime_ns, run.finished.read_bytes()) == (weights, finished)
    capsys.readouterr()
    train(scored)
    assert "finished earlier" in capsys.readouterr().out


def test_scoring_later_changes_nothing_that_the_run_was_sealed_with(table, tmp_path):
    """Other bars and threads are no other run, and an older version's file has other keys."""
    common = [*table, "model=tfidf", "model.min_count=1", "optim.epochs=1", f"run_dir={tmp_path / 'run'}"]
    kept = [o for o in common if not o.startswith("model.") or o == "model.min_count=1"]
    run = train(config(*kept, "score_test=false", "trainer.threads=1"))
    values = run.config.read_text()
    train(config(*kept, "trainer.progress=true", "report.text=hidden"))
    after = load_config(run)
    assert (after.trainer.threads, after.trainer.progress, after.report.text) == (1, False, "hidden")
    assert run.config.read_text() == values.replace("score_test: false", "score_test: true").replace(
        "text: shown", "text: hidden"
    )


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield before
    torch.set_num_threads(before)


def test_a_run_says_how_many_threads_it_had_and_keeps_them(table, tmp_path, threads):
    common = [*table, "optim.epochs=2", f"run_dir={tmp_path / 'run'}"]
    torch.set_num_threads(2)
    with pytest.raises(RuntimeError, match="killed"):
        train(config(*common), callbacks=[KilledAfter(1)])
    torch.set_num_threads(1)
    run = train(config(*common))
    assert torch.get_num_threads() == load_config(run).trainer.threads == 2
    assert config(*common, "trainer.threads=1").hash == config(*common).hash


def test_threads_are_as_many_as_are_asked_for(table, tmp_path, threads):
    common = [*table, "optim.epochs=1", "score_test=false"]
    assert load_config(train(config(*common, "trainer.threads=3", f"run_dir={tmp_path / 'a'}"))).trainer.threads == 3
    assert load_config(train(config(*common, f"run_dir={tmp_path / 'b'}"))).trainer.threads == 3
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(("head", "epochs"), [("onset", 60), ("hazard", 90), ("competing", 90)])
def test_four_dialogues_can_be_learnt(tmp_path, head, epochs):
    folder = tmp_path / "data"
    folder.mkdir()
    for split in ("train", "validation"):
        write_csv(folder / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in (1, 4, 5, 7)])
    common = ["data=table", f"data.path={folder}", TAGS, *TINY, "score_test=false", f"run_dir={tmp_path / 'run'}"]
    run = train(
        config(
            *common,
            f"head={head}",
            f"optim.epochs={epochs}",
            f"optim.patience={epochs}",
            "optim.head_lr=0.005",
            "late_starts=0",
            "optim.encoder_lr=0.003",
            "model.dropout=0",
        )
    )
    assert read_json(run.metrics("validation"))["turn"]["micro_f1"] > 0.9  # it begins at 0
    assert not run.metrics("test").exists()


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=turn_only",),
        ("model=flat", "model.context_window=2", "head=hazard"),
        (*FAST, "encoder.trainable_layers=0"),
        ("head=hazard", "encoder.trainable_layers=0", "loss=filtered", "model.class_weights=balanced"),
        (
            "head=binary",
            "encoder.trainable_layers=1",
            "model.dialogue_encoder=gru",
            "model.turn_input=pair",
            "late_starts=0",
        ),
        ("head=independent", "model.look=full", "decision.rule=smooth", "decision.thresholds=per_tag"),
        ("head=onset", "model.look=full", "decision.rule=viterbi", "decision.once=false", "model.listener=false"),
        ("head=hazard", "decision.score=fresh"),
        ("head=competing", "loss=filtered", "model.class_weights=sqrt"),
        ("head=independent", "decision.score=begun"),
        ("model=turn_only", "encoder.trainable_layers=0"),
        ("model=tfidf", "model.min_count=1", "model.history=2", "decision.score=begun"),
    ],
)
def test_every_kind_of_run_reloads_to_the_same_predictions(table, tmp_path, overrides):
    kept = [o for o in table if not (overrides[0] == "model=tfidf" and o.startswith("model."))]
    run = train(config(overrides[0], *kept, *overrides, "optim.epochs=1", f"run_dir={tmp_path / 'run'}"))
    trained = load_config(run)
    corpus = read_split(trained.data, "test")
    policy = read_thresholds(run.thresholds, corpus.tags)
    assert policy.score == trained.decision.score == read_json(run.metrics("test"))["decision_score"]
    again = policy.apply(load_tagger(run, trained, token_budget=512).tag(list(corpus.dialogues)))
    lines = [json.loads(line) for line in run.predictions("test").read_text().splitlines()]
    turns = [(d, row) for d in again for row in range(len(d.gold))]
    assert len(lines) == len(turns) == sum(len(d.user_turns) for d in corpus.dialogues)
    for line, (d, row) in zip(lines, turns, strict=True):
        assert line["dialogue_id"] == d.dialogue_id
        assert line["predicted"] == list(corpus.tags.named(d.predicted[row]))
        assert list(line["probabilities"].values()) == pytest.approx(d.onset[row].tolist(), abs=1e-5)


def test_what_competing_times_cannot_represent_is_told_with_a_count(tmp_path):
    folder, said = tmp_path / "data", "2 of 10 dialogues have an event in two times"
    folder.mkdir()
    twice = ["U a | alert_ongoing", "U b | alert_past", "U c | alert_ongoing"], ["U a | alert_past; alert_ongoing"]
    both = [dialogue(*turns, name=f"both-{n}") for n, turns in enumerate(twice)]
    for split in ("train", "validation"):
        plain = [simple_dialogue(f"{split}-{n}", n) for n in range(8)]
        write_csv(folder / f"{split}.csv", [*plain, *both] if split == "train" else plain)
    tags = "data.tags=[alert_ongoing,confirm_SH_ongoing,alert_past]"
    common = ["data=table", f"data.path={folder}", tags, *TINY, "score_test=false", "optim.epochs=1"]
    for head in ("competing", "hazard"):
        run = train(config(*common, f"head={head}", f"run_dir={tmp_path / head}"))
        told = [line for line in run.log.read_text().splitlines() if said in line]
        assert len(told) == (head == "competing")
        assert all("table train" in line and line.endswith("(tags: 2)") for line in told)


def test_exclusive_corpora_go_through_the_same_run(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for split in ("train", "validation", "test"):
        text = "\n".join(f"{n},{'User: up' if n % 2 else 'User: down'},{'x' if n % 2 else 'y'}" for n in range(6))
        (folder / f"{split}.csv").write_text(f"turn_id,text,labels\n{text}\n")
    common = ["data=table", f"data.path={folder}", "data.tags=[x,y]", "data.exclusive=true", "head=exclusive"]
    neural = train(config(*common, *TINY, "optim.epochs=2", f"run_dir={tmp_path / 'a'}"))
    linear = train(
        config(
            "model=tfidf",
            *common,
            "head=exclusive",
            "encoder=tiny",
            "model.min_count=1",
            "bootstrap=20",
            f"run_dir={tmp_path / 'b'}",
        )
    )
    for run in (neural, linear):
        metrics = read_json(run.metrics("test"))
        assert set(metrics["exclusive"]) == set(ExclusiveScores.__annotations__)
    assert read_json(linear.metrics("test"))["exclusive"]["accuracy"] == 1


def test_the_run_folder_holds_what_the_design_says(tiny_run):
    names = {str(p.relative_to(tiny_run.path)) for p in tiny_run.path.rglob("*") if p.is_file()}
    for split in ("validation", "test"):
        assert {f"metrics-{split}.json", f"predictions-{split}.jsonl"} <= names
    assert {
        "config.yaml",
        "train.log",
        "finished.json",
        "model/model.safetensors",
        "model/onsets.json",
        "model/thresholds.json",
    } <= names
    assert not any(name.startswith("checkpoints") for name in names)
    metrics = read_json(tiny_run.metrics("test"))
    assert {
        "scorer_version",
        "data_sha256",
        "corpus",
        "split",
        "n_dialogues",
        "n_user_turns",
        "n_labels",
        "threshold",
    } <= set(metrics)
    assert "hurt" not in tiny_run.log.read_text()


def test_the_threshold_is_the_one_that_validation_asks_for(tiny_run):
    trained = load_config(tiny_run)
    corpus = read_split(trained.data, "validation")
    beliefs = load_tagger(tiny_run, trained, token_budget=512).tag(list(corpus.dialogues))
    np.testing.assert_allclose(
        tune(beliefs, corpus.tags).thresholds, read_thresholds(tiny_run.thresholds, corpus.tags).thresholds, rtol=1e-4
    )


def test_a_finished_run_is_left_as_it_is(tiny_run, capsys):
    before = tiny_run.finished.stat().st_mtime_ns
    train(load_config(tiny_run).model_copy(update={"run_dir": str(tiny_run.path)}))
    assert tiny_run.finished.stat().st_mtime_ns == before
    assert "finished earlier" in capsys.readouterr().out


def test_a_run_that_learnt_from_another_corpus_is_refused_and_left_as_it_is(table, tmp_path, capsys):
    given = config(*table, "optim.epochs=1", f"run_dir={tmp_path / 'run'}", "quiet=true")
    folder = train(given)
    assert read_json(folder.trained_on).keys() == {"train", "validation"}
    before = folder.finished.stat().st_mtime_ns
    train(given)  # the same once more
    dialogues = [simple_dialogue(f"d{n}", n) for n in range(9)]
    write_csv(tmp_path / "data" / "train.csv", dialogues)
    for same in (given, given.model_copy(update={"resume": False})):
        with pytest.raises(InputError, match=r"learnt from another version of data=table \(train\); choose"):
            train(same)
    folder.trained_on.unlink()  # as in runs of older versions: how many dialogues they were is known
    with pytest.raises(InputError, match=r"another version of data=table \(train\)"):
        train(given)
    (tmp_path / "data" / "train.csv").unlink()
    train(given.model_copy(update={"quiet": False}))
    assert "finished earlier; whether its corpus is still the same cannot be seen: " in capsys.readouterr().out
    assert folder.finished.stat().st_mtime_ns == before


def test_a_killed_run_goes_on_with_the_corpus_that_it_began_with_alone(table, tmp_path):
    given = config(*table, "optim.epochs=2", f"run_dir={tmp_path / 'run'}", "quiet=true")
    with pytest.raises(RuntimeError, match="killed"):
        train(given, callbacks=[KilledAfter(1)])
    folder = RunFolder(tmp_path / "run")
    write_csv(tmp_path / "data" / "train.csv", [simple_dialogue(f"d{n}", n) for n in range(9)])
    with pytest.raises(InputError, match="another version"):
        train(given)
    train(given.model_copy(update={"resume": False}))  # anew
    assert read_json(folder.trained_on)["train"] == read_split(given.data, "train").sha256


def test_what_a_killed_run_of_an_older_version_began_with_is_not_claimed(table, tmp_path):
    given = config(*table, "optim.epochs=2", f"run_dir={tmp_path / 'run'}", "quiet=true")
    with pytest.raises(RuntimeError, match="killed"):
        train(given, callbacks=[KilledAfter(1)])
    (tmp_path / "run" / "trained_on.json").unlink()
    assert not train(given).trained_on.exists()


def test_a_share_of_train_is_of_the_same_corpus(table, tmp_path):
    runs = [
        train(config(*table, "optim.epochs=1", "quiet=true", f"data.train_limit={n}", f"run_dir={tmp_path / str(n)}"))
        for n in (4, 6)
    ]
    assert read_json(runs[0].trained_on) == read_json(runs[1].trained_on)


def test_a_folder_without_a_finished_run_is_refused_in_one_sentence(tiny_run, tmp_path):
    tiny_run.check_finished()
    killed = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "killed"))
    killed.finished.unlink()
    killed.check_exists()
    for folder, message in (
        (killed, "the run is not finished; the same training command goes on with it"),
        (RunFolder(tmp_path), "expected the folder of a run, found no config.yaml in it"),
        (RunFolder(tmp_path / "nowhere"), "no such folder"),
        (RunFolder(tmp_path / "kiled"), f"no such folder; did you mean {killed.path}?"),
    ):
        with pytest.raises(InputError) as caught:
            folder.check_finished()
        assert str(caught.value) == f"{folder.path}: {message}"


def test_folders_of_other_runs_are_not_touched(tiny_run, table, tmp_path):
    with pytest.raises(InputError, match="another configuration"):
        train(config(*table, f"run_dir={tiny_run.path}"))
    with locked(tmp_path / "busy"), pytest.raises(InputError, match="another process"):
        train(config(*table, f"run_dir={tmp_path / 'busy'}"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model" / "tags.json").unlink(), "tags.json: the file of the model is missing"),
        (lambda f: (f / "model" / "model.safetensors").write_bytes(b"x"), "model.safetensors: the file was changed"),
        (lambda f: (f / "model" / "manifest.json").unlink(), "manifest.json: no such file"),
        (lambda f: (f / "model" / "manifest.json").write_text("{"), "manifest.json, line 1: expected JSON"),
        (
            lambda f: (f / "model" / "thresholds.json").write_text('{"once": true}'),
            "thresholds.json: configuration key 'thresholds'",
        ),
        (
            lambda f: (f / "model" / "thresholds.json").write_text('{"once": true, "thresholds": {}}'),
            "one threshold for each of the 2 tags",
        ),
        (lambda f: (f / "config.yaml").unlink(), "found no config.yaml"),
        (lambda f: (f / "config.yaml").write_text("a: [1"), "config.yaml: not YAML"),
        (lambda f: (f / "config.yaml").write_text("seed: 1"), "config.yaml: configuration key"),
    ],
)
def test_a_damaged_run_folder_is_refused_in_one_sentence(tiny_run, tmp_path, damage, message):
    folder = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "copy"))
    damage(folder.path)

    def load():
        trained = load_config(folder)
        read_thresholds(folder.thresholds, trained.data.tag_set)
        load_tagger(folder, trained, token_budget=512)

    with pytest.raises(InputError) as caught:
        load()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_run_folder_is_data_and_checked_like_any_configuration(tiny_run):
    trained = load_config(tiny_run)
    assert check(trained.model_dump(mode="json")) == trained


def test_a_dev_split_beside_validation_is_scored_and_never_trained_on(table, tmp_path):
    """In a folder without validation, dev is validation under another name and is scored once."""
    data = Path(next(part for part in table if part.startswith("data.path=")).partition("=")[2])
    own = shutil.copytree(data, tmp_path / "with dev")
    (own / "dev.csv").write_text((own / "test.csv").read_text())
    settings = [*table, f"data.path={own}", "optim.epochs=1", "score_test=false"]
    folder = train(config(*settings, f"run_dir={tmp_path / 'both'}"))
    assert [path.name for path in folder.scored] == ["metrics-validation.json", "metrics-dev.json"]
    (own / "validation.csv").unlink()
    folder = train(config(*settings, f"run_dir={tmp_path / 'one'}"))
    assert [path.name for path in folder.scored] == ["metrics-validation.json"]
