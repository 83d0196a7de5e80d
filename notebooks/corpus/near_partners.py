"""Plans of 150 more talks of the plain part's train split: words of crisis, alone, that mean something else.

A tagger of all before these flagged "I don't want to kill myself", and somebody's sister who hurts herself, as surely
as the user's own crisis, and one conversation in five without a label. Two talks of five are the plain statement in
as few words, for the balance. Draws are seeded: these are the plans that the talks were written by.
"""

import random
from functools import cache

from notebooks.corpus.plan import Plan
from notebooks.corpus.short_talks import CONFIRMS, event, shape

WRITERS = 6
EACH = 25
FREE = [
    "denial in one or two sentences: I do not want to …, I never …, nobody ever … me; and it is so",
    "a family member, partner or friend, an adult, in it now; the user is safe: what is done to them or what they do",
    "a family member, partner or friend, an adult, in it years ago",
    "asks how to help a friend who says it; worried for them alone",
    "a truthful no to a direct question, with the words of the question in the answer",
    "fiction, a song, a game, a quotation: the same words, said by somebody else",
    "a figure of speech with to die, to kill, to cut, to hit, about an ordinary matter",
    "someone has died, long ago or lately: grief, and the user is safe",
    "small talk: weather, food, a match, a form; tired or grumpy at most",
    "a job in which it occurs: nurse, teacher, lawyer, moderator, telling of a client or a case",
]


@cache
def near_partners() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    return tuple(plan for writer in range(WRITERS) for plan in _of_writer(writer))


def _of_writer(writer: int) -> list[Plan]:
    rng = random.Random(2800 + writer)  # noqa: S311 - nothing secret
    plans = []
    for place in range(EACH):
        plan = shape(rng, [1, 1, 2, 2, 3])
        if place < 15:
            about = CONFIRMS[(writer * 15 + place * 3) % len(CONFIRMS)]
            free = FREE[(writer * 5 + place) % len(FREE)]
            plans.append(plan | {"kind": "label-free", "free": free, "words_of": about, "events": []})
        else:
            tag = CONFIRMS[(writer * 10 + place) % len(CONFIRMS)]
            at = min(rng.choice([1, 1, 1, 2]), plan["user_turns"])
            said = {"said": "the plain statement, few words, as the user's own"}
            plans.append(plan | {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at) | said]})
    rng.shuffle(plans)
    return plans
