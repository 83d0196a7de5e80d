"""The wheel holds everything: built, unpacked elsewhere, and used from there with the checkout out of sight."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crisis_turns.files import read_json
from tests.support.checkout import ROOT
from tests.support.tiny import TINY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from what git would commit, without the network."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    known = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    needed = ["pyproject.toml", "README.md", "LICENSE", "src", "conf"]
    listed = subprocess.run([*known, *needed], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", out, source]
    subprocess.run(build, check=True, capture_output=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the package alone, as ``pip install --no-deps --target`` leaves it."""
    target = tmp_path_factory.mktemp("target")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(install, check=True, capture_output=True)
    return target


def test_the_wheel_holds_every_file_of_the_package_and_nothing_beside_it(wheel):
    package = ROOT / "src" / "crisis_turns"
    expected = {
        f"crisis_turns/{path.relative_to(package)}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {f"crisis_turns/conf/{path.relative_to(ROOT / 'conf')}" for path in (ROOT / "conf").rglob("*.yaml")}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected


def test_the_wheel_trains_tags_and_scores_from_another_folder(installed, tmp_path):
    """The checkout is out of sight: only the folder that the wheel was installed into is searched first."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONPATH": str(installed)}

    def call(*arguments, stdin=None):
        done = subprocess.run(
            [sys.executable, "-m", "crisis_turns", *arguments], cwd=tmp_path, env=environment, input=stdin,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = "import crisis_turns; print(crisis_turns.__file__)"
    found = subprocess.run([sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert Path(found.stdout.strip()).is_relative_to(installed)
    call("train", *TINY, "data.train_limit=10", "optim.epochs=1", "run_dir=run")
    answers = call("predict", "run=run", "input=-", stdin="User: not much\nListener: go on\nUser: a long week\n")
    assert len(answers.splitlines()) == 2
    scores = call("evaluate", "run=run", "split=validation", "bootstrap=50")
    assert "turn (headline)" in scores
    assert read_json(tmp_path / "run" / "metrics-validation.json")["n_dialogues"] == 290
    known = call("predict", "run=pretrained", "input=-", stdin="User: i have been hurting myself again\n")
    assert len(known.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_the_forwarders_of_the_checkout_are_not_installed(installed):
    assert not (installed / "src").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import evaluate"], cwd=installed, env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert "No module named 'evaluate'" in done.stderr
