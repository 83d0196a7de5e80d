"""A file for fine-tuning a language model elsewhere: the questions that it will be asked, with the gold answers.

Only train and validation are written, and of each turn the past alone; examples have no ids of dialogues, and no other
example's text, so that nothing of a scored split and nothing of a later turn can be learnt from them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.files import write_atomic
from crisis_turns.llm.prompt import Message
from crisis_turns.llm.questions import Questioner
from crisis_turns.predictions.format import json_line


class Example(TypedDict):
    """A chat of three messages, as fine-tuning tools take it: instructions, question, gold answer."""

    messages: list[Message]


def examples(questioner: Questioner, dialogues: Sequence[Dialogue]) -> Iterator[Example]:
    """One per question, in order."""
    for dialogue in dialogues:
        gold = {turn.turn_id: turn.tags for turn in dialogue.user_turns}
        for question in questioner.questions(dialogue):
            answer = questioner.form.written({turn: gold[turn] for turn in question.turn_ids})
            yield {"messages": [*question.messages, {"role": "assistant", "content": answer}]}


def write_examples(path: Path, questioner: Questioner, dialogues: Sequence[Dialogue]) -> int:
    """Write the examples as JSON Lines, atomically; returns how many."""
    n = 0

    def write(temporary: Path) -> None:
        nonlocal n
        with temporary.open("w", encoding="utf-8") as file:
            for example in examples(questioner, dialogues):
                file.write(json_line(example))
                n += 1

    write_atomic(path, write)
    return n
