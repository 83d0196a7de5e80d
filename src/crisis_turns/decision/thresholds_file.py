"""``thresholds.json``: a policy as a file that people may read, edit and exchange."""

from pathlib import Path
from typing import TypedDict

import numpy as np
from pydantic import BaseModel, ConfigDict

from crisis_turns.config import validated
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Score
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json
from crisis_turns.tags import TagSet


class ThresholdsRecord(TypedDict):
    """The content of a thresholds file; exclusive classes have no thresholds."""

    once: bool
    score: Score
    thresholds: dict[str, float]


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    once: bool
    score: Score = "onset"
    thresholds: dict[str, float]


def thresholds_record(policy: Policy, tags: TagSet) -> ThresholdsRecord:
    """The policy with its thresholds by tag."""
    named = {} if tags.exclusive else dict(zip(tags.names, policy.thresholds.tolist(), strict=True))
    return {"once": policy.once, "score": policy.score, "thresholds": named}


def write_thresholds(path: Path, policy: Policy, tags: TagSet) -> None:
    """Write a thresholds file, atomically."""
    write_json(path, thresholds_record(policy, tags))


def read_thresholds(path: Path, tags: TagSet) -> Policy:
    """The policy of a thresholds file; it may have been edited, so it must name every tag once.

    Raises:
        InputError: if it does not, or is no such file.
    """
    values = read_json(path)
    try:
        stored = validated(_Stored, values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if tags.exclusive:
        return Policy(np.full(len(tags), np.nan), once=False, exclusive=True)
    if set(stored.thresholds) != set(tags.names):
        raise InputError(f"{path}: expected one threshold for each of the {len(tags)} tags of the run")
    thresholds = np.array([stored.thresholds[name] for name in tags.names])
    if (missing := np.isnan(thresholds)).any():
        raise InputError(
            f"{path}: expected a number as the threshold of '{tags.names[int(missing.argmax())]}', found NaN"
        )
    return Policy(thresholds, once=stored.once, exclusive=False, score=stored.score)
