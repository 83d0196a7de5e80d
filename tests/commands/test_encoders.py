"""Encoders by folder and by name, as the command line takes them: one sentence, and nothing written."""

import os
import subprocess
import sys

import pytest

from tests.commands.test_commands import refused, run_command  # noqa: F401
from tests.support.checkout import ROOT
from tests.support.encoder_folders import encoder_folder, with_config, with_pooling, with_weights, without_tokenizer

SMALL = (
    "data.train_limit=10", "optim.epochs=1", "model.width=16", "model.layers=1", "model.heads=2", "score_test=false",
    "trainer.progress=false", "bootstrap=50", "run_dir=out",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model_type", "damage", "message"),
    [
        ("bert", without_tokenizer, "its tokenizer reads 0% of a plain sentence"),
        ("bert", lambda f: with_weights(f, rename=lambda name: f"inner.{name}"), "lacks 37 of 37 tensors"),
        ("bert", lambda f: with_config(f, model_type="own", auto_map={"AutoConfig": "code.C"}), "which is never run"),
        ("gpt2", lambda f: None, "expected an encoder that was trained as a masked language model"),
        ("bart", lambda f: None, "expected an encoder alone, found bart"),
        ("albert", lambda f: None, "give encoder.trainable_layers=0 or encoder.trainable_layers=all"),
    ],
)
def test_folders_that_do_not_fit_are_refused_before_training(run_command, tmp_path, model_type, damage, message):  # noqa: F811
    folder = encoder_folder(tmp_path / "encoder", model_type)
    damage(folder)
    process = run_command("train", f"encoder={folder}", *SMALL, stdin=b"y\n")
    refused(process, message)
    assert process.left == []


@pytest.mark.slow
def test_runs_longer_than_the_encoders_positions_are_refused_before_training(run_command):  # noqa: F811
    process = run_command("train", "encoder=tiny", "encoder.max_tokens=300", *SMALL)
    refused(process, "encoder.max_tokens=300 is more than the 256 word pieces that the positions of encoder=tiny reach")
    assert process.left == []


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    """A place for the cache where no folder can be made, whoever asks."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))


@pytest.mark.slow
def test_a_run_goes_on_without_its_cache_and_tells_how_it_pools(no_cache, run_command, tmp_path):  # noqa: F811
    folder = encoder_folder(tmp_path / "encoder")
    with_pooling(folder, pooling_mode_cls_token=True)
    process = run_command("train", f"encoder={folder}", "encoder.trainable_layers=0", *SMALL)
    assert process.returncode == 0, process.stderr.decode()
    told = process.stderr.decode().splitlines()
    assert [line for line in told if "the cache" in line] == [
        f"warning: the cache {tmp_path}/file/cache/crisis-turns is not used (Not a directory): what it would hold is "
        "computed anew each time"
    ]
    assert [line for line in told if "pools" in line] == [
        f"warning: encoder={folder}: its own configuration pools by cls_token; here the mean over all word pieces is "
        "taken"
    ]


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached_costs_one_line(tmp_path):
    """With a proxy that is not there, no name is looked up and nothing leaves the machine."""
    environment = os.environ | {"HF_HUB_OFFLINE": "0", "HTTPS_PROXY": "http://127.0.0.1:9", "PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [sys.executable, "-m", "src.train", "encoder=some/name", *SMALL],
        cwd=tmp_path, env=environment, capture_output=True, timeout=200,
    )  # fmt: skip
    refused(process, "encoder=some/name: could not be loaded (")
    assert list(tmp_path.iterdir()) == []
