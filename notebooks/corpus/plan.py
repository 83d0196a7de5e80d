"""Plans of the splits of the plain part whose labels come first: who listens, what the talk starts from, and which tag
stands on which user turn, in the published proportions of CRADLE-Dialogue.

``python -m notebooks.corpus.plan FOLDER`` writes ``train-00.json`` to ``train-53.json`` and ``validation-00.json`` to
``validation-06.json``, one for each writer of 30 dialogues. Draws are seeded: these are the plans that the corpus was
written by, and from which its annotations come (``annotations.py``).
"""

import json
import random
import sys
from pathlib import Path
from typing import Any, NamedTuple

PER_WRITER = 30


class Draw(NamedTuple):
    """What a split is drawn with."""

    seed: int
    dialogues: int
    first_world: int
    world_step: int


DRAWS = {"train": Draw(20261127, 1620, 0, 1), "validation": Draw(20261128, 210, 3, 4)}
SUPPORT = {
    "SI_passive_ongoing": 78,
    "SI_passive_past": 6,
    "SI_active_ongoing": 58,
    "SI_active_past": 12,
    "SH_ongoing": 77,
    "SH_past": 27,
    "DV_ongoing": 25,
    "DV_past": 31,
    "CA_ongoing": 10,
    "CA_past": 27,
    "SHA_ongoing": 23,
    "SHA_past": 40,
    "RA_ongoing": 9,
    "RA_past": 59,
}
ROLES = [  # of the Listener
    "friend",
    "online peer in a forum's private messages",
    "stranger in a support chat",
    "counsellor or crisis-line volunteer",
    "clinic or emergency staff",
    "teacher or professor",
    "police officer",
    "AI assistant",
]
ROLE_WEIGHTS = [16, 16, 18, 20, 12, 9, 7, 2]
VOICES = [
    "all lower case, few commas",
    "rambler, long run-on sentences",
    "terse, short answers",
    "careful, full sentences",
    "teenager, casual",
    "parent, practical",
    "student, stressed",
    "older person, plain",
    "second-language English, small errors",
    "typos left in, types fast on a phone",
    "dry, calm, factual",
    "angry more than sad",
    "apologetic, sorry for the length",
    "throwaway-account style, forum habits",
]
TOPICS = [
    "a relationship and what to do about it",
    "work and a boss",
    "a family quarrel",
    "money and rent",
    "school or exams",
    "friends who drift away",
    "a break-up",
    "health worry or a clinic visit",
    "a form, a hearing, a legal question",
    "faith and community",
    "a new baby or parenting",
    "moving house or country",
    "loneliness at night",
    "sleep and medication",
    "a party or a date",
    "an old memory that came back",
    "a pet or a hobby that keeps one going",
    "grief",
    "body image and eating",
    "the internet, a group chat, a game",
    "caring for a parent",
    "the army, a shift job, a farm",
    "a neighbour or room-mate",
    "a wedding, a holiday, a birthday",
    "recovery, days counted",
]
HOW = [
    "in passing: a clause inside a turn about something else",
    "as the reason for a practical request, flat and factual",
    "in answer to a direct question, short",
    "as the main thing they came to say, in plain words",
    "after going round it for a while, then plainly",
    "with the word itself, early, almost offhand",
    "with humour or relief around it",
    "as a milestone or a date (x years since, day 40)",
    "to explain something else (a scar, a fear, a form, why they moved)",
    "angrily",
]
VAGUE = [
    "euphemistic but unmistakable",
    "roundabout: what was done is described without its name",
    "masked or abbreviated forum spelling (s/h, k*ll, unalive, SA, r*ped)",
]
FREE = (
    ["ordinary support-seeking, no dark words at all"] * 4
    + ["very sad or burnt-out, but nothing that ever becomes a crisis of the user's own"] * 2
    + ["dark idioms and figures of speech (dying of shame, killing me, want to disappear from this meeting)"] * 2
    + ["somebody else is (or was) in crisis: a friend, colleague, sibling, a film, the news; the user only reacts"] * 2
    + ["illness, medication, an accident, an injury with an ordinary cause"]
    + ["feeling unseen, dating after old hurts, being the last single friend"]
    + ["a true denial: asked, the user says no and means it; it stays no"]
)
WORLDS = [
    "northern England, 20s, shop and warehouse jobs",
    "US Midwest, teenagers and parents",
    "Ireland, 30s, nurses and teachers",
    "Canada, students",
    "Australia, small towns",
    "US South, church families",
    "Scotland, older people",
    "India, English-speaking office workers",
    "New Zealand, farm and trade",
    "London, renters in their 20s",
    "US West Coast, tech and service jobs",
    "Nigeria, students abroad",
    "Wales, families",
    "US military families",
    "Philippines, call-centre night shifts",
    "South Africa, young parents",
    "Netherlands and Germany, second-language English",
    "US college campuses, athletes",
    "Poland and Balkans, second-language migrants in the UK",
    "rural Canada, men over 40",
    "US Northeast, lawyers' clerks and teachers",
    "Midlands, truckers and factory",
    "gamers and online friends anywhere",
    "Singapore and Malaysia, students",
    "US nurses and paramedics",
    "young mothers' forum, UK",
    "LGBT youth, US suburbs",
    "Brazil and Portugal, second-language",
    "retired people, US",
    "Kenya and Ghana, church and university",
]

