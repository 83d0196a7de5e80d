"""From dialogues to questions: what is sent, whole and word for word."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crisis_turns.config import LlmConfig
from crisis_turns.data.dialogue import Dialogue, Turn
from crisis_turns.llm.answer_form import AnswerForm
from crisis_turns.llm.answer_forms import answer_form
from crisis_turns.llm.prompt import Message, Prompt, read_prompt
from crisis_turns.llm.shots import chosen_shots
from crisis_turns.tags import TagSet


@dataclass(frozen=True)
class Question:
    """What is asked about one user turn, or about all of a dialogue.

    Attributes:
        turn_ids: of the user turns that the answer is about.
        messages: the instructions, the examples and the conversation; of a question about one turn, up to that turn.
    """

    dialogue_id: str
    turn_ids: tuple[int, ...]
    messages: tuple[Message, ...]

    @property
    def length(self) -> int:
        """Characters of the conversation's message."""
        return len(self.messages[-1]["content"])


@dataclass(frozen=True)
class Call:
    """One answer that is wanted to a question.

    Attributes:
        hash: of everything that decides the answer: prompt, model and settings.
        sample: which of ``llm.samples`` this is.
    """

    hash: str
    question: Question
    sample: int


@dataclass(frozen=True)
class Questioner:
    """How this system asks."""

    config: LlmConfig
    prompt: Prompt
    shots: tuple[Message, ...]
    seed: int

    @property
    def form(self) -> AnswerForm:
        return self.prompt.form

    @cached_property
    def _opening(self) -> tuple[Message, ...]:
        return (self.prompt.instructions(), *self.shots)

    def questions(self, dialogue: Dialogue) -> Iterator[Question]:
        """One per user turn with the turns up to it, or one; none of a dialogue without a user turn."""
        if self.form.mode == "turn":
            for place, turn in enumerate(dialogue.turns):
                if turn.is_user:
                    yield self._question(dialogue.id, (turn,), dialogue.turns[: place + 1])
        elif dialogue.user_turns:
            yield self._question(dialogue.id, dialogue.user_turns, dialogue.turns)

    def calls(self, dialogues: Iterable[Dialogue]) -> Iterator[Call]:
        """What has to be asked about these dialogues; equal questions have equal hashes."""
        for dialogue in dialogues:
            for question in self.questions(dialogue):
                yield from self._calls(question)

    def last_calls(self, dialogue: Dialogue) -> list[Call]:
        """The calls about the last turn alone, a user's, for a system that asks turn by turn: the last of
        :meth:`calls`.
        """
        return list(self._calls(self._question(dialogue.id, dialogue.turns[-1:], dialogue.turns)))

    def _calls(self, question: Question) -> Iterator[Call]:
        settings = {
            "model": self.config.model,
            "temperature": self.config.sampled_at,
            "max_tokens": self.config.max_tokens,
            "logprobs": self.config.logprobs,
            "seed": self.seed,
        }
        for sample in range(self.config.samples):
            decides = [settings, sample, question.messages, self.form.schema]
            digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
            yield Call(digest, question, sample)

    def _question(self, dialogue_id: str, asked: Sequence[Turn], turns: Sequence[Turn]) -> Question:
        ids = tuple(turn.turn_id for turn in asked)
        return Question(dialogue_id, ids, (*self._opening, self.prompt.question(turns)))


def questioner(config: LlmConfig, tags: TagSet, train: Sequence[Dialogue], *, seed: int) -> Questioner:
    """As configured.

    Args:
        train: where the examples are taken from; read only if there are to be any.

    Raises:
        InputError: if the template cannot be read, or train has too few dialogues.
    """
    form = answer_form(config, tags)
    prompt = read_prompt(Path(config.prompt) if config.prompt else None, tags, form)
    shots: list[Message] = []
    for turns, asked in chosen_shots(train, config.shots, mode=config.mode, seed=seed):
        said = {turn.turn_id: turn.tags for turn in asked}
        shots += [prompt.question(turns), {"role": "assistant", "content": form.written(said)}]
    return Questioner(config, prompt, tuple(shots), seed)
