"""The forms that an answer can have: the tags of a turn, yes or no to each tag, the tags of each turn of a dialogue."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from crisis_turns.config import LlmConfig
from crisis_turns.data.csv_and_json import whole_number
from crisis_turns.llm.answer_form import AnswerForm, Reading, Said, Token
from crisis_turns.llm.tag_names import by_squeezed_name, squeezed, tag_names
from crisis_turns.tags import TagSet

_KEYS = ("tags", "tag", "labels", "label")
_WORDS = {True: ("true", "yes"), False: ("false", "no")}


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
            by_key = {squeezed(key): part for key, part in value.items()}
            key = next((key for key in _KEYS if key in by_key), None)
            if key is None and not by_key.keys() & by_squeezed_name(self.tags).keys():
                return None
            given = by_key[key] if key else value
        found = tag_names(given, self.tags)
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
        if not isinstance(value, dict) or not {squeezed(key) for key in value} & by_squeezed_name(self.tags).keys():
            return None
        found = tag_names(value, self.tags)
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
            if (name := by_squeezed_name(self.tags).get(squeezed(match[1]))) is not None:
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
            turn, found = whole_number(row["turn_id"]), tag_names(row.get("tags"), self.tags)
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
