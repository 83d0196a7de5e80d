"""The forms that an answer can have: told to the model, asked for as a JSON schema, and read with tolerance."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from crisis_turns.config import LlmConfig
from crisis_turns.data.csv_and_json import whole_number
from crisis_turns.files import json_value
from crisis_turns.llm.reply_text import json_values
from crisis_turns.predictions.format import json_line
from crisis_turns.tags import NO_LABEL, TagSet

_KEYS = ("tags", "tag", "labels", "label")
_YES = {"true", "yes", "1"}
_NOTHING = NO_LABEL | {"no_tag", "no_tags", "no_label"}
_WORDS = {True: ("true", "yes"), False: ("false", "no")}

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
        bare = self._names(text)  # no JSON: nothing but names, or the word for none
        return None if bare is None or bare.unknown else Reading({turn_ids[0]: bare.said}, exact=False)

    @cached_property
    def _spelled(self) -> dict[str, str]:
        return {_squeezed(name): name for name in self.tags.names}

    def _names(self, given: Any) -> "_Names | None":
        """The tags that a JSON value names: a list, text with separators, or yes and no by tag."""
        if given is None:
            return _Names((), False, 0)
        if isinstance(given, str):
            given = re.split(r"[;,\n]", given)
        if isinstance(given, dict):
            given = [name for name, said in given.items() if str(said).strip().casefold() in _YES]
        if not isinstance(given, list) or not all(isinstance(part, str | None) for part in given):
            return None
        squeezed = [_squeezed(part or "") for part in given]
        meant = [part for part in squeezed if part not in _NOTHING]
        known = dict.fromkeys(self._spelled[part] for part in meant if part in self._spelled)
        unknown = sum(part not in self._spelled for part in meant)
        kept = tuple(known)[:1] if self.tags.exclusive else tuple(known)
        return _Names(kept, all(part in self.tags.index for part in given), unknown + len(known) - len(kept))


class _Names(NamedTuple):
    said: tuple[str, ...]
    exact: bool
    unknown: int


class TagList(AnswerForm):
    """``{"tags": ["a", "b"]}`` of one turn."""

    @property
    def instruction(self) -> str:
        none = "" if self.tags.exclusive else ', or {"tags": []} where none begins'
        return f'Answer with JSON and nothing else: {{"tags": ["{self.tags.names[0]}"]}}{none}.'

    @property
    def schema(self) -> dict[str, Any]:
        return _object({"tags": _names_schema(self.tags)})

    def value(self, said: Said) -> dict[str, Any]:
        (names,) = said.values()
        return {"tags": list(names)}

    def _read(self, value: Any, turn_ids: Sequence[int]) -> Reading | None:
        given = value
        if isinstance(value, dict):
            by_key = {_squeezed(key): part for key, part in value.items()}
            key = next((key for key in _KEYS if key in by_key), None)
            if key is None and not by_key.keys() & self._spelled.keys():
                return None
            given = by_key[key] if key else value
        found = self._names(given)
        if found is None:
            return None
        exact = found.exact and isinstance(value, dict) and list(value) == ["tags"] and isinstance(given, list)
        return Reading({turn_ids[0]: found.said}, exact, found.unknown)


class TagTable(AnswerForm):
    """``{"a": true, "b": false}`` of one turn: each tag is decided by one token, whose log-probability is known."""

    @property
    def instruction(self) -> str:
        return (
            "Answer with JSON and nothing else: an object with each of the tags as a key, in the order above, and "
            f'true or false as its value: {{"{self.tags.names[0]}": false, …}}.'
        )

    @property
    def schema(self) -> dict[str, Any]:
        return _object({name: {"type": "boolean"} for name in self.tags.names})

    def value(self, said: Said) -> dict[str, Any]:
        (names,) = said.values()
        return {name: name in names for name in self.tags.names}

    def _read(self, value: Any, turn_ids: Sequence[int]) -> Reading | None:
        if not isinstance(value, dict) or not {_squeezed(key) for key in value} & self._spelled.keys():
            return None
        found = self._names(value)
        assert found is not None
        exact = found.exact and value.keys() == self.tags.index.keys()
        return Reading({turn_ids[0]: found.said}, exact, found.unknown)

    def beliefs(self, tokens: Iterable[Token]) -> dict[str, float]:
        """p(true) against p(false) where each tag's value begins; a tag without a value has 0."""
        starts, text = [], ""
        kept = list(tokens)
        for token in kept:
            starts.append(len(text))
            text += token.text
        found = dict.fromkeys(self.tags.names, 0.0)
        for match in re.finditer(r"\"([^\"]*)\"\s*:\s*\"?(?=\w)", text):
            if (name := self._spelled.get(_squeezed(match[1]))) is not None:
                place = max(n for n, start in enumerate(starts) if start <= match.end())
                found[name] = _share(kept[place], skipped=match.end() - starts[place])
        return found


