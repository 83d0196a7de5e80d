"""Peak memory of one system in training or tagging."""

from collections.abc import Sequence

import torch

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.speed.process import alone, highest_mib
from crisis_turns.speed.settings import Precision
from crisis_turns.speed.systems import Spec, System


def peak_mib(
    spec: Spec, dialogues: Sequence[Dialogue], device: torch.device, precision: Precision, *, training: bool
) -> float:
    """MiB at the highest point of two passes: of the GPU's memory, or of the whole process on a CPU."""
    return alone(_peak, spec, dialogues, device, precision, training)


def _peak(
    spec: Spec, dialogues: Sequence[Dialogue], device: torch.device, precision: Precision, training: bool
) -> float:
    system = System(spec, dialogues, device)
    for _ in range(2):
        (system.train if training else system.tag)(precision)
    return torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else highest_mib()
