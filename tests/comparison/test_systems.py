"""Which runs can stand beside each other, how they group into systems, and what the systems are called."""

import shutil

import pytest

from crisis_turns.comparison.finished_runs import find_runs, read_runs, scored_on
from crisis_turns.comparison.systems import chosen_baseline, grouped
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json
from crisis_turns.runs.folder import RunFolder
from tests.support.run_folders import finished_run


def systems_in(folder):
    return grouped(read_runs(find_runs([f"{folder}/*"]), "validation"))


def test_runs_that_differ_in_the_seed_only_are_one_system_named_by_what_differs(tmp_path):
    for seed in (2, 1):
        for overrides in (("head=onset",), ("head=independent",), ("head=onset", "model.context_window=null")):
            finished_run(tmp_path, f"seed={seed}", *overrides)
    systems = systems_in(tmp_path)
    assert [system.name for system in systems] == [
        "head=independent, context_window=16",
        "head=onset, context_window=16",
        "head=onset, context_window=null",
    ]
    assert all(system.seeds == [1, 2] for system in systems)
    assert systems[2].settings == {"head": "onset", "model.context_window": None}
    assert systems[0].counts("turn", range(16)).shape == (2, 30, 16, 3)


def test_windows_are_ordered_by_size_and_a_name_takes_no_more_keys_than_it_needs(tmp_path):
    for window in (16, 2, 0, "null"):
        finished_run(tmp_path, f"model.context_window={window}")
    finished_run(tmp_path, "model=tfidf")
    names = [system.name for system in systems_in(tmp_path)]
    assert names == [*(f"model=hier_crf, context_window={size}" for size in (0, 2, 16, "null")), "model=tfidf"]


def test_what_decides_nothing_makes_no_new_system(tmp_path):
    finished_run(tmp_path, "seed=1")
    finished_run(tmp_path, "seed=2", "bootstrap=20", "report.text=hidden", "trainer.tensorboard=true")
    (system,) = systems_in(tmp_path)
    assert (system.name, system.settings, system.seeds) == ("all", {}, [1, 2])


def test_a_run_that_stands_in_two_folders_counts_once_and_a_seed_that_ran_twice_is_refused(tmp_path):
    run = finished_run(tmp_path, "seed=1")
    shutil.copytree(run, tmp_path / "copy")
    finished_run(tmp_path, "seed=2")
    assert [system.seeds for system in systems_in(tmp_path)] == [[1, 2]]
    finished_run(tmp_path, "seed=2", "bootstrap=20")
    with pytest.raises(InputError, match="runs of one system with the same seed"):
        systems_in(tmp_path)


def test_runs_that_learnt_from_other_dialogues_are_another_system(tmp_path):
    def add(seed, train, n=8):
        run = RunFolder(finished_run(tmp_path, f"seed={seed}"))
        if train:
            write_json(run.trained_on, {"train": train * 64, "validation": "v"})
        write_json(run.onsets, {"dialogues": n, "tags": {}})
        run.path.rename(tmp_path / f"{seed}-{train}-{n}")

    def found():
        return {system.name: system.seeds for system in systems_in(tmp_path)}

    add(1, "a")
    add(2, None)  # of an older version: nothing says that it is another
    assert found() == {"all": [1, 2]}
    add(3, None, n=7)  # but of this one the number of dialogues
    assert found() == {"train=sha-aaaaaaaa": [1, 2], "train=null": [3]}
    add(2, "a")  # trained anew: the older one is no second run of it
    assert found() == {"train=sha-aaaaaaaa": [1, 2], "train=null": [2, 3]}
    add(1, "b")
    assert found() == {"train=sha-aaaaaaaa": [1, 2], "train=sha-bbbbbbbb": [1], "train=null": [2, 3]}


