"""Whether a file of weights holds those of the encoder: the library fills what is missing with random numbers."""

from typing import TypedDict

from torch import Size
from transformers import PreTrainedModel

from crisis_turns.errors import InputError

_LEGACY = ("position_ids", "token_type_ids", "inv_freq")
"""Constants that older versions of the library have saved beside the weights."""


class LoadingReport(TypedDict):
    """What the library reports (``output_loading_info``), by tensor."""

    missing_keys: set[str]
    unexpected_keys: set[str]
    mismatched_keys: set[tuple[str, Size, Size]]
    error_msgs: list[str]


def check_weights(report: LoadingReport, encoder: PreTrainedModel, origin: str) -> None:
    """Poolers and heads of language models may be missing or too many; nothing else may.

    Raises:
        InputError: naming the encoder, how many tensors are wrong, and one of them.
    """
    missing = sorted(name for name in report["missing_keys"] if not _pools(name))
    of_layers = {name for name, _ in encoder.named_children()}
    unexpected = sorted(
        name
        for name in report["unexpected_keys"]
        if name.removeprefix(f"{encoder.base_model_prefix}.").partition(".")[0] in of_layers
        and not _pools(name)
        and not name.endswith(_LEGACY)
    )
    if missing:
        others = sorted(report["unexpected_keys"])
        found = f"; found {others[0]}, which it has no place for" if others else ""
        raise InputError(
            f"encoder={origin}: its file of weights lacks {len(missing)} of {len(encoder.state_dict())} tensors, "
            f"such as {missing[0]}{found}"
        )
    for name, saved, expected in sorted(report["mismatched_keys"]):
        raise InputError(
            f"encoder={origin}: its weights do not fit its config.json: expected {name} of shape {tuple(expected)}, "
            f"found {tuple(saved)}"
        )
    if unexpected:
        raise InputError(
            f"encoder={origin}: its weights do not fit its config.json, which has no place for {len(unexpected)} of "
            f"them, such as {unexpected[0]}"
        )


def _pools(name: str) -> bool:
    return "pooler" in name.split(".")
