"""What is free on a shared machine, and what torch is told before it is loaded."""

import os
import subprocess
import sys
import time

import pytest

from crisis_turns import processor
from crisis_turns.processor import free_cores, free_gib, idle_cores, reading, share_the_machine, take_free_cores

KEYS = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "KMP_BLOCKTIME", "GOMP_SPINCOUNT", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")


@pytest.fixture
def environment(monkeypatch):
    for key in KEYS:
        monkeypatch.setenv(key, "")  # put back in the end
        monkeypatch.delenv(key)
    return monkeypatch


def test_threads_wait_asleep_unless_the_user_says_how(environment):
    share_the_machine()
    assert os.environ["OMP_WAIT_POLICY"] == "passive"
    assert os.environ["KMP_BLOCKTIME"] == "0"
    for key in KEYS:
        os.environ.pop(key, None)
    environment.setenv("GOMP_SPINCOUNT", "100")
    environment.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "9")
    share_the_machine()
    assert "OMP_WAIT_POLICY" not in os.environ
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "9"


@pytest.mark.parametrize("given", ["3", "3,2"])
def test_what_the_process_was_told_holds(environment, given):
    environment.setenv("OMP_NUM_THREADS", given)
    assert take_free_cores() == 3
    assert os.environ["OMP_NUM_THREADS"] == given


@pytest.mark.parametrize("given", [None, "", "many"])
def test_otherwise_it_takes_the_free_cores_and_hands_the_number_on(environment, given):
    environment.setattr(processor, "free_cores", lambda: 5)
    if given is not None:
        environment.setenv("OMP_NUM_THREADS", given)
    assert take_free_cores() == 5
    assert os.environ["OMP_NUM_THREADS"] == "5"


@pytest.mark.parametrize(
    ("others", "own", "expected"), [(0, 0, 4), (0, 4, 4), (1, 1, 3), (1.4, 0, 3), (2.6, 1, 1), (9, 0, 1)]
)
def test_a_core_that_others_use_is_not_free(monkeypatch, others, own, expected):
    """Over ten seconds on four cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    before = processor._Reading(100.0, 1000.0, 50.0)
    after = processor._Reading(110.0, 1000.0 + 10 * (others + own), 50.0 + 10 * own)
    monkeypatch.setattr(processor, "reading", lambda: after)
    assert idle_cores(before) == expected


def test_the_kernel_counts_this_process_among_the_others():
    before = reading()
    if before is None:
        pytest.skip("this system has no /proc/stat")
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass
    after = reading()
    assert after.own - before.own > 0.05
    assert after.everybody - before.everybody > after.own - before.own - 0.05


def test_no_more_cores_than_the_process_may_use():
    assert 1 <= free_cores() <= (os.cpu_count() or 1)
    if hasattr(os, "sched_setaffinity"):
        code = (
            "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
            "from crisis_turns.processor import free_cores; print(free_cores())"
        )
        pinned = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert pinned.stdout == "1\n"


def test_where_the_system_says_nothing_all_is_free(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "_STAT", tmp_path / "none")
    monkeypatch.setattr(processor, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(processor, "_AT_START", None)
    assert reading() is None
    assert free_cores() >= 1
    assert free_gib() == float("inf")


def test_free_memory_is_what_the_kernel_can_give(monkeypatch, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable: 3145728 kB\n")
    monkeypatch.setattr(processor, "_MEMORY", tmp_path / "meminfo")
    assert free_gib() == 3


def test_every_command_shares_the_machine_before_torch_is_loaded():
    code = (
        "import os, sys; from crisis_turns.__main__ import run; sys.argv = ['train', '--help']; run('train'); "
        "print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    without = {key: value for key, value in os.environ.items() if key not in KEYS}
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=without)
    assert printed.stdout.splitlines()[-1] == "passive False"
