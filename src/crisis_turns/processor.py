"""What is free on a machine that others use too: cores and memory; and waiting that takes no core from anybody.

Two threads that share a core with another process hold each other up: each waits for the other at the end of every
matrix product, and OpenMP's threads wait by spinning, which takes the core from whoever could use it.
"""

import os
import time
from pathlib import Path
from typing import NamedTuple

_STAT, _MEMORY = Path("/proc/stat"), Path("/proc/meminfo")
_SHORTEST_S = 0.2
"""Over which load is measured, at least: the kernel counts in hundredths of a second."""


class _Reading(NamedTuple):
    """A moment, and the seconds of processor time taken until then, by everybody on the cores that this process may
    use, and by itself.
    """

    at: float
    everybody: float
    own: float


def share_the_machine() -> None:
    """Tell torch, before it is loaded here or in a process that is started from here, to take no more than it needs.

    Threads that have nothing to do sleep (variables of the OpenMP libraries that torch comes with). And oneDNN, which
    keeps what it prepares for a shape of matrices in case that shape comes again, keeps few: groups of turns come in a
    thousand shapes, which cost hundreds of MiB and gave no speed. What the user has set stays.
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"} & set(os.environ):
        os.environ.update(OMP_WAIT_POLICY="passive", KMP_BLOCKTIME="0")
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")


def take_free_cores() -> int:
    """The threads of this process, and of what it loads and starts from now on: the free cores, or what it was told
    (``OMP_NUM_THREADS``).
    """
    given = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if not given.isdigit():
        given = os.environ["OMP_NUM_THREADS"] = str(free_cores())
    return max(1, int(given))


def free_cores() -> int:
    """Cores that this process may use (affinity, quota of its control group) and that nobody else does, at least 1.

    What others take is measured since this file was imported; where the system does not say, they are taken to be idle.
    """
    from joblib import cpu_count  # here: it loads numpy, of which the list of commands has no need

    own = int(cpu_count(only_physical_cores=True))
    if _AT_START is None:
        return own
    time.sleep(max(0.0, _AT_START.at + _SHORTEST_S - time.monotonic()))
    return min(own, idle_cores(_AT_START))


def idle_cores(since: _Reading) -> int:
    """Of the cores that this process may use, those that other processes have left it since the reading, at least 1."""
    now = reading()
    assert now is not None
    others = (now.everybody - since.everybody) - (now.own - since.own)
    return max(1, round(len(os.sched_getaffinity(0)) - others / (now.at - since.at)))


def free_gib() -> float:
    """Memory that this process and others can still have, GiB; infinite where the system does not say."""
    for line in _MEMORY.read_text(encoding="ascii").splitlines() if _MEMORY.is_file() else []:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 2**20
    return float("inf")


def reading() -> _Reading | None:
    """What the kernel has counted; ``None`` where it does not say."""
    if not _STAT.is_file():
        return None
    names = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    counts = [line.split() for line in _STAT.read_text(encoding="ascii").splitlines()]
    ticks = sum(int(n) for name, *times in counts if name in names for n in times[:3])  # user, nice, system
    own = os.times()
    return _Reading(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), own.user + own.system)


_AT_START = reading()
