"""From replies to predictions: what each says, what is odd about it, and the shares that are probabilities."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from crisis_turns.config import LlmConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.llm.answer_form import Reading
from crisis_turns.llm.questions import Call, Questioner
from crisis_turns.llm.record import Reply, priced
from crisis_turns.llm.reply_text import looks_refused
from crisis_turns.metrics.metrics_file import AnswerCounts

HALF = 0.5
"""From which probability on a tag is given, where no thresholds are."""


@dataclass
class ReadAnswers:
    """All replies about some dialogues, read.

    Attributes:
        onset: by dialogue ``(S, Y)``: the probability of each tag, or 1 where the one answer says it.
        kinds: of answers, with how often; see :class:`AnswerCounts`.
        unknown: names and turns that do not exist.
        replies: by hash, each once.
    """

    onset: dict[str, np.ndarray] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    replies: dict[str, Reply] = field(default_factory=dict)

    def counts(self, price: tuple[float, float] | None) -> AnswerCounts:
        """The figures that a metrics file tells."""
        replies = list(self.replies.values())
        kind = {name: self.kinds[name] for name in _KINDS}
        return {
            "answers": self.kinds.total(),
            "kinds": kind,
            "unknown_tags": self.unknown,
            "tokens_read": sum(reply.tokens_read for reply in replies),
            "tokens_written": sum(reply.tokens_written for reply in replies),
            "seconds": round(sum(reply.seconds for reply in replies), 1),
            "price": None if price is None else round(sum(priced(reply, price) or 0 for reply in replies), 6),
            "left_out": sorted({name for reply in replies for name in reply.left_out}),
        }


_KINDS = ("exact", "mended", "unreadable", "empty", "cut", "refused", "filtered", "rejected")


def read_answers(questioner: Questioner, dialogues: Iterable[Dialogue], replies: Mapping[str, Reply]) -> ReadAnswers:
    """Read every reply; one that says nothing that can be read counts as no tag, and is counted."""
    found = ReadAnswers()
    for dialogue in dialogues:
        turn_ids = [turn.turn_id for turn in dialogue.user_turns]
        found.onset[dialogue.id] = _onset(found, questioner, turn_ids, questioner.calls([dialogue]), replies)
    return found


def read_last(questioner: Questioner, calls: Sequence[Call], replies: Mapping[str, Reply]) -> ReadAnswers:
    """Read the replies to the calls of one question alone: the only row of its dialogue is that of its turn."""
    found, question = ReadAnswers(), calls[0].question
    found.onset[question.dialogue_id] = _onset(found, questioner, question.turn_ids, calls, replies)
    return found


def decided(answers: ReadAnswers, dialogues: Sequence[Tagged], policy: Policy, config: LlmConfig) -> list[Tagged]:
    """The dialogues with what is given as a tag, and with probabilities where the answers make some."""
    made = []
    for dialogue in dialogues:
        onset = answers.onset[dialogue.dialogue_id]
        predicted = policy.decide(onset) & (onset > 0)  # without any answer, no class either
        made.append(replace(dialogue, predicted=predicted, onset=onset if config.has_probabilities else None))
    return made


def _onset(
    found: ReadAnswers, questioner: Questioner, turn_ids: Sequence[int], calls: Iterable[Call],
    replies: Mapping[str, Reply],
) -> np.ndarray:  # fmt: skip
    """``(S, Y)`` of these turns of a dialogue, from the replies to its calls, which are counted in ``found``."""
    tags, rows = questioner.prompt.tags, {turn: row for row, turn in enumerate(turn_ids)}
    onset = np.zeros((len(rows), len(tags)))
    for call in calls:
        reply = replies[call.hash]
        found.replies[call.hash] = reply
        kind, reading = _read(questioner, reply, call.question.turn_ids)
        found.kinds[kind] += 1
        if reading is None:
            continue
        found.unknown += reading.unknown
        if reply.beliefs is not None:
            onset[rows[call.question.turn_ids[0]]] = [reply.beliefs.get(name, 0.0) for name in tags.names]
            continue
        for turn, names in reading.said.items():
            onset[rows[turn]] += tags.multi_hot(names)
    onset /= questioner.config.samples
    return _normal(onset) if tags.exclusive else onset


def _read(questioner: Questioner, reply: Reply, turn_ids: Sequence[int]) -> tuple[str, Reading | None]:
    if reply.outcome != "answered":
        return reply.outcome, None
    reading = questioner.form.read(reply.text, turn_ids)
    if reading is not None:
        return ("exact" if reading.exact else "mended"), reading
    if reply.cut:
        return "cut", None
    if not reply.text:
        return "empty", None
    return ("refused" if looks_refused(reply.text) else "unreadable"), None


def _normal(onset: np.ndarray) -> np.ndarray:
    """``(S, Y)`` shares of one class each; rows without any answer stay 0."""
    return np.asarray(onset / np.maximum(onset.sum(1, keepdims=True), np.finfo(float).tiny))
