"""Runs beside each other: what each process gets, the same bits as alone, and a process that the kernel kills."""

import os
import threading
import time
from multiprocessing import active_children

import pytest

from crisis_turns.commands import side_by_side as module
from crisis_turns.commands.side_by_side import Shares, WaitingRun, shares, side_by_side
from crisis_turns.config import check
from crisis_turns.training.run import train
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import TINY, config


@pytest.fixture
def common(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))  # put back in the end
    data = tmp_path / "data"
    data.mkdir()
    for split in ("train", "validation"):
        write_csv(data / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in range(16)])
    table = ["data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    top = ["encoder.trainable_layers=1", "model.dropout=0.3", "trainer.threads=1"]
    return [*TINY, *table, *top, "score_test=false", "optim.epochs=2", f"runs_dir={tmp_path / 'runs'}"]


def waiting(*overrides, number=0):
    return WaitingRun(number, list(overrides), config(*overrides))


@pytest.mark.parametrize(
    ("cores", "gib", "told", "of_a_run", "n_runs", "expected"),
    [
        (2, 99, None, "auto", 5, Shares(2, 1)),
        (2, 99, None, "auto", 1, Shares(1, 2)),
        (1, 99, None, "auto", 5, Shares(1, 1)),
        (16, 99, None, "auto", 5, Shares(5, 3)),
        (16, 7, None, "auto", 5, Shares(3, 5)),
        (16, float("inf"), 4, "auto", 5, Shares(4, 4)),
        (2, 0.5, 4, "auto", 5, Shares(1, 4)),
        (8, 99, None, 2, 5, Shares(4, 2)),
    ],
)
def test_cores_and_memory_are_divided(cores, gib, told, of_a_run, n_runs, expected, monkeypatch):
    monkeypatch.setattr(module, "free_cores", lambda: cores)
    monkeypatch.setattr(module, "free_gib", lambda: gib)
    run = waiting(*TINY, f"trainer.threads={of_a_run}")
    assert shares([run] * n_runs, threads=told) == expected


@pytest.mark.slow
def test_every_run_is_bit_for_bit_what_it_is_alone(common, tmp_path):
    runs = [waiting(*common, f"seed={seed}", number=seed) for seed in (1, 2, 3)]
    missing = waiting(*common, "data.path=nowhere", "seed=4", number=4)
    found = {run.number: error for run, error in side_by_side([*runs, missing], Shares(2, 1))}
    assert str(found.pop(4)).startswith("data.path=nowhere: ")
    assert found == {1: None, 2: None, 3: None}
    for run in runs:
        alone = train(check({**run.config.model_dump(), "run_dir": str(tmp_path / f"alone-{run.number}")}))
        for name in ("metrics-validation.json", "predictions-validation.jsonl", "model/model.safetensors"):
            assert (alone.path / name).read_bytes() == (tmp_path / run.config.folder / name).read_bytes(), name


@pytest.mark.slow
def test_a_killed_process_costs_no_run(common, tmp_path):
    runs = [waiting(*common, "optim.epochs=40", "optim.patience=40", f"seed={n}", number=n) for n in (1, 2)]

    def kill_one():
        while not list(tmp_path.glob("runs/*/checkpoints/last.ckpt")):
            time.sleep(0.01)
        active_children()[0].kill()

    killer = threading.Thread(target=kill_one)
    killer.start()
    assert {run.number: error for run, error in side_by_side(runs, Shares(2, 1))} == {1: None, 2: None}
    killer.join()
    assert len(list(tmp_path.glob("runs/*/finished.json"))) == 2
