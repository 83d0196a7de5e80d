"""What was measured on, and how fast it multiplies matrices."""

import os
import platform
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from crisis_turns.speed.benchmark_file import Machine
from crisis_turns.speed.settings import Precision
from crisis_turns.speed.timing import in_rounds

_DTYPES: dict[Precision, torch.dtype] = {"32": torch.float32, "bf16": torch.bfloat16}
_MULTIPLYING_S = 0.3
_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16")


class MatrixProducts(NamedTuple):
    """A task to time beside others, and its floating-point operations."""

    multiply: Callable[[], object]
    flop: float


def machine(device: torch.device) -> Machine:
    """What is measured on."""
    cpu = _cpu()
    return {
        "date": date.today().isoformat(),
        "processor": cpu.get("model name", platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "flags": [flag for flag in _FLAGS if flag in cpu.get("flags", "").split()],
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def precisions(device: torch.device) -> list[Precision]:
    """float32, and bf16 where the device multiplies in it."""
    if device.type == "cuda":
        ready = torch.cuda.is_bf16_supported()
    else:
        ready = bool({"avx512_bf16", "amx_bf16"} & set(_cpu().get("flags", "").split()))
    return ["32", "bf16"] if ready else ["32"]


def matrix_products(shape: tuple[int, int, int], precision: Precision, device: torch.device) -> MatrixProducts:
    """``(n, k)`` times ``(k, m)``, as often as takes about a third of a second."""
    n, k, m = shape
    left, right = (torch.randn(*size, dtype=_DTYPES[precision], device=device) for size in ((n, k), (k, m)))

    def multiply(times: int) -> None:
        for _ in range(times):
            left @ right

    hundred = in_rounds({"multiply": partial(multiply, 100)}, rounds=1, device=device)["multiply"].median
    times = max(1, round(100 * _MULTIPLYING_S / hundred))
    return MatrixProducts(partial(multiply, times), 2.0 * n * k * m * times)


def _cpu() -> dict[str, str]:
    """The first processor's entry of ``/proc/cpuinfo``, where there is one."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").split("\n\n")[0].splitlines() if path.is_file() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