def test_the_split_is_test_where_every_run_has_it(tmp_path):
    for seed in (1, 2, 3):
        finished_run(tmp_path, f"seed={seed}")
    folders = find_runs([f"{tmp_path}/*"])
    assert scored_on(folders, None) == ("validation", folders)
    finished_run(tmp_path, "seed=1", split="test")
    with pytest.raises(InputError, match="split=test: expected at least two runs that were scored on it, found 1"):
        scored_on(folders, "test")
    finished_run(tmp_path, "seed=3", split="test")
    assert scored_on(folders, None) == ("validation", folders)
    assert scored_on(folders, "test") == ("test", [f for f in folders if f.metrics("test").is_file()])
    finished_run(tmp_path, "seed=2", split="test")
    assert scored_on(folders, None) == ("test", folders)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data_sha256": "b"}, "cannot be compared: data_sha256 is a and b"),
        ({"corpus": "other"}, "corpus is mini and other"),
        ({"scorer_version": "1"}, "scorer_version is 2.0 and 1"),
        ({"split": "test"}, "split is validation and test"),
    ],
)
def test_runs_on_other_data_are_refused(tmp_path, change, message):
    finished_run(tmp_path, "seed=1")
    second = RunFolder(finished_run(tmp_path, "seed=2"))
    write_json(second.metrics("validation"), read_json(second.metrics("validation")) | change)
    with pytest.raises(InputError, match=message):
        systems_in(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("metrics-validation.json", {"corpus": "mini"}, "found no data_sha256, split, scorer_version, n_dialogues"),
        ("metrics-validation.json", [], "found no data_sha256, corpus, split, scorer_version, n_dialogues"),
        ("finished.json", {}, "fit_s of a finished run, found no fit_s"),
    ],
)
def test_what_a_run_must_have_written_is_told_where_it_is_missing(tmp_path, name, content, message):
    finished_run(tmp_path, "seed=1")
    second = finished_run(tmp_path, "seed=2")
    write_json(second / name, content)
    with pytest.raises(InputError, match=f"{second / name}: expected .*{message}"):
        systems_in(tmp_path)


def test_runs_with_other_tags_or_turns_are_refused(tmp_path):
    finished_run(tmp_path / "a", "seed=1")
    other = finished_run(tmp_path / "a", "seed=2")
    lines = (other / "predictions-validation.jsonl").read_text().splitlines()
    (other / "predictions-validation.jsonl").write_text("\n".join(lines[1:]) + "\n")
    with pytest.raises(InputError, match="predictions for different dialogues or turns"):
        systems_in(tmp_path / "a")
    (other / "predictions-validation.jsonl").write_text('{"dialogue_id": "d0"}\n')
    with pytest.raises(InputError, match=r"line 1: expected a turn's gold and predicted tags"):
        systems_in(tmp_path / "a")


def test_unfinished_runs_are_told_by_name_and_other_folders_passed_over(tmp_path):
    finished_run(tmp_path, "seed=1")
    killed = finished_run(tmp_path, "seed=2")
    (tmp_path / "comparison-validation").mkdir()
    (tmp_path / "multirun.yaml").write_text("")
    export = shutil.copytree(killed, tmp_path / "export", ignore=shutil.ignore_patterns("finished.json"))
    (export / "parity.json").write_text("{}")
    (killed / "finished.json").unlink()
    with pytest.raises(InputError, match=rf"not finished: {killed}; train again"):
        find_runs([f"{tmp_path}/*"])
    shutil.rmtree(killed)
    with pytest.raises(InputError, match="expected at least two run folders, found 1"):
        find_runs([f"{tmp_path}/*"])


def test_a_baseline_is_named_by_as_many_settings_as_it_takes(tmp_path):
    for head in ("onset", "independent"):
        for loss in ("path", "filtered"):
            finished_run(tmp_path, f"head={head}", f"loss={loss}")
    systems = systems_in(tmp_path)
    for asked in (["independent", "path"], ["head=independent", "loss=path"], ["head=independent, loss=path"]):
        assert chosen_baseline(systems, asked).name == "head=independent, loss=path"
    with pytest.raises(InputError, match="expected one system to fit, found 2 systems; there are: head=independent"):
        chosen_baseline(systems, ["independent"])
    with pytest.raises(InputError, match="found no system; there are: head=independent, loss=filtered; "):
        chosen_baseline(systems, ["hazard"])
    with pytest.raises(InputError, match="one system only"):
        chosen_baseline(systems[:1], ["filtered"])
