"""Plans of 200 talks behind the error cases of the plain part's train split: early signs, and what only looks like one.

At least 44 % of the labels of the benchmark's validation split are Alerts, of the training dialogues before these 29 %,
and Alerts were most of what the tagger missed. Three talks of four hold one, on the turn that a worried helper would
ask about; the others hold ordinary trouble, told as vaguely, that never becomes a crisis. Draws are seeded: these are
the plans that the talks were written by.
"""

import random
from functools import cache

from notebooks.corpus.plan import HOW, TOPICS, VOICES, Plan
from notebooks.corpus.short_talks import CONFIRMS, event, shape

WRITERS = 8
EACH = 25
SIGNS = [
    "own state named vaguely: numb, not themselves, far away, on autopilot, no point in plans",
    "own state, darkest thoughts without saying what they are",
    "announces or half begins something, then does not say it",
    "an aside, factual: things put in order, given away, cancelled; visits or messages stopped; no mood word",
    "shown by body or behaviour: not eating or sleeping, long sleeves, sitting in the car, not going home",
    "fear of a person, steps, a room, a phone that rings; what was done is not told",
    "an old time hinted at that they do not go into: that winter, before the hospital, what happened at camp",
    "a question as if for no reason, or about somebody, that worries who hears it",
    "a joke or a shrug that does not sound like one",
    "shame or guilt without what it is about",
]
FREE = [
    "vague and tired at first; the cause is ordinary and is told later",
    "a secret that turns out harmless: a surprise, a pregnancy, a new job, a diagnosis that is fine",
    "very low after a loss, a break-up, an exam; never more than that, and supported",
    "afraid of an ordinary thing: an examiner, a dentist, a dog, a boss in a bad mood",
    "not sleeping, not eating, not going out: flu, shifts, a newborn, a deadline, a heatwave",
    "things given away or put in order for an ordinary reason: moving, a baby, retirement, a sale",
    "burnt-out and sarcastic about work, dark jokes that are jokes",
    "asked directly, answers truthfully that they are well",
]


@cache
def early_signs() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    return tuple(plan for writer in range(WRITERS) for plan in _of_writer(writer))


def _of_writer(writer: int) -> list[Plan]:
    rng = random.Random(2500 + writer)  # noqa: S311 - nothing secret
    plans = []
    for place in range(EACH):
        plan = shape(rng, [4, 5, 6, 6, 7, 8]) | {"voice": rng.choice(VOICES), "topic": rng.choice(TOPICS)}
        sign, drawn = SIGNS[(writer * 3 + place) % len(SIGNS)], rng.random()
        if drawn < 0.24:
            plans.append(plan | {"kind": "label-free", "free": FREE[(writer + place) % len(FREE)], "events": []})
            continue
        time = "past" if rng.random() < 0.27 else "ongoing"
        at = rng.choices([1, 2, 3, 4], [4, 3, 2, 1])[0]
        begins = event(f"alert_{time}", at) | {"sign": sign}
        if drawn < 0.76 and at < plan["user_turns"]:
            confirm = rng.choice([tag for tag in CONFIRMS if tag.endswith(time)])
            later = min(at + rng.choices([1, 2, 3], [4, 3, 2])[0], plan["user_turns"])
            begins |= {"confirm": confirm, "confirm_user_turn": later, "said": rng.choice(HOW)}
        plans.append(plan | {"kind": "crisis" if begins["confirm"] else "alert only", "events": [begins]})
    return plans