Plan = dict[str, Any]
"""Of one dialogue: ``role`` of the Listener, ``voice``, ``topic``, ``turns`` of both, ``kind``, ``events``; ``free``
where there is no event. User turns are counted from 1."""


def plans(split: str) -> list[Plan]:
    """The plans of a split, in the order of its dialogues."""
    rng = random.Random(DRAWS[split].seed)  # noqa: S311 - nothing secret
    return [_plan(number, rng) for number in range(DRAWS[split].dialogues)]


def _plan(number: int, rng: random.Random) -> Plan:
    kind = rng.random()
    plan: Plan = {"n": number, "role": rng.choices(ROLES, ROLE_WEIGHTS)[0]}
    plan |= {"voice": rng.choice(VOICES), "topic": rng.choice(TOPICS)}
    turns = min(25, max(7, int(rng.gauss(15.5, 4))))
    plan["turns"] = turns + (turns % 2 == 0)
    users = (plan["turns"] + 1) // 2
    if kind < 0.268:
        return plan | {"kind": "label-free", "free": rng.choice(FREE), "events": []}
    alert_only = kind < 0.268 + 0.04
    both = not alert_only and rng.random() < 0.487
    first = _tag(rng)
    tags = [first]
    if not alert_only and rng.random() < 0.13:
        second = _tag(rng)
        while second.rsplit("_", 1)[0] == first.rsplit("_", 1)[0]:
            second = _tag(rng)
        tags.append(second)
    low, high = rng.choices([(1, 3), (4, 6), (7, 10)], [50, 26, 24])[0]
    at = min(rng.randint(low, high), users - 1)
    if alert_only:
        alert = "alert_past" if first.endswith("past") else "alert_ongoing"
        place = rng.randint(1, max(1, min(4, users - 2)))
        events: list[Plan] = [{"alert": alert, "alert_user_turn": place, "confirm": None}]
    else:
        events = [_event(tag, n, at, both and n == 0, users, rng) for n, tag in enumerate(tags)]
    return plan | {"events": events, "kind": "alert only" if alert_only else "crisis"}


def _event(tag: str, number: int, at: int, with_alert: bool, users: int, rng: random.Random) -> Plan:
    confirm = at if number == 0 else min(users - 1, at + rng.randint(1, 3))
    alert = None
    if with_alert:
        if confirm == 1:
            confirm = min(users - 1, rng.choice([1, 2, 3]))
        alert = max(1, confirm - rng.choice([1, 1, 1, 2, 2, 3, 4, 0 if rng.random() < 0.1 else 1]))
    alert_tag = None
    if alert:
        alert_tag = "alert_past" if tag.endswith("past") and rng.random() < 0.75 else "alert_ongoing"
    event: Plan = {"alert": alert_tag, "alert_user_turn": alert}
    event |= {"confirm": f"confirm_{tag}", "confirm_user_turn": confirm}
    return event | {"said": rng.choice(HOW) if rng.random() < 0.75 else rng.choice(VAGUE)}


def _tag(rng: random.Random) -> str:
    return rng.choices(list(SUPPORT), list(SUPPORT.values()))[0]


def world(split: str, writer: int) -> str:
    """Country, ages and walks of life of one writer's dialogues."""
    _, _, first, step = DRAWS[split]
    other = " (other towns, other jobs, other families than you would think of first)"
    again = split != "train" or writer >= len(WORLDS)
    return WORLDS[(first + step * writer) % len(WORLDS)] + (other if again else "")


if __name__ == "__main__":
    for split in DRAWS:
        drawn = plans(split)
        for writer in range(len(drawn) // PER_WRITER):
            own = drawn[writer * PER_WRITER : (writer + 1) * PER_WRITER]
            plan = {"writer": writer, "world": world(split, writer), "dialogues": own}
            Path(sys.argv[1], f"{split}-{writer:02d}.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
