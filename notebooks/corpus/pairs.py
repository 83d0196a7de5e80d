"""Plans of the pairs behind the short talks of the plain part's train split: a short talk with a plain statement, and
its neighbour in nearly the same words that means something else.

A tagger that had learnt from everything before flagged "I don't want to kill myself" as surely as its contrary: words
of crisis with a negation, or about somebody else, hardly ever stood alone. Draws are seeded: these are the plans that
the pairs were written by.
"""

import random
from functools import cache

from notebooks.corpus.plan import PER_WRITER, Plan
from notebooks.corpus.short_talks import CONFIRMS, ROLES, SPELLINGS, WORLDS, event, short_talks
from notebooks.corpus.short_talks import FIRST as SHORT

WRITERS = 4
FIRST = SHORT + len(short_talks())
"""The number of the first of a pair among the training dialogues."""
PARTNERS = [
    "denial: the user says of themselves that it is not so, with a negation",
    "somebody else, an adult, in it now",
    "denial: a truthful no to a question whether they are safe",
    "fiction: said by a character, in a song, a quotation",
    "figures of speech: the same verb about an ordinary matter",
    "denial: what the user is glad never happened to them, or feared for no reason",
    "the other time: the same event, past in place of ongoing or the other way round; tagged",
]


@cache
def pairs() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues: a statement, its partner, the next statement."""
    rng = random.Random(1700)  # noqa: S311 - nothing secret
    plans: list[Plan] = []
    for number in range(WRITERS * PER_WRITER // 2):
        tag, partner = CONFIRMS[number % len(CONFIRMS)], PARTNERS[number * 3 % len(PARTNERS)]
        shared: Plan = {"world": rng.choice(WORLDS), "role": rng.choice(ROLES), "voice": rng.choice(SPELLINGS)}
        shared["user_turns"] = rng.choice([1, 1, 2, 2, 3])
        shared |= {"opens": rng.choice(["User", "User", "Listener"]), "ends": rng.choice(["User", "Listener"])}
        at = min(rng.choice([1, 1, 2]), shared["user_turns"])
        plans.append(shared | {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at)]})
        if partner.startswith("the other time"):
            other = tag[: -len("past")] + "ongoing" if tag.endswith("past") else tag[: -len("ongoing")] + "past"
            plans.append(
                shared | {"kind": "crisis", "partner": partner, "events": [event(confirm=other, confirm_turn=at)]}
            )
        else:
            plans.append(shared | {"kind": "label-free", "free": partner, "events": []})
    return tuple(plans)
