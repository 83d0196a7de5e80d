"""Predictions files teach what a run folder does, what they leave out is told, and several teachers are averaged."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from crisis_turns.commands.predict import PredictConfig, predict
from crisis_turns.data.corpus import read_split
from crisis_turns.errors import InputError
from crisis_turns.runs.folder import load_config
from crisis_turns.training.run import train
from crisis_turns.training.teacher import identified, lesson_of
from crisis_turns.training.teacher_beliefs import beliefs_of_lines, classes_of_lines, pooled
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import FAST, TINY, config

NAN = math.nan


@pytest.fixture(scope="module")
def said(tiny_run, tmp_path_factory):
    """What the tiny run's ``predict`` writes about its own train, and about unlabelled chats."""
    folder = tmp_path_factory.mktemp("said")
    data = load_config(tiny_run).data
    chats = write_csv(folder / "chats.csv", [replace(simple_dialogue(f"m{n}", n)) for n in (61, 62)])
    files = {}
    for name, source in (("train", f"{data.path}/train.csv"), ("chats", chats)):
        files[name] = folder / f"{name}.jsonl"
        predict(PredictConfig(run=str(tiny_run.path), input=str(source), output=str(files[name])))
    return files | {"source": chats, "data": data.path}


@pytest.fixture
def student(said, tmp_path):
    return [
        *FAST, *TINY, "data=table", f"data.path={said['data']}", "data.tags=[alert_ongoing,confirm_SH_ongoing]",
        "optim.epochs=1", "score_test=false", f"run_dir={tmp_path / 'run'}",
    ]  # fmt: skip


def lesson(tmp_path, *overrides):
    cfg = identified(config(*overrides))
    corpora = [read_split(cfg.data, split) for split in ("train", "validation")]
    return lesson_of(cfg, *corpora, scratch=tmp_path / "teacher")


