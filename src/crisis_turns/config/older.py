"""Run folders of older versions: keys that this one no longer has, and what is called otherwise now."""

from collections.abc import Mapping
from typing import Any

from crisis_turns.errors import InputError

_ANYTHING = object()
REMOVED: dict[tuple[str, str], object] = {
    ("model", "coarse"): False,
    ("model", "label_meaning"): "none",
    ("data", "definitions"): _ANYTHING,  # read with model.label_meaning=features only
    (
        "trainer",
        "trainable_layers",
    ): _ANYTHING,  # this and the next: defaults of other keys
    ("trainer", "epochs"): _ANYTHING,
    ("trainer", "encoder_lr"): _ANYTHING,
}
"""Section and key, with the value at which the key did nothing."""


def as_this_version(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a run folder's ``config.yaml`` without the keys that did nothing in that run; the corpus that
    shipped as ``mini`` is the oblique part of the embedded one.

    Raises:
        InputError: naming a removed key that did something, and its value.
    """
    kept = {name: dict(section) if isinstance(section, Mapping) else section for name, section in values.items()}
    for (name, key), idle in REMOVED.items():
        section = kept.get(name)
        if not isinstance(section, dict) or key not in section:
            continue
        found = section.pop(key)
        if idle is not _ANYTHING and found != idle:
            raise InputError(f"{name}.{key}={str(found).lower()} of an older version: this one no longer has that key")
    data = kept.get("data")
    if isinstance(data, dict) and data.get("name") == "mini" and data.get("path") is None:
        data |= {"name": "embedded", "parts": ["oblique"]}
    return kept
