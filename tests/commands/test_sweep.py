"""Sweeps survive: failed runs stop no others and are told, killed ones go on to the same result, folders are locked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf

from crisis_turns.commands import app
from crisis_turns.commands.sweep import Sweep
from crisis_turns.training.run import train
from tests.support.checkout import ROOT
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import TINY, config


@pytest.fixture
def arguments(tmp_path):
    """A tiny run on sixteen short dialogues, in folders of its own."""
    data = tmp_path / "data"
    data.mkdir()
    for split in ("train", "validation", "test"):
        write_csv(data / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in range(16)])
    table = ["data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    return [*TINY, *table, "score_test=false", "optim.epochs=1"]


def started(here, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "src.train", *arguments], cwd=here, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("launcher", ["basic", pytest.param("submitit_local", marks=pytest.mark.slow)])
def test_a_failed_run_is_told_at_the_end_and_stops_no_other(arguments, tmp_path, launcher):
    process = started(tmp_path, "-m", *arguments, "seed=-1,3", f"hydra/launcher={launcher}")
    errors = process.communicate(timeout=200)[1]
    assert process.returncode == 2, errors
    assert errors.splitlines()[-1].startswith("error: run failed: seed=-1: configuration key 'seed': ")
    assert "Traceback" not in errors
    finished = list((tmp_path / "outputs").glob("*/finished.json"))
    assert [path.parent.name.split("-")[3] for path in finished] == ["s3"]
    visible = {path.name for path in (tmp_path / "outputs").iterdir() if not path.name.startswith(".")}
    assert visible == {finished[0].parent.name, "multirun.yaml"}
    assert {path.name for path in tmp_path.iterdir()} == {"data", "outputs"}


def wait_for_an_epoch(run, process):
    until = time.monotonic() + 100
    while not (run / "checkpoints" / "last.ckpt").is_file():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.slow
def test_a_job_that_runs_out_of_time_is_queued_again_and_goes_on(arguments, tmp_path):
    """submitit says so to the job with a signal; here it is sent as soon as an epoch is done."""
    common = [*arguments, "optim.epochs=8", "optim.patience=8", "optim.dialogues_per_step=2", "model.dropout=0.3"]
    process = started(tmp_path, "-m", *common, "seed=1", "run_dir=queued", "hydra/launcher=submitit_local")
    wait_for_an_epoch(tmp_path / "queued", process)
    os.kill(*job_of(process.pid), signal.SIGUSR2)
    errors = process.communicate(timeout=200)[1]
    assert process.returncode == 0, errors
    jobs = "".join(path.read_text() for path in tmp_path.rglob("*_log.out"))
    assert "Requeued job" in jobs
    assert "going on where a killed run has stopped" in jobs
    whole = train(config(*common, f"run_dir={tmp_path / 'whole'}"))
    for name in ("metrics-validation.json", "predictions-validation.jsonl", "model/model.safetensors"):
        assert (whole.path / name).read_bytes() == (tmp_path / "queued" / name).read_bytes(), name


def job_of(pid):
    """The process that a submitit launcher's controller runs the job in: the child of a child."""

    def children(parent):
        threads = Path(f"/proc/{parent}/task").iterdir()
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]

    return [job for controller in children(pid) for job in children(controller)]


