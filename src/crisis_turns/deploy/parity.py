"""Whether an exported tagger says what the trained one says: measured on validation, written as a certificate."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.decision.tagged import Tagged
from crisis_turns.deploy.graphs import Quantize
from crisis_turns.errors import InputError
from crisis_turns.metrics.counts import turn_micro_f1

TOLERANCE: dict[Quantize, dict[str, float]] = {
    "none": {"largest_difference": 1e-4, "turns_alike": 1.0, "micro_f1_lost": 0.0},
    "int8": {"largest_difference": 1.0, "turns_alike": 0.99, "micro_f1_lost": 0.01},
}


def certificate(
    corpus: CorpusSplit, trained: Sequence[Tagged], exported: Sequence[Tagged], *, quantize: Quantize
) -> dict[str, Any]:
    """The content of ``parity.json``, from two taggers' decisions on the same split.

    ``turns_alike`` is the share of user turns with the same set of tags.
    """
    alike = np.concatenate([(a.predicted == b.predicted).all(1) for a, b in zip(trained, exported, strict=True)])
    before, after = (turn_micro_f1(dialogues) for dialogues in (trained, exported))
    return {
        "corpus": corpus.corpus,
        "split": corpus.split,
        "data_sha256": corpus.sha256,
        "n_user_turns": len(alike),
        "quantize": quantize,
        "largest_difference": {
            "onset": _largest([(a.beliefs, b.beliefs) for a, b in zip(trained, exported, strict=True)]),
            "begun": _largest([(a.begun, b.begun) for a, b in zip(trained, exported, strict=True)]),
        },
        "turns_alike": float(alike.mean()),
        "turn_micro_f1": {"trained": before, "exported": after},
        "tolerance": TOLERANCE[quantize],
        "versions": {name: version(name) for name in ("torch", "onnx", "onnxruntime", "tokenizers", "numpy")},
        "machine": platform.machine(),
    }


def require(record: dict[str, Any]) -> None:
    """Refuse an export above the tolerances.

    Raises:
        InputError: with what was found and what is allowed.
    """
    allowed, scores = record["tolerance"], record["turn_micro_f1"]
    largest = max(value for value in record["largest_difference"].values() if value is not None)
    lost = scores["trained"] - scores["exported"]
    found = []
    if largest > allowed["largest_difference"]:
        found.append(f"a probability differs by {largest:.2g} (allowed: {allowed['largest_difference']:g})")
    if record["turns_alike"] < allowed["turns_alike"]:
        found.append(f"{record['turns_alike']:.2%} of turns are alike (needed: {allowed['turns_alike']:.0%})")
    if lost > allowed["micro_f1_lost"]:
        found.append(f"{100 * lost:.2f} points of micro F1 are lost (allowed: {100 * allowed['micro_f1_lost']:g})")
    if found:
        raise InputError(
            f"quantize={record['quantize']}: the exported tagger is not the trained one on {record['split']}: "
            + ", ".join(found)
        )


def _largest(pairs: Sequence[tuple[np.ndarray | None, np.ndarray | None]]) -> float | None:
    found = [float(np.abs(a - b).max()) for a, b in pairs if a is not None and b is not None]
    return max(found, default=None)
