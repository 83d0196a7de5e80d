"""Plans of 200 and later 200 more talks of the plain part's train split: long messages, with something else in most.

A tagger of all before these flagged 24 of 24 plain statements alone, and none of them among 44 words of small talk in
the same message (``notebooks/LOG.md``). A tagger of those and of what came after heard one in four among 150 words: the
second 200 are longer. Of a writer's 25 talks 13 hold a statement so and two an Alert; the others
are as long, and five hold words of crisis that mean something else, in the same places. Draws are seeded: these are
the plans that the talks were written by.
"""

import random
from functools import cache

from notebooks.corpus.plan import Plan
from notebooks.corpus.short_talks import CONFIRMS, FREE, event, shape

WRITERS = 8
EACH = 25
ABOUT = [
    "work: rotas, a manager, a deadline, a commute",
    "moving house, a landlord, a repair", "a wedding or a birthday to plan",
    "exams, courses, a school", "children's days: school runs, meals, a club", "a car, a bus, a journey",
    "money: a bill, a form, a loan", "a sport, a match, training", "food, a garden, a pet", "a holiday or a visit",
    "relatives and who said what", "friends, a group chat, a night out",
    "an illness that is not serious, an appointment",
    "a series, a game, a hobby", "a break-up or dating, told at length", "the flat: noise, neighbours, housemates",
]  # fmt: skip
PLACES = [
    "its first sentence", "a sentence in its middle", "its last sentence",
    "half a sentence in its middle, the rest of it ordinary",
    "a short sentence just before the last", "a clause at the end of a long ordinary sentence",
]  # fmt: skip
WORDS = ["35 to 60", "60 to 90", "90 to 140"]
MORE_WORDS = ["120 to 170", "170 to 230", "230 to 300"]


@cache
def long_messages() -> tuple[Plan, ...]:
    """The first plans, in the order of the dialogues."""
    return tuple(plan for writer in range(WRITERS) for plan in _of_writer(3400, writer, WORDS))


@cache
def longer_messages() -> tuple[Plan, ...]:
    """The second ones."""
    return tuple(plan for writer in range(WRITERS) for plan in _of_writer(9300, writer, MORE_WORDS))


def _of_writer(seed: int, writer: int, words: list[str]) -> list[Plan]:
    rng = random.Random(seed + writer)  # noqa: S311 - nothing secret
    plans = []
    for place in range(EACH):
        plan = shape(rng, [1, 1, 2, 2, 3, 4]) | {"topic": rng.choice(ABOUT), "free": "", "events": []}
        at = min(rng.choice([1, 1, 2, 3]), plan["user_turns"])
        plan["long"] = {
            "user_turn": at,
            "words": words[(writer + place) % len(words)],
            "place": PLACES[(writer * 2 + place) % len(PLACES)],
        }
        if place < 13:
            tag = CONFIRMS[(writer * 13 + place) % len(CONFIRMS)]
            said = {"said": "in plain words, a few of a long message about something else"}
            plan |= {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at) | said]}
        elif place < 15:
            alert = rng.choice(["alert_ongoing"] * 3 + ["alert_past"])
            said = {"said": "one vague sentence of a long message about something else"}
            plan |= {"kind": "alert only", "events": [event(alert, at) | said]}
        elif place < 20:
            plan |= {"kind": "label-free", "free": FREE[(writer * 5 + place) % len(FREE)]}
        else:
            plan |= {"kind": "label-free", "free": "ordinary: the message is what it seems, told at length"}
        plans.append({name: value for name, value in plan.items() if value != ""})
    rng.shuffle(plans)
    return plans
