"""What all forms of an answer have in common: told to the model, asked for as a JSON schema, read with tolerance."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from crisis_turns.files import json_value
from crisis_turns.llm.reply_text import json_values
from crisis_turns.llm.tag_names import tag_names
from crisis_turns.predictions.format import json_line
from crisis_turns.tags import TagSet

Said = Mapping[int, tuple[str, ...]]
"""Tags by turn id."""


class Token(NamedTuple):
    """One token of an answer, with the log-probabilities of what could have stood in its place, itself included."""

    text: str
    alternatives: Mapping[str, float]


class Reading(NamedTuple):
    """What an answer says.

    Attributes:
        exact: whether it has the very form that was asked for.
        unknown: names and turns that do not exist, and classes beyond the one that a turn can have.
    """

    said: Said
    exact: bool
    unknown: int = 0


@dataclass(frozen=True)
class AnswerForm(ABC):
    """How the tags of one or several turns are written down."""

    tags: TagSet
    mode = "turn"

    @property
    @abstractmethod
    def instruction(self) -> str:
        """For the model."""

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """A JSON schema in the strict dialect of OpenAI's structured outputs."""

    @abstractmethod
    def value(self, said: Said) -> dict[str, Any]:
        """The answer that says this, as a JSON value."""

    @abstractmethod
    def _read(self, value: Any, turn_ids: Sequence[int]) -> Reading | None:
        """What a JSON value says, or ``None`` if it is no answer."""

    def beliefs(self, tokens: Iterable[Token]) -> dict[str, float] | None:
        """The probability of each tag, where the form has a token for it."""
        return None

    def written(self, said: Said) -> str:
        """The answer that says this, as a model should write it."""
        return json_line(self.value(said)).strip()

    def read(self, text: str, turn_ids: Sequence[int]) -> Reading | None:
        """What an answer says of these turns; ``None`` if nothing can be made of it."""
        for value in json_values(text):
            if (found := self._read(value, turn_ids)) is not None:
                return found._replace(exact=found.exact and not found.unknown and _is_json(text))
        if not text or self.mode != "turn":
            return None
        bare = tag_names(text, self.tags)  # no JSON: nothing but names, or the word for none
        return None if bare is None or bare.unknown else Reading({turn_ids[0]: bare.said}, exact=False)


def _is_json(text: str) -> bool:
    try:
        json_value(text)
    except ValueError:
        return False
    return True
