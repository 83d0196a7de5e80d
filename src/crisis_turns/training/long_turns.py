"""Long messages to train from: a turn among turns of other dialogues, so that a few words of many are heard.

People write of the rota and the landlord, and in the middle of it that they hurt themselves. Of a corpus whose turns
speak of one thing a tagger learns that a turn does.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import replace

from crisis_turns.data.dialogue import Dialogue, Turn

log = logging.getLogger(__name__)
_COMPANY = (1, 1, 1, 1, 2, 2, 2, 4, 8)
"""Numbers of other turns that one is put among, equally often: most messages of some lines are short of a hundred
words, some have three hundred.
"""


def with_long_turns(dialogues: Sequence[Dialogue], share: float) -> list[Dialogue]:
    """The dialogues, with a share of their user turns :func:`among_others`, whether labelled or not; tags stay.

    The others are user turns of those dialogues that have no label. Draws are a function of a dialogue's id and
    of these turns: the same for every seed, so that what frozen layers make of them is computed once.
    """
    if not share:
        return list(dialogues)
    others = label_free_turns(dialogues)
    if not others:
        log.info("no turn is made longer: train has no dialogue without labels")
        return list(dialogues)
    log.info("long turns: %g of the user turns among %d of dialogues without labels", share, len(others))
    return [_lengthened(dialogue, others, share) for dialogue in dialogues]


def label_free_turns(dialogues: Sequence[Dialogue]) -> list[str]:
    """Texts of the user turns of all dialogues without any label."""
    free = (dialogue for dialogue in dialogues if not any(turn.tags for turn in dialogue.turns))
    return [turn.text for dialogue in free for turn in dialogue.user_turns]


def among_others(turn: Turn, others: Sequence[str], rng: random.Random, *, numbers: Sequence[int] = _COMPANY) -> Turn:
    """The turn with whole texts of others before it, behind it or both: cut up, they might mean something else."""
    company = [rng.choice(others) for _ in range(rng.choice(numbers))]
    place = rng.randint(0, len(company))
    return replace(turn, text=" ".join((*company[:place], turn.text, *company[place:])))


def _lengthened(dialogue: Dialogue, others: Sequence[str], share: float) -> Dialogue:
    rng = random.Random(dialogue.id)  # noqa: S311 - nothing secret
    turns = (
        among_others(turn, others, rng) if turn.is_user and rng.random() < share else turn for turn in dialogue.turns
    )
    return replace(dialogue, turns=tuple(turns))
