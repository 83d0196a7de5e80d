"""The README stays short, says what is so, and its commands do what they say."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from crisis_turns.__main__ import COMMANDS
from tests.support.checkout import ROOT
from tests.support.documents import blocks, text

README = text(ROOT / "README.md")
SHORT = ("encoder=tiny", "data.train_limit=10", "'data.parts=[oblique]'", "optim.epochs=1", "trainer.progress=false")
WRAPPER = """\
#!/bin/sh
# python with a short setting: what a key says already is left as it is
add() { case " $given " in *" ${1%%=*}="*) ;; *) short="$short $1" ;; esac; }
given="$*" short=""
case "$2" in src.train|src.evaluate|src.compare) add bootstrap=50 ;; esac
case "$2" in src.train) for key in KEYS; do add $key; done ;; esac
exec "PYTHON" "$@" $short
"""


def test_it_is_short():
    lines = README.splitlines()
    assert len(lines) <= 200
    assert [line for line in lines if len(line) > 100] == []
    (results,) = re.findall(r"^## Results\n\n<!-- results -->\n(.*?)\n<!-- /results -->$", README, re.S | re.M)
    assert len(results.splitlines()) <= 20


def test_its_python_has_ten_lines_at_most():
    (code,) = blocks(README, "python")
    assert len([line for line in code.splitlines() if line]) <= 10


def test_its_table_has_every_command():
    assert set(re.findall(r"^\| `python -m src\.(\w+)`", README, re.M)) == set(COMMANDS)


def test_a_table_of_the_architecture_has_every_folder_of_the_package():
    package = ROOT / "src" / "crisis_turns"
    folders = {path.name for path in package.iterdir() if (path / "__init__.py").is_file()}
    table = re.search(r"^\| step \|.*?\n\n", text(ROOT / "docs" / "architecture.md"), re.S | re.M)
    assert set(re.findall(r"`(\w+)/`", table[0])) == folders


def test_version_and_licence_are_told_alike():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == project["version"]
    assert cited["license"] == project["license"]
    (entry,) = blocks(README, "bibtex")
    assert f"version = {{{project['version']}}}" in entry
    assert cited["title"] in entry
    newest = re.search(r"^## (\S+)", text(ROOT / "CHANGELOG.md"), re.M)
    assert newest is not None
    assert newest[1] == project["version"]


@pytest.fixture
def checkout(tmp_path):
    """A folder in which the commands find what they find in a checkout whose environment is made."""
    for name in ("src", "docs", "Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).symlink_to(ROOT / name)
    wrapper = tmp_path / ".venv" / "bin" / "python"
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text(WRAPPER.replace("KEYS", " ".join(SHORT).replace("'", "")).replace("PYTHON", sys.executable))
    wrapper.chmod(0o755)
    (wrapper.parent / "activate").write_text(f'PATH="{wrapper.parent}:$PATH"\n')
    (tmp_path / ".venv" / ".ready").touch()
    return tmp_path


@pytest.mark.slow
def test_its_commands_and_its_python_run_in_their_order(checkout):
    """In a short setting, all in one shell; the code comes after the commands that make what it loads."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONPATH": str(ROOT)}
    lines = "\n".join(["set -ef", *blocks(README, "bash")])
    done = subprocess.run(["bash", "-c", lines], cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    made = {
        path.parent.relative_to(checkout / "outputs").as_posix()
        for path in (checkout / "outputs").rglob("metrics-*.json")
    }
    assert {"tfidf", "hier_crf", "hier_crf-beside-tfidf", "try", "other"} <= made
    assert sum(name.startswith("two/") for name in made) == 6
    assert (checkout / "outputs" / "two" / "comparison-validation" / "comparison.md").is_file()
    (code,) = blocks(README, "python")
    spoken = subprocess.run([sys.executable, "-c", code], cwd=checkout, env=environment, capture_output=True, text=True)
    assert spoken.returncode == 0, spoken.stderr
    assert len(spoken.stdout.splitlines()) == 4  # two turns, one answer, the flags
