"""The instructions and the question, from a template: what a language model is shown of a conversation."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from crisis_turns.data.dialogue import Turn, whole_characters
from crisis_turns.errors import InputError
from crisis_turns.files import read_text
from crisis_turns.llm.answer_form import AnswerForm
from crisis_turns.tags import CRADLE, TagSet

OURS = Path(__file__).with_name("prompt.j2")
_BLOCKS = ("system", "user")


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Prompt:
    """A template with what stays the same in every question.

    Attributes:
        sha256: of the template's text, which names the prompt.
    """

    template: jinja2.Template
    source: str
    sha256: str
    tags: TagSet
    form: AnswerForm

    def instructions(self) -> Message:
        """The first message of every question."""
        return {"role": "system", "content": self._block("system", ())}

    def question(self, turns: Sequence[Turn]) -> Message:
        """About the last of these turns, or about all, as the form of the answer is."""
        return {"role": "user", "content": self._block("user", turns)}

    def _block(self, name: str, turns: Sequence[Turn]) -> str:
        given = {
            "tags": self.tags.names,
            "benchmark": self.tags == CRADLE,
            "exclusive": self.tags.exclusive,
            "mode": self.form.mode,
            "answer": self.form.instruction,
            "turns": [{"turn_id": t.turn_id, "speaker": str(t.speaker), "text": t.text} for t in turns],
        }
        context = self.template.new_context(given)
        try:
            return "".join(self.template.blocks[name](context)).strip()
        except Exception as error:  # a template may do anything
            reason = error.message if isinstance(error, jinja2.UndefinedError) else type(error).__name__
            raise InputError(f"{self.source}, block {name}: cannot be filled in ({reason})") from None


def read_prompt(path: Path | None, tags: TagSet, form: AnswerForm) -> Prompt:
    """The template of this file, or our own.

    Raises:
        InputError: if it is no template with the two blocks.
    """
    text = read_text(path or OURS)
    environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    environment.filters["quoted"] = _quoted
    source = str(path) if path else "our own prompt"
    try:
        template = environment.from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise InputError(f"{source}, line {error.lineno}: not a template that can be read ({error.message})") from None
    if missing := [name for name in _BLOCKS if name not in template.blocks]:
        raise InputError(f"{source}: expected the blocks 'system' and 'user', found no block '{missing[0]}'")
    return Prompt(template, source, hashlib.sha256(text.encode()).hexdigest(), tags, form)


def _quoted(text: str) -> str:
    return json.dumps(whole_characters(text), ensure_ascii=False)