@pytest.mark.slow
def test_a_run_killed_by_the_kernel_goes_on_to_exactly_the_result_of_an_unbroken_one(arguments, tmp_path):
    common = [*arguments, "optim.epochs=8", "optim.patience=8", "optim.dialogues_per_step=2", "model.dropout=0.3"]
    process = started(tmp_path, *common, "run_dir=broken")
    broken = tmp_path / "broken"
    wait_for_an_epoch(broken, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (broken / "finished.json").exists()
    before = (broken / "train.log").read_text().count(": train/loss")
    resumed = train(config(*common, f"run_dir={broken}"))
    whole = train(config(*common, f"run_dir={tmp_path / 'whole'}"))
    assert before < 8 <= resumed.log.read_text().count(": train/loss") <= 9
    for name in ("metrics-validation.json", "predictions-validation.jsonl", "model/model.safetensors"):
        assert (whole.path / name).read_bytes() == (resumed.path / name).read_bytes(), name


@pytest.mark.parametrize(
    ("number", "status", "seeds"),
    [
        pytest.param(signal.SIGTERM, 143, "1", id="SIGTERM, one run"),
        pytest.param(signal.SIGINT, 130, "1", id="SIGINT, one run", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, "1,2", id="SIGTERM, sweep", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, "1,2", id="SIGINT, sweep", marks=pytest.mark.slow),
    ],
)
def test_a_stopped_command_fails_and_says_how_to_go_on(arguments, tmp_path, number, status, seeds):
    sweep = ["-m"] if "," in seeds else []
    process = started(tmp_path, *sweep, *arguments, "optim.epochs=1000", "optim.patience=1000", f"seed={seeds}")
    until = time.monotonic() + 100
    while not list(tmp_path.glob("outputs/*/checkpoints/last.ckpt")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(number)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == status, errors
    *told, last = errors.splitlines()
    assert last == "error: stopped before the end: the same command again goes on where this one stopped"
    assert all(
        line.startswith("warning: table validation: 16 of 16 dialogues have the text of one in") for line in told
    )
    assert len(list(tmp_path.glob("outputs/*-s*/"))) == 1 or sweep  # which may have begun both
    assert not list(tmp_path.glob("outputs/*/finished.json"))


@pytest.mark.slow
def test_a_sweep_goes_over_paths_that_are_no_words(arguments, tmp_path):
    data = tmp_path / "it's (1), é"
    (tmp_path / "data").rename(data)
    table = ["data=table", f"data.path='{str(data).replace(chr(39), chr(92) + chr(39))}'", *arguments[-3:]]
    process = started(tmp_path, "-m", "model=tfidf", *table, "bootstrap=50", "run_dir=o'ne,tw o (2)")
    errors = process.communicate(timeout=200)[1]
    assert process.returncode == 0, errors
    assert {path.parent.name for path in tmp_path.glob("*/finished.json")} == {"o'ne", "tw o (2)"}


def test_an_unexpected_error_is_told_like_a_mistake(tmp_path, capsys, monkeypatch):
    @app.job
    def task(values):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(app, "in_sweep", lambda: True)
    failed = Sweep()
    launcher = {"_target_": "a.Launcher"}
    sweep = {"hydra": {"sweep": {"dir": str(tmp_path)}, "overrides": {"task": ["seed=1,2"]}, "launcher": launcher}}
    failed.on_multirun_start(OmegaConf.create(sweep))
    for number in (1, 2):
        run = {"hydra": {"overrides": {"task": [f"seed={number}"]}, "job": {"num": number}}}
        result = task(OmegaConf.create({})) if number == 2 else None
        failed.on_job_end(OmegaConf.create(run), JobReturn(_return_value=result, status=JobStatus.COMPLETED))
    assert "Traceback" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        failed.on_multirun_end(OmegaConf.create(sweep))
    assert ended.value.code == 2
    assert capsys.readouterr().err == "error: run failed: seed=2: ZeroDivisionError: a bug\n"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(app, "in_sweep", lambda: False)
    with pytest.raises(ZeroDivisionError):
        task(OmegaConf.create({}))


def test_the_cluster_configuration_gives_each_run_one_gpu_and_keeps_its_files_with_the_runs():
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        composed = compose("train", ["hydra/launcher=slurm_gpu", "runs_dir=outputs/x"], return_hydra_config=True)
    launcher = composed.hydra.launcher
    assert (launcher.gpus_per_node, launcher.tasks_per_node, launcher.nodes) == (1, 1, 1)
    assert launcher.submitit_folder == "outputs/x/.submitit/%j"


BROKEN_BY_THE_STOP = """
import os, signal, sys, time
from crisis_turns.commands import app
from crisis_turns.config import RunConfig

def main():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    finally:
        None.invalidate()

sys.argv[1:] = ["run_dir=out"]
app.start("train", main, RunConfig)
"""


SWALLOWED = """
import os, signal, sys, time
from crisis_turns.commands import app
from crisis_turns.config import RunConfig

class Swallows:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

def main():
    Swallows()
    time.sleep(60)

sys.argv[1:] = ["run_dir=out"]
app.start("train", main, RunConfig)
"""


@pytest.mark.parametrize("program", [BROKEN_BY_THE_STOP, SWALLOWED], ids=["breaks on it", "swallows it"])
def test_a_stop_is_one_where_a_library_does_not_let_it_through(program):
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False, timeout=50)
    told = "error: stopped before the end: the same command again goes on where this one stopped\n"
    assert (process.returncode, process.stderr.decode()) == (143, told)
