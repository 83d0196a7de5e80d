"""Memory: of this process, and of one of its own, in which nothing counts that another has left behind.

Imports no torch: neither does a process that only runs an exported folder.
"""

import resource
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.deploy.load_export import load_exported

Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")


def alone(function: Callable[Inputs, Result], *args: Inputs.args, **kwargs: Inputs.kwargs) -> Result:
    """What the function gives in a fresh process, which has imported nothing but the modules of it and its inputs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def highest_mib() -> float:
    """MiB of this process at its highest point.

    Linux's ``ru_maxrss`` starts at what the parent held when it started this process; ``VmHWM`` does not.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**10
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest / (2**20 if sys.platform == "darwin" else 2**10)


def anonymous_mib() -> float:
    """MiB that this process alone holds now: without the files that it has mapped, which the kernel may drop at will.

    0 where the system does not say.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith("RssAnon:")), 0.0)


def resident_mib() -> float:
    """MiB of this process now; 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 / 2**20 if statm.is_file() else 0.0


def peak_mib_of_export(folder: Path, dialogues: Sequence[Dialogue], *, threads: int) -> float:
    """MiB of this process when it has loaded the exported folder and tagged the dialogues."""
    load_exported(folder, threads=threads).tag(dialogues)
    return highest_mib()
