"""Rounds of labelling: of each dialogue the next user turn, and nothing after it, until it is answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from crisis_turns.annotation.session import Answers, Session, TurnKey
from crisis_turns.data.dialogue import Turn
from crisis_turns.errors import InputError


@dataclass(frozen=True)
class Shown:
    """What a labeller sees of a dialogue in one round.

    Attributes:
        new: the turns since the last answered one; the last of them is the user turn to label.
    """

    dialogue_id: str
    new: tuple[Turn, ...]

    @property
    def key(self) -> TurnKey:
        return self.dialogue_id, self.new[-1].turn_id

    def __str__(self) -> str:
        turns = (f"{turn.speaker} ({turn.turn_id}): {turn.text}" for turn in self.new)
        return "\n".join((f"# {self.dialogue_id}, turn {self.key[1]}", *turns))


def next_round(session: Session, labeller: str, *, at_once: int | None = None) -> list[Shown]:
    """The labeller's open round, or else a new one; empty when everything is answered.

    Args:
        at_once: how many dialogues a new round has at most, the first unfinished ones; ``None``: all.
    """
    unanswered = _unanswered(session, session.answers(labeller))
    if opened := session.shown(labeller):
        return [shown for shown in unanswered if shown.key in opened]
    new = list(islice(unanswered, at_once))
    if new:
        session.show(labeller, [shown.key for shown in new])
    return new


def answer_round(session: Session, labeller: str, given: Mapping[TurnKey, frozenset[str]]) -> int:
    """Keep the answers to the open round; a shown turn that is not named has no tag. Returns how many were shown.

    Raises:
        InputError: if nothing is shown, a turn is named that is not (it was answered before, or is still hidden), or
            a turn has no class where classes are exclusive.
    """
    shown, answers = session.shown(labeller), session.answers(labeller)
    if not shown:
        raise InputError(f"labeller={labeller}: no turn is shown; step=next shows what is to be labelled")
    for key in given:
        if key not in shown:
            state = "was answered before, and an answer stays" if key in answers else "was not shown yet"
            raise InputError(f"the turn {key[1]} of '{key[0]}' {state}")
    if session.tags.exclusive and (missing := [key for key in shown if key not in given]):
        raise InputError(
            f"expected a class for each turn shown, found none for turn {missing[0][1]} of '{missing[0][0]}'"
        )
    session.keep(labeller, answers | {key: given.get(key, frozenset()) for key in shown})
    return len(shown)


def _unanswered(session: Session, answers: Answers) -> Iterator[Shown]:
    for dialogue in session.dialogues:
        new: list[Turn] = []
        for turn in dialogue.turns:
            new.append(turn)
            if turn.is_user:
                if (dialogue.id, turn.turn_id) not in answers:
                    yield Shown(dialogue.id, tuple(new))
                    break
                new.clear()
