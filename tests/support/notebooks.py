"""Notebooks: what is committed of them, and one run from its first cell to its last."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.checkout import ROOT

WRITE_UP = ROOT / "notebooks" / "onset.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def run(path: Path, folder: Path) -> None:
    """Execute a copy in a folder and a process of its own, in a short setting; an error of a cell is one here."""
    notebook = folder / f"{path.stem}.ipynb"
    if path.suffix == ".md":
        convert = [sys.executable, "-m", "jupytext", "--to", "ipynb", "-o", notebook, path]
        subprocess.run(convert, check=True, capture_output=True)
    else:
        notebook.write_bytes(path.read_bytes())
    call = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", folder, "--nbmake", "--nbmake-timeout=300"]
    places = {name: str(folder / name) for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TMPDIR")}
    (folder / "TMPDIR").mkdir()
    given = {key: value for key, value in os.environ.items() if key not in ("FULL", "RUN")}
    environment = given | places | {"SHORT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*call, notebook], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
