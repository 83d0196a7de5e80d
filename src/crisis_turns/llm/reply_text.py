"""What a model has written, made readable: reasoning dropped, JSON found wherever it stands."""

import json
import re
from collections.abc import Iterator
from typing import Any

from crisis_turns.data.dialogue import whole_characters

LONGEST = 50_000
"""Characters of an answer that are looked at; what is longer has run wild."""
_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning|reflection)>.*?(</\1>|\Z)", re.S | re.I)
_END_OF_THOUGHT = re.compile(r"</(think|thinking|thought|reasoning|reflection)>", re.I)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>final<\|message\|>")
_OPENING = re.compile(r"[\[{]")
_MARK = re.compile(r"<\|[a-z_]{1,20}\|>")
_REFUSAL = re.compile(
    r"\W*(i['’]?m (very |really |so )?sorry|i am sorry|sorry|unfortunately|i (can['’]?t|cannot|can not|won['’]?t)|"
    r"i['’]?m (not able|unable)|i am (not able|unable)|as an ai)\b",
    re.I,
)


def without_reasoning(text: str) -> str:
    """The answer alone: what is thought aloud before it is dropped, also where the prompt has opened the thought, or a
    limit has cut it.
    """
    text = _THOUGHT.sub("", _after(_FINAL_CHANNEL, whole_characters(text[:LONGEST])))
    return _MARK.sub("", _after(_END_OF_THOUGHT, text)).strip()


def json_values(text: str) -> Iterator[Any]:
    """The JSON objects and lists that stand in a text, the last one first: models correct themselves."""
    decoder, place = json.JSONDecoder(), 0
    found: list[Any] = []
    while (opening := _OPENING.search(text, place)) is not None:
        try:
            value, place = decoder.raw_decode(text, opening.start())
            found.append(value)
        except ValueError:
            place = opening.start() + 1
        except RecursionError:
            break
    yield from reversed(found)


def _after(mark: re.Pattern[str], text: str) -> str:
    """What stands after the last such mark, or all."""
    ends = [found.end() for found in mark.finditer(text)]
    return text[ends[-1] :] if ends else text


def looks_refused(text: str) -> bool:
    """Whether an answer without any JSON opens as refusals do."""
    return _REFUSAL.match(text) is not None
