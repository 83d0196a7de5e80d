"""What a run is trained on: the one place that decides where a model stands and how many processes share a step."""

import importlib.util

import torch

from crisis_turns.config import RunConfig, TrainerConfig
from crisis_turns.errors import InputError


def check_machine(config: RunConfig) -> None:
    """Refuse a run that this machine cannot train, before anything is loaded.

    Raises:
        InputError: if GPUs or a package are missing, or a step has fewer dialogues than processes.
    """
    processes = processes_of(config.trainer)
    if device_of(config.trainer).type == "cuda" and processes > torch.cuda.device_count():
        raise InputError(f"trainer.devices={processes}: torch finds {torch.cuda.device_count()} GPUs on this machine")
    if (per_step := config.optim.dialogues_per_step) < processes:
        raise InputError(f"optim.dialogues_per_step={per_step} is too small to be divided among {processes} devices")
    if config.trainer.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise InputError(
            "trainer.tensorboard=true: the package tensorboard is not installed (the extra .[tensorboard])"
        )


def device_of(trainer: TrainerConfig) -> torch.device:
    """Where a run's model stands while it encodes and tags; during a fit, Lightning has one such device a process.

    Raises:
        InputError: if the run wants a GPU and there is none.
    """
    if trainer.accelerator == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise InputError("trainer=gpu: torch finds no GPU on this machine; use trainer=cpu")
    return torch.device("cuda")


def processes_of(trainer: TrainerConfig) -> int:
    """How many processes, with a device each, share a training step."""
    if trainer.devices != "auto":
        return trainer.devices
    return torch.cuda.device_count() if trainer.accelerator == "gpu" else 1
