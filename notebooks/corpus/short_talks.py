"""Plans of the first short talks of the plain part's train split: people who say it at once, to whoever listens.

The benchmark's dialogues tell a post in pieces; a tagger that has seen nothing else waits for a story and misses a
plain statement as a first message. Half of these talks hold a Confirm, most on the first user turn; a third holds
nothing, in words as near as can be (a negation, somebody else, a film, a figure of speech). Draws are seeded: these
are the plans that the talks were written by.
"""

import random
from functools import cache

from crisis_turns.tags import CRADLE
from notebooks.corpus.plan import PER_WRITER, Plan

WRITERS = 6
FIRST = 1600
"""The number of the first short talk among the training dialogues."""
CONFIRMS = [CRADLE.names[tag] for tag in CRADLE.confirms]
WORLDS = [
    "Scotland, 20s and 30s", "the US Midwest, all ages", "India, writing in English, students and young workers",
    "Australia, trades and hospital staff", "London, carers and drivers", "the US South, church families",
    "Ireland and Wales, parents", "Canada, shift workers", "New Zealand, farm and office",
    "the US West Coast, freelancers",
]  # fmt: skip
ROLES = [
    "counsellor or crisis-line volunteer", "AI assistant", "friend", "online peer", "clinic or emergency staff",
    "teacher or professor", "police officer", "partner or sibling",
]  # fmt: skip
SPELLINGS = [
    "plain, punctuated",
    "all lower case, no commas",
    "short and blunt",
    "forum slang and abbreviations",
    "letters swapped for digits or stars in the one strong word",
    "voice-to-text, no punctuation at all",
    "typos of fast thumbs",
    "non-native English",
]
FREE = [
    "denial: says in so many words that they do not, and means it",
    "somebody else, an adult",
    "fiction: film, series, book, game, song",
    "figures of speech about an ordinary matter",
    "work or study: a training, an essay, a shift, a screening question answered no",
    "asks how to help a friend, somebody else, who is in it",
    "very sad, burnt-out or lonely, and nothing more",
    "grief: somebody died, the user is safe",
    "an accident or illness with blood, pills, hospital",
    "recovery of somebody else",
]


@cache
def short_talks() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    return tuple(plan for writer in range(WRITERS) for plan in _of_writer(writer))


def _of_writer(writer: int) -> list[Plan]:
    rng = random.Random(900 + writer)  # noqa: S311 - nothing secret
    plans = [_plan(writer, place, rng) for place in range(PER_WRITER)]
    rng.shuffle(plans)
    return plans


def _plan(writer: int, place: int, rng: random.Random) -> Plan:
    plan: Plan = {"world": rng.choice(WORLDS), "role": rng.choice(ROLES), "voice": rng.choice(SPELLINGS)}
    plan |= {
        "opens": "Listener" if rng.random() < 0.3 else "User",
        "ends": "Listener" if rng.random() < 0.4 else "User",
    }
    plan["user_turns"] = rng.choice([1, 2, 2, 3, 3, 4, 5])
    tens, unit = divmod(place, 10)
    if unit < 5:
        at = min(rng.choices([1, 2, 3], [5, 3, 2])[0], plan["user_turns"])
        tag = CONFIRMS[(writer * 15 + tens * 5 + unit) % len(CONFIRMS)]
        return plan | {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at)]}
    if unit == 5:
        tag = rng.choice(CONFIRMS)
        alert = "alert_past" if tag.endswith("past") else "alert_ongoing"
        plan["user_turns"] = max(2, plan["user_turns"])
        return plan | {"kind": "crisis", "events": [event(alert, 1, tag, 2)]}
    if unit == 6:
        alert = rng.choice(["alert_ongoing"] * 3 + ["alert_past"])
        return plan | {"kind": "alert only", "events": [event(alert, 1)]}
    return plan | {"kind": "label-free", "free": FREE[(writer * 9 + tens * 3 + unit - 7) % len(FREE)], "events": []}


def event(
    alert: str | None = None, alert_turn: int | None = None, confirm: str | None = None, confirm_turn: int | None = None
) -> Plan:
    """One event's tags, and the user turns (from 1) on which they stand."""
    return {"alert": alert, "alert_user_turn": alert_turn, "confirm": confirm, "confirm_user_turn": confirm_turn}


def shape(rng: random.Random, turns: list[int]) -> Plan:
    """Who listens, who types how, who opens and ends, and one of these numbers of user turns."""
    plan: Plan = {"world": rng.choice(WORLDS), "role": rng.choice(ROLES), "voice": rng.choice(SPELLINGS)}
    plan |= {"opens": rng.choice(["User", "User", "Listener"]), "ends": rng.choice(["User", "Listener"])}
    return plan | {"user_turns": rng.choice(turns)}
