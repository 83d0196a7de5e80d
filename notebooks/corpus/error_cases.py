"""Plans of 180 talks behind the pairs of the plain part's train split: what reading the errors on dev asked for.

Past and ongoing were confused, passive death wishes in everyday words missed, Alerts without a word of mood missed,
acts that are described and not named missed, and near partners flagged (``notebooks/LOG.md``). Every kind has its
label-free neighbours beside it. Draws are seeded: these are the plans that the talks were written by.
"""

import random
from functools import cache

from notebooks.corpus.plan import Plan
from notebooks.corpus.short_talks import CONFIRMS, event, shape

WRITERS = 6
WISHES = [
    "the bare wish to die as the first message, four to eight words",
    "not wanting to be here, to wake up, to exist, in everyday words",
    "a burden: everybody would be better off",
    "wishes that something would happen to them: an accident, an illness, a truck",
    "to sleep and never wake, said tired and calm",
    "the wish told as a joke or beside something practical",
]
SIGNS = [
    "an aside about things being put in order, given away, cancelled; no mood word",
    "announces that there is something they do not say",
    "shown by body or behaviour: not eating, not sleeping, staying in the car, keeping the door locked",
    "fear of a person, a step on the stairs, a room; nothing that was done is told",
    "own state named vaguely: far away, on autopilot, not themselves",
    "a question asked as if for no reason, that worries who hears it",
]
TIMES = [
    "over for years, but told vividly, in the present tense of a story",
    "still going on, though the last time is told in the past tense (last night, on Sunday, again)",
    "both times named in one turn, and which of them holds is clear (it stopped; it has begun again)",
    "a short answer to a question, which alone gives the time",
]
ACTS = [
    "the act described without its name, a clause inside a practical turn",
    "control and fear described (money, phone, keys, bruises), not named",
]
FREE = [
    "denial: the user says in so many words that they do not, or did not, and it is so",
    "denial: a truthful no to a direct question whether they are safe",
    "somebody else, an adult, in it now",
    "somebody else in it years ago, told by a friend, a partner, a nurse",
    "figures of speech: to die, to kill, to cut, to hit, about an ordinary matter",
    "fiction: said by a character, in a song, a quotation",
    "vague tiredness and a locked door with an ordinary cause that comes out",
    "work or study: a training, a shift, an essay, a form whose questions are answered no",
]


@cache
def error_cases() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    return tuple(plan for writer in range(WRITERS) for plan in _of_writer(writer))


def _of_writer(writer: int) -> list[Plan]:
    rng = random.Random(2200 + writer)  # noqa: S311 - nothing secret
    named = [name for name in CONFIRMS if "_SI_" not in name and "_SH_" not in name]
    plans = [_crisis(rng, "confirm_SI_passive_ongoing", how, turns=[1, 1, 2, 3]) for how in WISHES]
    plans.append(_crisis(rng, "confirm_SI_passive_past", "a time when they wished to be dead, over now"))
    for tag in ("confirm_SI_active_ongoing", "confirm_SH_ongoing"):
        plans.append(_crisis(rng, tag, "plainly, as the first message", turns=[1, 2]))
    plans += [_sign(rng, how, followed=writer % 2 == place % 2) for place, how in enumerate(SIGNS[: 5 + writer % 2])]
    for place, how in enumerate(TIMES):
        tag = CONFIRMS[(writer * 5 + place * 3) % len(CONFIRMS)]
        time = "past" if place == 0 else "ongoing" if place == 1 else rng.choice(["past", "ongoing"])
        plans.append(_crisis(rng, f"{tag.rpartition('_')[0]}_{time}", how, turns=[2, 3, 4]))
    plans += [_crisis(rng, named[(writer * 2 + place) % len(named)], how) for place, how in enumerate(ACTS)]
    free = [FREE[(writer + place) % len(FREE)] for place in range(30 - len(plans))]
    plans += [shape(rng, [1, 2, 3, 4]) | {"kind": "label-free", "free": how, "events": []} for how in free]
    rng.shuffle(plans)
    return plans


def _crisis(rng: random.Random, tag: str, how: str, *, turns: list[int] | None = None) -> Plan:
    drawn = shape(rng, turns or [2, 3, 4, 5])
    at = min(rng.choice([1, 1, 2] if turns and turns[0] == 1 else [1, 2, 3]), drawn["user_turns"])
    return drawn | {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at) | {"said": how}]}


def _sign(rng: random.Random, how: str, *, followed: bool) -> Plan:
    """An Alert, half of the time with the Confirm that makes it clear, some turns on."""
    time = "past" if rng.random() < 0.25 else "ongoing"
    begins = event(f"alert_{time}", rng.choice([1, 1, 2])) | {"said": how}
    drawn = shape(rng, [4, 5, 6])
    if followed:
        fitting = [tag for tag in CONFIRMS if tag.endswith(time)]
        begins |= {"confirm": rng.choice(fitting), "confirm_user_turn": begins["alert_user_turn"] + rng.choice([1, 2])}
    return drawn | {"kind": "crisis" if followed else "alert only", "events": [begins]}