def rewritten(path, to, change):
    """A copy of a predictions file with each line changed, or left out where that gives nothing."""
    records = [change(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    to.write_text("".join(json.dumps(record) + "\n" for record in records if record), encoding="utf-8")
    return to


@pytest.mark.parametrize("kept", [("probabilities", "begun"), ("probabilities",)])
def test_a_runs_own_file_teaches_what_its_folder_does(student, said, tiny_run, tmp_path, kept):
    """Without ``begun`` as well: a hazard chain's is the sum of its onsets."""
    unlabelled = f"distill.unlabelled={said['source']}"
    files = [
        rewritten(
            said[name],
            tmp_path / f"{name}.jsonl",
            lambda r: {k: v for k, v in r.items() if k in ("dialogue_id", "turn_id", "predicted", *kept)},
        )
        for name in ("train", "chats")
    ]
    by_run = lesson(tmp_path, *student, f"teacher={tiny_run.path}", "distill.folds=0", unlabelled)
    by_file = lesson(tmp_path, *student, f"teacher=[{files[0]},{files[1]}]", unlabelled)
    assert len(by_file.beliefs) == 8 + 2
    for one, other in zip(by_run.beliefs, by_file.beliefs, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5)
    both = lesson(tmp_path, *student, f"teacher=[{tiny_run.path},{files[0]},{files[1]}]", "distill.folds=0", unlabelled)
    for one, other in zip(by_run.beliefs, both.beliefs, strict=True):  # the mean of those who agree is what they say
        np.testing.assert_allclose(other, one, atol=1e-5)


def test_tags_alone_begin_once_and_have_begun_from_there_on():
    predicted = np.array([[False], [True], [False], [True]])
    nothing = np.full((4, 1), NAN)
    found = beliefs_of_lines(predicted, nothing, nothing, smoothing=0.1, once=True)[:, 0]
    np.testing.assert_allclose(found, [[0.05, 0.05], [0.95, 0.95], [0.05, 0.95], [0.05, 0.95]])
    again = beliefs_of_lines(predicted, nothing, nothing, smoothing=0.1, once=False)[:, 0]
    np.testing.assert_allclose(again[:, 0], [0.05, 0.95, 0.05, 0.95])


def test_probabilities_alone_are_summed_and_never_beyond_one():
    predicted, nothing = np.zeros((3, 1), dtype=bool), np.full((3, 1), NAN)
    onset = np.array([[0.25], [0.5], [0.5]])
    found = beliefs_of_lines(predicted, onset, nothing, smoothing=0.1, once=True)[:, 0]
    np.testing.assert_allclose(found, [[0.25, 0.25], [0.5, 0.75], [0.25, 1.0]])
    certain = beliefs_of_lines(predicted, np.ones((3, 1)), nothing, smoothing=0.1, once=True)
    hard = beliefs_of_lines(~predicted, nothing, nothing, smoothing=0.0, once=True)
    np.testing.assert_array_equal(certain, hard)  # tags are probabilities of 0 and 1


def test_each_line_gives_what_it_has():
    predicted = np.array([[False], [True], [False]])
    onset, begun = np.array([[0.25], [NAN], [0.01]]), np.array([[0.5], [NAN], [NAN]])
    found = beliefs_of_lines(predicted, onset, begun, smoothing=0.2, once=True)[:, 0]
    np.testing.assert_allclose(found, [[0.25, 0.5], [0.9, 0.9], [0.01, 0.91]], rtol=1e-6)


def test_several_are_averaged_in_log_odds():
    one, other = np.array([[[0.1, 0.2]]]), np.array([[[0.9, 0.98]]])
    odds = math.sqrt(0.2 / 0.8 * 0.98 / 0.02)
    np.testing.assert_allclose(pooled([one, other], exclusive=False), [[[0.5, odds / (1 + odds)]]], rtol=1e-6)
    assert pooled([one], exclusive=False) is one
    onset = np.array([[0.5, 0.3, 0.2], [NAN] * 3])
    classes = classes_of_lines(np.array([[False] * 3, [True, False, False]]), onset, smoothing=0.3)
    np.testing.assert_allclose(classes[..., 0], [[0.5, 0.3, 0.2], [0.8, 0.1, 0.1]], rtol=1e-6)
    certain = np.array([[[0.0, 0.0], [1.0, 1.0]]])
    both = pooled([certain, np.full((1, 2, 2), 0.5)], exclusive=True)
    np.testing.assert_allclose(both.sum(1), 1, rtol=1e-6)
    assert (both[:, 1] > 0.99).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r if r["turn_id"] else None, "user turns of train have no line, in "),
        (lambda r: r if r["dialogue_id"] != "d3" else None, "user turns of train have no line, in 1 of 8 dialogues"),
        (lambda r: r | {"dialogue_id": "m61"}, "unknown dialogue 'm61'"),
        (lambda r: r | {"predicted": ["alert_past"]}, "unknown tag 'alert_past'"),
        (lambda r: r | {"begun": dict.fromkeys(r["begun"], 0.0)}, "'begun' is lower than 'probabilities'"),
    ],
)
def test_what_a_file_leaves_out_or_contradicts_is_told(student, said, tmp_path, change, message):
    file = rewritten(said["train"], tmp_path / "f.jsonl", change)
    with pytest.raises(InputError) as caught:
        lesson(tmp_path, *student, f"teacher={file}")
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_every_part_needs_a_teacher_and_names_must_tell_them_apart(student, said, tiny_run, tmp_path):
    unlabelled = f"distill.unlabelled={said['source']}"
    with pytest.raises(InputError, match=r"says nothing about distill.unlabelled, \d+ user turns of 2 dialogues"):
        lesson(tmp_path, *student, f"teacher={said['train']}", unlabelled)
    with pytest.raises(InputError, match=r"says nothing about train, \d+ user turns of 8 dialogues"):
        lesson(tmp_path, *student, f"teacher={said['chats']}", unlabelled)
    with pytest.raises(InputError, match=r"is a dialogue of train and of distill.unlabelled \(8 such names\)"):
        lesson(tmp_path, *student, f"teacher={said['train']}", f"distill.unlabelled={said['data']}/train.csv")
    copy = shutil.copy(said["train"], tmp_path / "copy.jsonl")
    with pytest.raises(InputError, match=r"the same as .*train\.jsonl; a teacher counts once"):
        lesson(tmp_path, *student, f"teacher=[{said['train']},{copy}]")
    with pytest.raises(InputError, match=r"several are a list: teacher=\[A,B\]"):
        lesson(tmp_path, *student, f"teacher='{said['train']},{tiny_run.path}'")


def test_the_hash_names_what_the_files_say(student, said, tmp_path):
    def found(*overrides):
        return identified(config(*student, *overrides))

    taught = found(f"teacher=[{said['train']},{said['chats']}]")
    assert (taught.distill.folds, identified(taught)) == (0, taught)
    moved = shutil.copy(said["chats"], tmp_path / "moved.jsonl")
    other_way = f"teacher=[{moved},{said['train']}]"
    assert found(other_way, "distill.folds=3").hash == taught.hash
    assert found(other_way, "distill.smoothing=0.1").hash != taught.hash
    moved.write_text(moved.read_text().replace("0", "1", 1))
    assert found(other_way).hash != taught.hash


@pytest.mark.slow
def test_from_chats_that_a_large_system_tagged_to_a_student(student, said, tmp_path):
    """The recipe of docs/distillation.md, with a file in place of what a language model has said of the chats."""
    chats = rewritten(
        said["chats"],
        tmp_path / "llm.jsonl",
        lambda r: {**{k: r[k] for k in ("dialogue_id", "turn_id")}, "predicted": ["alert_ongoing"][: r["turn_id"] % 2]},
    )
    taught = [*student, f"teacher=[{said['train']},{chats}]", f"distill.unlabelled={said['source']}"]
    run = train(config(*taught))
    assert run.finished.is_file()
    assert load_config(run).teachers == (str(said["train"]), str(chats))
    assert "what it says of train is taken as it is" in run.log.read_text()
    alone = train(config(*taught, "teacher=null", "distill.unlabelled=null", f"run_dir={tmp_path / 'alone'}"))
    weights = [(folder.model / "model.safetensors").read_bytes() for folder in (run, alone)]
    assert weights[0] != weights[1]
