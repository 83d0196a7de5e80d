"""Peak memory of one system, in a process of its own: what another has left behind does not count."""

import resource
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch

from src.data.dialogue import Dialogue
from src.speed.settings import Precision
from src.speed.systems import Spec, System


def peak_mib(
    spec: Spec, dialogues: Sequence[Dialogue], device: torch.device, precision: Precision, *, training: bool
) -> float:
    """MiB at the highest point of two passes: of the GPU's memory, or of the whole process on a CPU."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_peak, spec, dialogues, device, precision, training).result()


def _peak(
    spec: Spec, dialogues: Sequence[Dialogue], device: torch.device, precision: Precision, training: bool
) -> float:
    system = System(spec, dialogues, device)
    for _ in range(2):
        (system.train if training else system.tag)(precision)
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest / (2**20 if sys.platform == "darwin" else 2**10)
