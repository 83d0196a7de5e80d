"""A process of its own, and the most memory that it has held: what another has left behind does not count."""

import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")


def alone(function: Callable[Inputs, Result], *args: Inputs.args, **kwargs: Inputs.kwargs) -> Result:
    """What the function gives in a fresh process, which has imported nothing but the function's module."""
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
