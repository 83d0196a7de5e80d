"""The write-up runs from its first cell to its last, in the small setting that it has by default."""

import os
import subprocess
import sys

import pytest

from tests.support.checkout import ROOT


@pytest.mark.slow
def test_the_write_up_runs(tmp_path):
    notebook = tmp_path / "onset.ipynb"
    convert = [sys.executable, "-m", "jupytext", "--to", "ipynb", "-o", str(notebook), ROOT / "notebooks" / "onset.md"]
    subprocess.run(convert, check=True, capture_output=True)
    run = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", tmp_path, "--nbmake", "--nbmake-timeout=300"]
    places = {name: str(tmp_path / name) for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    environment = {k: v for k, v in os.environ.items() if k != "FULL"} | places | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*run, notebook], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
