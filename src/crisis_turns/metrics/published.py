"""The benchmark's published results, and whether a corpus is the split that they were measured on."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, TypedDict

NOT_COMPARABLE = (
    "figures are not comparable with the benchmark's published ones: this is not the CRADLE-Dialogue test split "
    "(600 dialogues, 4,527 user turns, 711 labels)"
)


class Counts(Protocol):
    """Counts by name, as the reader's report has them."""

    def __getitem__(self, name: str, /) -> int: ...


class SystemScores(TypedDict):
    """One row; what is not known of it is ``None``.

    Attributes:
        size: parameters, in words; of hosted models nobody tells.
        access: how others get at it: hosted by its maker, ``weights`` or ``code`` that anybody may take.
        date: of the source, ISO 8601.
    """

    name: str
    turn_micro_f1: float | None
    dialogue_micro_f1: float | None
    size: str | None
    access: str | None
    date: str | None
    source: str


class RankedSystem(SystemScores):
    ours: bool


class Published(TypedDict):
    """The content of ``published.json``: counts and supports that identify the split, and the systems' scores."""

    benchmark: str
    split: str
    paper: str
    counts: dict[str, int]
    supports: dict[str, int]
    systems: list[SystemScores]


@cache
def published() -> Published:
    """Read once."""
    content: Published = json.loads(Path(__file__).with_name("published.json").read_text(encoding="utf-8"))
    return content


def is_published_split(counts: Counts, supports: Mapping[str, int]) -> bool:
    """Whether the counts (dialogues, rows, user turns, scored labels) and the 16 supports are the test split's.

    The corpus's name says nothing: a file under that name may be another split or an edited one.
    """
    expected = published()
    return dict(supports) == expected["supports"] and all(counts[k] == n for k, n in expected["counts"].items())


def ranking(scored: Mapping[str, tuple[float | None, float | None]]) -> list[RankedSystem]:
    """The published systems with the scored ones among them, best turn-level score first; ``ours`` marks these.

    Args:
        scored: turn-level and dialogue-level micro F1 by name.
    """
    systems: list[RankedSystem] = [{**system, "ours": False} for system in published()["systems"]]
    for name, (turn, dialogue) in scored.items():
        systems.append({
            "name": name, "turn_micro_f1": turn, "dialogue_micro_f1": dialogue, "size": None, "access": None,
            "date": None, "source": "this file", "ours": True,
        })  # fmt: skip
    return sorted(systems, key=lambda s: -(s["turn_micro_f1"] or 0.0))
