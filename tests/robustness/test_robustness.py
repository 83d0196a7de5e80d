"""The robustness program itself, in its quick form: every experiment runs, and none meets a fault."""

import os
import subprocess
import sys

import pytest

from tests.support.checkout import ROOT


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [["mutated_files", "flipped_files", "many_conversations"], ["full_disk", "killed_runs"]],
    ids=lambda names: names[0],
)
def test_the_quick_form_meets_no_fault(names):
    found = subprocess.run(
        [sys.executable, "-m", "tests.robustness", "--quick", *names], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=900, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert all(f"| {name} |" in found.stdout for name in names)


@pytest.mark.slow
def test_an_unknown_experiment_is_refused():
    found = subprocess.run(
        [sys.executable, "-m", "tests.robustness", "flood"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert "no experiment flood: expected some of mutated_files, " in found.stderr
