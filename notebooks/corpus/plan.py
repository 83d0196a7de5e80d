"""Plans for the plain training part: 54 writers, 30 dialogues each, in the benchmark's published proportions.

``python notebooks/corpus/plan.py FOLDER`` writes ``plan-00.json`` to ``plan-53.json``; draws are seeded, so they are
those that the files here were written by.
"""

import json
import random
import sys
from pathlib import Path

R = random.Random(20261127)  # noqa: S311 - nothing secret
N = 1620
SUP = {
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
ROLES = [
    "friend",
    "online peer in a forum's private messages",
    "stranger in a support chat",
    "counsellor or crisis-line volunteer",
    "clinic or emergency staff",
    "teacher or professor",
    "police officer",
    "AI assistant",
]
RW = [16, 16, 18, 20, 12, 9, 7, 2]
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
IDEAS = [
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


def draw(d):
    k = list(d)
    return R.choices(k, [d[x] for x in k])[0]


out = []
for n in range(N):
    x = R.random()
    d = {"n": n}
    d["role"] = R.choices(ROLES, RW)[0]
    d["voice"] = R.choice(VOICES)
    d["topic"] = R.choice(IDEAS)
    turns = min(25, max(7, int(R.gauss(15.5, 4))))
    turns += turns % 2 == 0
    d["turns"] = turns
    users = (turns + 1) // 2
    if x < 0.268:
        d["kind"] = "label-free"
        d["free"] = R.choice(FREE)
        d["events"] = []
    else:
        alert_only = x < 0.268 + 0.04
        both = not alert_only and R.random() < 0.487
        first = draw(SUP)
        ev = [first]
        if not alert_only and R.random() < 0.13:
            second = draw(SUP)
            while second.rsplit("_", 1)[0] == first.rsplit("_", 1)[0]:
                second = draw(SUP)
            ev.append(second)
        late = R.choices(["1-3", "4-6", "7+"], [50, 26, 24])[0]
        lo, hi = {"1-3": (1, 3), "4-6": (4, 6), "7+": (7, 10)}[late]
        at = min(R.randint(lo, hi), users - 1)
        d["events"] = []
        if alert_only:
            d["events"].append(
                {
                    "alert": "alert_" + ("past" if first.endswith("past") else "ongoing"),
                    "alert_user_turn": R.randint(1, max(1, min(4, users - 2))),
                    "confirm": None,
                }
            )
        else:
            for i, e in enumerate(ev):
                a = None
                c = at if i == 0 else min(users - 1, at + R.randint(1, 3))
                if i == 0 and both:
                    if c == 1:
                        c = min(users - 1, R.choice([1, 2, 3]))
                    a = max(1, c - R.choice([1, 1, 1, 2, 2, 3, 4, 0 if R.random() < 0.1 else 1]))
                item = {
                    "alert": ("alert_past" if e.endswith("past") and R.random() < 0.75 else "alert_ongoing")
                    if a
                    else None,
                    "alert_user_turn": a,
                    "confirm": "confirm_" + e,
                    "confirm_user_turn": c,
                }
                item["said"] = R.choice(HOW) if R.random() < 0.75 else R.choice(VAGUE)
                d["events"].append(item)
        d["kind"] = "alert only" if alert_only else "crisis"
    out.append(d)
W = [
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
for w in range(N // 30):
    block = out[w * 30 : (w + 1) * 30]
    for i, d in enumerate(block):
        d["id"] = f"w{w:02d}-{i:02d}"
    Path(sys.argv[1], f"plan-{w:02d}.json").write_text(
        json.dumps(
            {
                "writer": w,
                "world": W[w % len(W)]
                + (" (other towns, other jobs, other families than you would think of first)" if w >= len(W) else ""),
                "dialogues": block,
            },
            indent=1,
        )
    )
