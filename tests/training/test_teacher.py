"""A student learns from a teacher that was not trained on what it is asked about."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from crisis_turns.data.corpus import read_split
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.model.encoders.array_cache import folder as cache
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.training import run_teacher
from crisis_turns.training.cross_fitting import CrossFitting
from crisis_turns.training.preparation import prepare
from crisis_turns.training.run import train
from crisis_turns.training.teacher import identified, lesson_of
from crisis_turns.training.teacher_beliefs import with_beliefs
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import FAST, TINY, config


@pytest.fixture
def student(tiny_run):
    """Overrides of a student of the tiny run, on its corpus."""
    data = load_config(tiny_run).data
    return [
        *FAST, *TINY, "data=table", f"data.path={data.path}", "data.tags=[alert_ongoing,confirm_SH_ongoing]",
        "optim.epochs=1", "score_test=false", f"teacher={tiny_run.path}", "distill.folds=2",
    ]  # fmt: skip


def test_a_student_is_trained_the_same_twice_and_leaves_no_teacher_behind(student, tmp_path):
    first, second = (train(config(*student, f"run_dir={tmp_path / name}")) for name in ("a", "b"))
    for name in ("model/model.safetensors", "predictions-validation.jsonl"):
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes()
    assert not (first.path / "teacher").exists()
    assert load_config(first).distill.identity is not None
    alone = train(config(*student, "teacher=null", f"run_dir={tmp_path / 'alone'}"))
    assert (first.path / "model/model.safetensors").read_bytes() != (
        alone.path / "model/model.safetensors"
    ).read_bytes()


def test_what_is_believed_of_a_part_does_not_depend_on_its_labels(tiny_run, tmp_path):
    trained = load_config(tiny_run)
    corpus, validation = (read_split(trained.data, split) for split in ("train", "validation"))
    blank = [replace(d, turns=tuple(replace(t, tags=()) for t in d.turns)) for d in corpus.dialogues]
    without = tuple(blank[n] if n % 2 == 0 else d for n, d in enumerate(corpus.dialogues))
    fitting = CrossFitting(trained, corpus, validation, folds=2, scratch=tmp_path / "teacher")
    before = fitting.beliefs()
    after = replace(fitting, train=replace(corpus, dialogues=without)).beliefs()
    assert [len(b) for b in before] == [len(d.user_turns) for d in corpus.dialogues]
    same = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert same == [n % 2 == 0 for n in range(len(corpus.dialogues))]


def test_cross_fitted_beliefs_are_kept(student, tiny_run, tmp_path, monkeypatch):
    cfg = config(*student)
    corpora = [read_split(cfg.data, split) for split in ("train", "validation")]
    first = lesson_of(cfg, *corpora, scratch=tmp_path / "teacher")
    stored = sorted(cache().glob("*.npy"))
    monkeypatch.setattr("crisis_turns.training.cross_fitting.fit", None)
    again = lesson_of(cfg, *corpora, scratch=tmp_path / "teacher")
    assert sorted(cache().glob("*.npy")) == stored
    assert all(np.array_equal(a, b) for a, b in zip(first.beliefs, again.beliefs, strict=True))
    assert not (tmp_path / "teacher").exists()


def test_a_teacher_trained_on_gpus_is_trained_anew_where_the_student_is(student, tiny_run, tmp_path, monkeypatch):
    trained = load_config(tiny_run)
    gpus = trained.trainer.model_copy(update={"accelerator": "gpu", "devices": 2})
    monkeypatch.setattr(run_teacher, "load_config", lambda _: trained.model_copy(update={"trainer": gpus, "seed": 5}))
    monkeypatch.setattr(run_teacher, "load_tagger", None)  # nobody asks the run itself
    cfg = config(*student)
    corpora = [read_split(cfg.data, split) for split in ("train", "validation")]
    lesson = lesson_of(cfg, *corpora, scratch=tmp_path / "teacher")
    assert len(lesson.beliefs) == 8


def test_the_run_itself_is_asked_on_the_students_device(student, tmp_path, monkeypatch):
    asked = {}

    def loaded(folder, trained, **settings):
        asked.update(settings)
        return SimpleNamespace(tag=lambda dialogues: [])

    monkeypatch.setattr(run_teacher, "load_tagger", loaded)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    cfg = config(*student, "distill.folds=0", "trainer.accelerator=gpu", "trainer.token_budget=77")
    lesson_of(cfg, *(read_split(cfg.data, split) for split in ("train", "validation")), scratch=tmp_path / "teacher")
    assert asked == {"device": "cuda", "token_budget": 77}


def test_what_a_killed_run_leaves_of_one_part_is_no_beginning_for_another(tiny_run, tmp_path, monkeypatch):
    trained = load_config(tiny_run)
    folders = []

    def killed(prepared, config, folder):
        folders.append(folder.path)
        assert len(prepared.train) == 4
        raise KeyboardInterrupt

    monkeypatch.setattr("crisis_turns.training.cross_fitting.fit", killed)
    corpora = [read_split(trained.data, split) for split in ("train", "validation")]
    fitting = CrossFitting(trained.model_copy(update={"seed": 77}), *corpora, folds=2, scratch=tmp_path / "teacher")
    for fold in range(2):
        with pytest.raises(KeyboardInterrupt):
            fitting._of_fold(fold)
    assert len(set(folders)) == 2


def test_unlabelled_dialogues_are_learnt_from_the_teacher_alone(student, tmp_path):
    unlabelled = write_csv(tmp_path / "more.csv", [simple_dialogue(f"m{n}", n) for n in (61, 62)])
    cfg = config(*student, "distill.folds=0", f"distill.unlabelled={unlabelled}")
    corpora = [read_split(cfg.data, split) for split in ("train", "validation")]
    lesson = lesson_of(cfg, *corpora, scratch=tmp_path / "teacher")
    student = prepare(cfg, *(corpus.dialogues for corpus in corpora), unlabelled=lesson.unlabelled)
    encoded = with_beliefs(student.train, lesson.beliefs)
    assert all(d.beliefs is None for d in student.train)
    assert [d.labelled for d in encoded] == [True] * 8 + [False] * 2
    assert not any(d.gold.any() for d in encoded[8:])
    assert all(d.beliefs.shape == (len(d.turn_ids), 2, 2) for d in encoded)
    assert all((d.beliefs[..., 0] <= d.beliefs[..., 1] + 1e-6).all() for d in encoded)
    run = train(cfg.model_copy(update={"run_dir": str(tmp_path / "run")}))
    assert read_json(run.metrics("validation"))["n_dialogues"] == 8


def test_the_hash_names_the_teacher_and_not_its_path(student, tiny_run, tmp_path):
    copy = shutil.copytree(tiny_run.path, tmp_path / "copy")
    taught = identified(config(*student))
    assert identified(config(*student, f"teacher={copy}")).hash == taught.hash
    assert identified(taught) == taught
    (copy / "model" / "manifest.json").write_text("{}")
    assert identified(config(*student, f"teacher={copy}")).hash != taught.hash
    plain = config(*student, "teacher=null")
    assert plain.hash == config(*student, "teacher=null", "distill.weight=0.1").hash != taught.hash


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("teacher=nowhere",), "nowhere: expected the folder of a run"),
        (("head=binary",), "head=hazard cannot teach head=binary"),
        (("data.tags=[alert_ongoing,alert_past]",), "expected the tags of data=table, found other ones"),
        (("distill.unlabelled=none.csv",), "distill.unlabelled=none.csv: no such file"),
        (("distill.folds=9",), "distill.folds=9: train has 8 dialogues only"),
        (("data.train_limit=3", "distill.folds=4"), "distill.folds=4: train has 3 dialogues only"),
    ],
)
def test_teachers_that_do_not_fit_are_told_and_leave_nothing(student, tmp_path, overrides, message):
    with pytest.raises(InputError) as caught:
        train(config(*student, *overrides, f"run_dir={tmp_path / 'run'}"))
    assert message in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_teacher_of_another_corpus_or_an_unfinished_one_is_refused(student, tiny_run, tmp_path):
    copy = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "copy"))
    other = tmp_path / "data"
    other.mkdir()
    for split in ("train", "validation"):
        write_csv(other / f"{split}.csv", [simple_dialogue(f"x{n}", n) for n in range(4)])
    run = f"run_dir={tmp_path / 'run'}"
    with pytest.raises(InputError, match="was trained on another corpus"):
        train(config(*student, f"data.path={other}", run))
    copy.finished.unlink()
    with pytest.raises(InputError, match="is not finished; the same training command goes on with it") as caught:
        train(config(*student, f"teacher={copy.path}", run))
    assert str(caught.value).startswith(f"{copy.path}: ")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: shutil.rmtree(run.model), "model/manifest.json: no such file"),
        (
            lambda run: run.metrics("validation").write_text("[]"),
            "metrics-validation.json: expected data_sha256 of a finished run, found no data_sha256",
        ),
    ],
)
def test_a_damaged_teacher_is_told_in_one_line(student, tiny_run, tmp_path, damage, message):
    copy = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "copy"))
    damage(copy)
    with pytest.raises(InputError) as caught:
        train(config(*student, f"teacher={copy.path}", f"run_dir={tmp_path / 'run'}"))
    assert str(caught.value) == f"{copy.path}/{message}"
