"""Parameter groups and the learning-rate schedule."""

from collections.abc import Callable

import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from crisis_turns.config import OptimConfig
from crisis_turns.model.dialogue_model import DialogueModel


def parameter_groups(model: DialogueModel, optim: OptimConfig) -> list[dict[str, object]]:
    """Encoder and head apart, each with and without weight decay (none on vectors: biases, norms, start scores).

    Detectors are as new as the head and go with it. Every trainable parameter is in exactly one group.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            in_encoder = name.startswith("turn_encoder.") and not name.startswith("turn_encoder.detectors.")
            key = (in_encoder, parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": optim.encoder_lr if in_encoder else optim.head_lr,
            "weight_decay": optim.weight_decay if decays else 0.0,
        }
        for (in_encoder, decays), parameters in groups.items()
    ]


def optimizer_and_schedule(model: DialogueModel, optim: OptimConfig, *, steps: int) -> tuple[AdamW, LambdaLR]:
    """AdamW (fused) with a linear rise over the first ``warmup`` share of ``steps`` and a linear fall to 0."""
    optimizer = torch.optim.AdamW(parameter_groups(model, optim), fused=True)
    return optimizer, LambdaLR(optimizer, warmup_and_decay(steps, optim.warmup))


def warmup_and_decay(steps: int, warmup: float) -> Callable[[int], float]:
    """Factor of the learning rate at each step, in (0, 1]."""
    rise = max(1, round(steps * warmup))

    def factor(step: int) -> float:
        return min((step + 1) / rise, (steps - step) / max(1, steps - rise), 1.0) if step < steps else 0.0

    return factor