class TurnList(AnswerForm):
    """``{"turns": [{"turn_id": 4, "tags": ["a"]}]}`` of a whole dialogue; turns without a tag may be left out."""

    mode = "dialogue"

    @property
    def instruction(self) -> str:
        which = "every turn of the User" if self.tags.exclusive else "each turn on which a tag begins"
        return (
            f"Answer with JSON and nothing else, with an entry for {which}: "
            f'{{"turns": [{{"turn_id": 4, "tags": ["{self.tags.names[0]}"]}}]}}.'
        )

    @property
    def schema(self) -> dict[str, Any]:
        turn = _object({"turn_id": {"type": "integer"}, "tags": _names_schema(self.tags)})
        return _object({"turns": {"type": "array", "items": turn}})

    def value(self, said: Said) -> dict[str, Any]:
        return {"turns": [{"turn_id": turn, "tags": list(names)} for turn, names in said.items() if names]}

    def _read(self, value: Any, turn_ids: Sequence[int]) -> Reading | None:
        rows = value.get("turns") if isinstance(value, dict) and "turns" in value else value
        if isinstance(rows, dict):  # {"4": ["a"]}
            rows = [{"turn_id": turn, "tags": given} for turn, given in rows.items()]
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "turn_id" in row for row in rows):
            return None
        said: dict[int, tuple[str, ...]] = dict.fromkeys(turn_ids, ())
        exact, unknown = isinstance(value, dict) and list(value) == ["turns"], 0
        for row in rows:
            turn, found = whole_number(row["turn_id"]), self._names(row.get("tags"))
            if turn not in said or found is None:
                unknown += 1
                continue
            together = tuple(dict.fromkeys((*said[turn], *found.said)))
            said[turn] = together[:1] if self.tags.exclusive else together
            exact &= found.exact
            unknown += found.unknown + len(together) - len(said[turn])
        return Reading(said, exact, unknown)


def answer_form(config: LlmConfig, tags: TagSet) -> AnswerForm:
    """The form that the configuration calls for."""
    if config.mode == "dialogue":
        return TurnList(tags)
    return TagTable(tags) if config.logprobs else TagList(tags)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _names_schema(tags: TagSet) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(tags.names)}}


def _is_json(text: str) -> bool:
    try:
        json_value(text)
    except ValueError:
        return False
    return True


def _squeezed(name: str) -> str:
    """A name in any case, with spaces or hyphens for underscores, in quotes or with a full stop."""
    return re.sub(r"[\s\-‐–]+", "_", name.strip(" \t\r\n\"'`*.").casefold())


def _share(token: Token, *, skipped: int) -> float:
    """p(true) / (p(true) + p(false)) among what could have stood at the place of a token.

    Args:
        skipped: characters of the token that stand before the value.
    """
    weight = {True: 0.0, False: 0.0}
    for text, logprob in token.alternatives.items():
        word = text[skipped:] if text[:skipped] == token.text[:skipped] else text
        word = word.strip(' \t\n":').casefold()
        for side, spellings in _WORDS.items():
            if word and any(spelling.startswith(word) or word.startswith(spelling) for spelling in spellings):
                weight[side] += math.exp(logprob)
    total = sum(weight.values())
    return weight[True] / total if total else 0.0
