"""The configuration of a language model as a system: how it is asked, and what of that decides its answers."""

import hashlib
import json
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from crisis_turns.config.chats import ChatConfig, Section
from crisis_turns.config.sections import DataConfig, PathText

_HOW: Any = {"base_url", "prompt", "stream", "concurrency", "timeout", "retries", "price", "confirm", "export"}
"""Keys that decide nothing about the answers; of the prompt its hash counts, and not where it lies."""


class LlmConfig(Section):
    base_url: str | None
    """Address of a server with OpenAI's interface: ``http://localhost:8000/v1``. Its key, where it wants one, is read
    from the environment variable ``OPENAI_API_KEY``.
    """
    model: str | None
    """What the server calls the model."""
    mode: Literal["turn", "dialogue"]
    """One question per user turn, with the turns up to it; or one per dialogue, whose answers see later turns: offline
    analysis.
    """
    prompt: PathText | None
    """Template of the instructions and of the question (Jinja, blocks ``system`` and ``user``); ``null``: our own."""
    shots: NonNegativeInt
    """Examples from train before each question."""
    samples: PositiveInt
    """Answers to each question; a tag's share of them is its probability."""
    logprobs: bool
    """Ask for yes or no to each tag, and take its probability from the server's log-probabilities."""
    temperature: NonNegativeFloat | None
    """Of the sampling; ``null``: 1 with several samples, otherwise 0."""
    max_tokens: PositiveInt | None
    """Longest answer, reasoning included; ``null``: the server's own limit."""
    stream: bool
    """Take answers in pieces as they come, so that ``llm.timeout`` can be short where answers are long."""
    concurrency: PositiveInt
    """Calls at a time."""
    timeout: PositiveFloat
    """Seconds of silence after which a call is tried again."""
    retries: NonNegativeInt
    """Further tries of a call that fails or comes too early, with growing pauses, or as long as the server says."""
    price: tuple[NonNegativeFloat, NonNegativeFloat] | None
    """Of a million tokens that are read and of a million that are written: ``[3,15]``."""
    confirm: bool
    """That the dialogues may leave this machine, where the server is another one."""
    export: Literal["sft"] | None
    """Write the questions with their gold answers, for fine-tuning a language model elsewhere, and ask nothing."""

    @property
    def sampled_at(self) -> float:
        """The temperature that is asked for."""
        if self.temperature is not None:
            return self.temperature
        return 1.0 if self.samples > 1 else 0.0

    @property
    def has_probabilities(self) -> bool:
        return self.logprobs or self.samples > 1


class LlmRunConfig(Section):
    """``llm.yaml`` of a folder with a language model's answers: what ``compare`` needs to know of the system."""

    llm: LlmConfig
    data: DataConfig
    """The corpus that the tags, the examples and the scored dialogues are of."""
    seed: NonNegativeInt
    prompt_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    @property
    def hash(self) -> str:
        """Eight hex digits of everything that decides the result."""
        return hashlib.sha256(json.dumps(self.deciding, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def deciding(self) -> dict[str, Any]:
        """The keys that decide something about the result, under the names that trained systems have for them."""
        asked = self.llm.model_dump(mode="json", exclude=_HOW | {"model"})
        corpus = self.data.model_dump(mode="json", exclude=set(ChatConfig.model_fields))
        return {
            "model": {"name": self.llm.model},
            "llm": {**asked, "temperature": self.llm.sampled_at, "prompt": self.prompt_sha256[:8]},
            "data": corpus,
            "seed": self.seed,
        }

    def as_yaml(self) -> str:
        """The content of ``llm.yaml``."""
        text: str = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)
        return text

    @property
    def system(self) -> str:
        """What reports call it."""
        parts = [
            str(self.llm.model),
            f"{self.llm.shots} examples" if self.llm.shots else "",
            f"{self.llm.samples} samples" if self.llm.samples > 1 else "",
            "offline (sees later turns)" if self.llm.mode == "dialogue" else "",
            f"seed {self.seed}",
        ]
        return ", ".join(filter(None, parts))
