"""The cascade in a conversation that is going on: the small system on every turn, the large one where it is unsure."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from crisis_turns.cascade.asked_model import Large, NoAnswerError
from crisis_turns.cascade.uncertainty import RULES
from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.decision.thresholds_file import thresholds_record
from crisis_turns.deploy.runtime import Join, Monitor, TurnTags
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.runs.load import Run


@dataclass
class LiveCascade:
    """Both systems, and when the large one is asked; gives monitors as a tagger does.

    Attributes:
        threshold: of the rule's figures; infinite if it is never asked.
        counts: of user turns: ``turns``, ``asked``, and each reason for which the small system's answer was taken.
    """

    run: Run
    large: Large
    rule: str
    threshold: float
    once: bool
    counts: Counter[str] = field(default_factory=Counter)

    def monitor(self, join: Join = "none") -> "CascadeMonitor":
        """A new conversation.

        Raises:
            InputError: where messages are to be joined: the large system is asked about each one as it comes.
        """
        if join != "none":
            raise InputError(f"turns.join={join}: follow=true asks about each message as it comes")
        return CascadeMonitor(self, self.run.monitor())

    @property
    def told(self) -> str:
        """What has happened, in counts."""
        fell_back = {reason: n for reason, n in self.counts.items() if reason not in ("turns", "asked")}
        why = ", ".join(f"{reason}: {n}" for reason, n in fell_back.items())
        return (
            f"asked about {self.counts['asked']:,} of {self.counts['turns']:,} user turns; the small system's answer "
            f"was taken for {sum(fell_back.values()):,} of them{f' ({why})' if why else ''}"
        )


class CascadeMonitor:
    """One conversation. What was said is kept until it ends: the large system is shown all of it.

    Attributes:
        more: of the last user turn: whether the large system was asked, and why its answer is not the one given.
    """

    def __init__(self, cascade: LiveCascade, small: Monitor) -> None:
        self._cascade, self._small = cascade, small
        self._said: list[Turn] = []
        n_tags = len(cascade.run.tags)
        self._policy: Policy = replace(cascade.run.policy, once=False)
        self._turn_ids: list[int] = []
        self._onset, self._begun = np.empty((0, n_tags)), np.empty((0, n_tags))
        self._fired = np.zeros(n_tags, dtype=bool)
        self.more: dict[str, Any] = {}

    @property
    def turns(self) -> int:
        return self._small.turns

    def add(self, speaker: object, text: object, seconds: float | None = None) -> TurnTags | None:
        """Take one turn and tag it, as :meth:`Monitor.add`."""
        turn_id = self._small.turns
        found = self._small.add(speaker, text, seconds)
        self._said.append(Turn(turn_id, Speaker.LISTENER if found is None else Speaker.USER, str(text), ()))
        return None if found is None else self._decided(found)

    def flush(self) -> None:
        """Nothing is joined, so that nothing waits."""

    def _decided(self, found: TurnTags) -> TurnTags:
        cascade, tags = self._cascade, self._cascade.run.tags
        so_far = self._so_far(found)
        fires = so_far.predicted[-1]
        asked = bool(RULES[cascade.rule](so_far, self._policy)[-1] >= cascade.threshold)
        cascade.counts.update({"turns": 1, "asked": int(asked)})
        self.more = {"asked": asked}
        if asked:
            try:
                fires = cascade.large.ask(Dialogue("live", tuple(self._said)))
            except NoAnswerError as error:
                cascade.counts[str(error)] += 1
                self.more["small_because"] = str(error)
        if cascade.once:
            fires = fires & ~self._fired
        self._fired |= fires
        return found._replace(tags=tags.named(fires))

    def _so_far(self, found: TurnTags) -> Tagged:
        """What the small system believes of the turns up to this one, and its raw decisions."""
        assert found.begun is not None  # none of exclusive classes alone
        names = self._cascade.run.tags.names
        self._turn_ids.append(found.turn_id)
        self._onset = np.vstack((self._onset, [found.probabilities[name] for name in names]))
        self._begun = np.vstack((self._begun, [found.begun[name] for name in names]))
        nothing = np.zeros(self._onset.shape, dtype=bool)
        believed = Tagged("live", tuple(self._turn_ids), nothing, nothing, self._onset, self._begun)
        return replace(believed, predicted=self._policy.decide(believed.scores(self._policy.score)))


def live_cascade(run: Run, large: Callable[[], Large], record: Path) -> LiveCascade:
    """As it was drawn.

    Args:
        large: makes the large system, once all else is found to fit.
        record: ``cascade-<split>.json``.

    Raises:
        InputError: if it is none, or was drawn with other thresholds.
    """
    values = read_json(record)
    try:
        rule, once, thresholds = values["rule"], values["once"], values["thresholds"]
        threshold = values["chosen"]["curve"]["threshold"]
        if rule not in RULES or not isinstance(once, bool) or not isinstance(threshold, int | float | None):
            raise TypeError
    except (KeyError, TypeError):
        raise InputError(f"{record}: expected what src.cascade has written") from None
    if thresholds is not None and thresholds != thresholds_record(run.policy, run.tags):
        raise InputError(f"{record}: was drawn with other thresholds than those of small={run.path}")
    if run.tags.exclusive:
        raise InputError(f"small={run.path} has exclusive classes, which do not begin: a cascade is for tags that do")
    return LiveCascade(run, large(), rule, np.inf if threshold is None else float(threshold), once)
