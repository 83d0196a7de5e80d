"""What each head is, in one table that the configuration and the models read; torch is not needed for it.

A new head is a class in ``model/chains`` and a row here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal


@dataclass(frozen=True)
class Head:
    """One kind of chain over a dialogue's user turns.

    Attributes:
        n_states: of one chain; ``None`` where the tag set decides: its classes, or the most times of an event.
        begins_once: whether a tag begins at most once on a path of its chain (before, at, after the onset).
        transitions: whether start and step scores are parameters, which ``model.transitions=false`` leaves at 0.
        exclusive: whether one chain has one class at every turn, instead of one chain per tag. Classes do not begin,
            so their beliefs have no ``begun``.
        competing: whether one chain has the tags of one event, of which one begins at most, instead of one per tag.
    """

    name: str
    n_states: int | None
    begins_once: bool = False
    transitions: bool = False
    exclusive: bool = False
    competing: bool = False


HEADS: dict[str, Head] = {
    head.name: head
    for head in (
        Head("onset", n_states=3, begins_once=True),
        Head("hazard", n_states=3, begins_once=True),
        Head("competing", n_states=None, begins_once=True, competing=True),
        Head("binary", n_states=2, transitions=True),
        Head("independent", n_states=2),
        Head("exclusive", n_states=None, transitions=True, exclusive=True),
    )
}

if TYPE_CHECKING:
    HeadName = str
else:
    HeadName = Literal[tuple(HEADS)]  # pydantic lists the names to who gives another


def heads_where(condition: Callable[[Head], bool]) -> str:
    """``head=a, b or c``: those that fit, as a sentence lists them."""
    *names, last = [head.name for head in HEADS.values() if condition(head)]
    return f"head={', '.join(names)} or {last}" if names else f"head={last}"
