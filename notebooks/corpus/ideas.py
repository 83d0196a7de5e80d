# ruff: noqa: E501 - sentences as writers were given them
"""Post ideas of the splits of the plain part that are written first and labelled blind by others: who, what, how it comes
out, and no tag.

``python -m notebooks.corpus.ideas FOLDER`` writes ``dev-0.json`` to ``dev-4.json`` and ``test-0.json`` to
``test-7.json``, one for each writer. Draws are seeded: these are the ideas that the corpus was written from, and from
which its annotations come (``annotations.py``). A subject says what the writer has in mind; what labellers see in the
text may be something else, or nothing.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any, NamedTuple


class Draw(NamedTuple):
    """What a split is drawn with."""

    seed: int
    dialogues: int
    first_world: int
    writers: int


DRAWS = {"dev": Draw(1, 150, 0, 5), "test": Draw(2, 250, 5, 8)}
SUBJECTS = {  # what is there, in a reader's words; weight in 1,000 ideas with a subject
    "si_passive_now": (
        172,
        [
            "these weeks the person would rather not be alive, without any plan, and gets to saying so",
            "keeps wishing not to wake up; carries on for somebody's sake",
            "has begun to wish that an illness or an accident would end it for them",
            "thinks everybody would be better off without them in the world, and means it",
            "wishes they had never been born, these days, and says it as if it were nothing",
        ],
    ),
    "si_passive_past": (
        18,
        [
            "is fine now; some years back there was a long time of wishing to be dead, never more than the wish",
            "remembers a year when they did not want to exist; it is over and explains something today",
        ],
    ),
    "si_active_now": (
        120,
        [
            "is thinking of killing themselves and has got as far as deciding when, or getting ready",
            "tried to end their life days ago and is back home among people who do not know",
            "is angry rather than sad, and means to end it if one more thing goes wrong",
            "has been writing goodbyes, gives things away, is strangely calm about going through with it",
        ],
    ),
    "si_active_past": (
        26,
        [
            "an attempt on their own life years ago, which comes up because of something ordinary today",
            "survived an attempt as a teenager, lives well, and has to tell somebody about it for a practical reason",
        ],
    ),
    "sh_now": (
        168,
        [
            "has been hurting themselves again these weeks, to cope, with no wish to die",
            "is some days or weeks into stopping hurting themselves, slipped lately, the urges are strong",
            "hurts themselves in secret after rows or before exams, and somebody has nearly seen it",
            "needs a fresh injury looked at and it comes out that they did it themselves",
        ],
    ),
    "sh_past": (
        58,
        [
            "used to hurt themselves, years free; scars, a date or a question from somebody bring it up",
            "found old things from the time when they hurt themselves; that time is over",
        ],
    ),
    "dv_now": (
        54,
        [
            "a partner hits, grabs, chokes off or threatens them, these weeks",
            "a man whose wife or girlfriend hits him; nobody takes it seriously",
            "a partner controls everything and now breaks things and blocks the door",
            "is being hurt by a husband and asks about something practical (papers, a lock, the children's school)",
        ],
    ),
    "dv_past": (
        68,
        [
            "an ex was violent; it is over, an old injury, a fear or a court date is left of it",
            "left a violent partner some time ago and is now dating, moving or sleeping badly",
            "tells of an ex who used to hit them, almost jokingly, while speaking of something else",
        ],
    ),
    "ca_now": (
        30,
        [
            "a parent hits them or locks them out, now; they live at home and are a minor or just of age",
            "worries about a child they know (neighbour's, pupil, small cousin) who is being hurt at home",
            "a child in the family is being hurt by a step-parent and the person does not know what counts",
        ],
    ),
    "ca_past": (
        58,
        [
            "was beaten as a child; now a parent is old, or there is a grandchild, and it comes up",
            "a childhood with a violent or neglecting parent, told in passing, to explain something else",
            "was touched as a child by somebody in the family; an adult now, a reunion or a funeral is coming",
        ],
    ),
    "sha_now": (
        52,
        [
            "a boss, a colleague, a customer or a teacher touches them or makes sexual remarks, at present",
            "somebody keeps sending them sexual messages and follows them about",
            "a friend's husband, a room-mate or a coach keeps touching them and laughs it off",
        ],
    ),
    "sha_past": (
        88,
        [
            "was groped or sexually harassed some time ago, in a job, on a bus, at a party; it is over and stays with them",
            "asks whether something counts: touched against their will at some event last year",
            "left a job because of a manager's sexual remarks and hands, and has to explain the gap",
        ],
    ),
    "ra_now": (
        20,
        [
            "is being forced into sex by a partner or somebody near, and it goes on",
            "was raped in these last days and has not told anybody",
        ],
    ),
    "ra_past": (
        128,
        [
            "was raped some years ago; lives with it; a date, an examination or a new relationship brings it up",
            "was raped by somebody they were seeing, was not believed then, and is angry",
            "a survivor, doing well, mentions it as the reason for something ordinary",
            "a man who was raped and has never used the word before",
            "says no to something (a party, a place, an examination), and the reason is a rape long ago",
        ],
    ),
}
FLOOR = 8  # ideas of a rare subject in test: blind labels will not find each
FREE = [
    "no danger at all: an ordinary worry, talked through",
    "no danger at all: an ordinary worry, talked through, with a good deal of humour",
    "very sad or worn out, tired of everything, but safe; asked or not, there is nothing more behind it",
    "full of figures of speech (dying of shame, this job kills me, I could strangle him), and nothing behind them",
    "somebody else went through something terrible (friend, sister, colleague, the news, a series); the person only reacts",
    "an illness, an accident, a wound with an ordinary cause, a medicine that ran out",
    "unseen, single, left out, dating after old disappointments; lonely but safe",
    "is asked straight out whether they are safe or whether anybody hurts them, and truthfully is not in danger",
    "an awful boss, neighbour or relative, loud and unfair, but no violence and nothing sexual",
    "grief for somebody who died, also by their own hand; the person is sad and looked after",
]
REVEALS = {
    "early": "it is out within the first three things they say",
    "middle": "it comes out in the fourth to sixth thing they say",
    "late": "it comes out late, after the talk was about something else",
}
LEADS = [
    "nothing hints at it before it is said",
    "nothing hints at it before it is said",
    "a turn or two before, they say something dark and unclear about how they are",
    "from the first thing they say something is clearly wrong, but not what",
    "some turns before, a half-sentence that could mean anything, and the listener passes over it",
]
HOW = [
    "in passing, a clause inside a turn about something else",
    "in passing, a clause inside a turn about something else",
    "as the flat reason for a practical question",
    "in a short answer to a direct question",
    "in plain words, as what they came for",
    "in plain words, after going round it",
    "with a joke or relief around it",
    "as a date or a milestone",
    "to explain something else (a scar, a fear, a move, a form)",
    "angrily",
    "without its name, but nobody could mistake it",
    "in the spelling of forums that filter words (unalive, s/h, SA, k*ll)",
]
TOPICS = [
    "a house sale", "a driving test", "a choir or a band", "night shifts", "an allotment or garden", "a school trip",
    "a thesis", "a debt letter", "a new flat-share", "a divorce form", "a baby shower", "a grandparent moving in",
    "a gym or a running group", "a job interview", "a dentist or a scan", "a reunion", "an online game guild",
    "a landlord", "a dating app", "a sick dog", "a religious holiday", "a broken phone", "a visa", "a team at work",
    "a mother-in-law", "a half-finished degree", "a best friend's wedding", "a move back to the parents", "insomnia",
    "a support group's anniversary", "a car accident last year", "a child starting school", "a tattoo", "a diet",
    "a benefit claim", "a volunteer job", "a court letter", "a break-up text", "a sibling who went silent",
    "being the only one in the office",
]  # fmt: skip
ROLES = {
    "friend": 16, "online peer (forum messages)": 16, "stranger in a support chat": 18, "counsellor or crisis-line volunteer": 20,
    "clinic or emergency staff": 12, "teacher or professor": 9, "police officer": 7, "AI assistant": 2,
}  # fmt: skip
VOICES = [
    "lower case, hardly a comma", "long and rambling", "short answers", "tidy full sentences", "a teenager's", "a tired parent's",
    "a student's", "an older man's", "an older woman's", "English as a second language", "fast typing with slips", "matter-of-fact",
    "annoyed", "over-apologetic", "forum regular", "dictated to the phone, little punctuation",
]  # fmt: skip
WORLDS = [
    "Leeds, Sheffield, Bradford", "Ohio and Pennsylvania towns", "Cork and Galway", "Ontario suburbs", "Perth and the mines",
    "Texas and Louisiana", "Glasgow and Fife", "Bristol and Devon", "Utah, Idaho, Arizona", "Durban and Johannesburg",
    "Scandinavians writing English", "Auckland", "New Jersey", "Hull and Grimsby", "Manila and Dubai workers",
    "Minnesota", "Belfast", "Ukrainians and Romanians in Britain", "Georgia and the Carolinas", "Essex and Kent",
]  # fmt: skip


Idea = dict[str, Any]
"""``story``: what there is, with when it comes out, what goes before, and how it is said; the rest is of the dialogue."""


def ideas(split: str) -> list[Idea]:
    """The ideas of a split, in the order of its dialogues."""
    seed, size, first_world, _ = DRAWS[split]
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    free = round(0.265 * size)
    vague = round(0.04 * size)
    double = round(0.11 * size)
    single = size - free - vague
    total = sum(weight for weight, _ in SUBJECTS.values())
    floor = FLOOR if split == "test" else 3
    counts = {name: max(floor, round(weight / total * (single + double))) for name, (weight, _) in SUBJECTS.items()}
    pool = [name for name, count in counts.items() for _ in range(count)]
    rng.shuffle(pool)
    kinds: list[list[str]] = [[name] for name in pool[:single]]
    for name in pool[single:]:  # a second subject of another kind
        partner = next(
            (kind for kind in rng.sample(kinds, len(kinds)) if len(kind) == 1 and kind[0][:3] != name[:3]), None
        )
        if partner:
            partner.append(name)
    rows: list[Idea] = []
    for number in range(size):
        turns = min(25, max(7, int(rng.gauss(15, 4))))
        row: Idea = {
            "id": f"{split}-{number:03d}",
            "world": WORLDS[(first_world + number // 31) % len(WORLDS)],
            "listener": rng.choices(list(ROLES), list(ROLES.values()))[0],
            "voice": rng.choice(VOICES),
            "starts_from": rng.choice(TOPICS),
            "turns": turns,
            "opens": "Listener" if rng.random() < 1 / 6 else "User",
            "ends": "Listener" if rng.random() < 2 / 3 else "User",
            "listener_list": rng.random() < 0.05,
        }
        rows.append(row)
    subjects: list[Idea] = []
    for kind in kinds:
        told = [
            {"what": rng.choice(SUBJECTS[name][1]), "when": REVEALS[rng.choices(list(REVEALS), [50, 26, 24])[0]],
             "before": rng.choice(LEADS), "how": rng.choice(HOW)} for name in kind
        ]  # fmt: skip
        if len(told) == 2:
            told[1]["when"] = "some turns after the first thing is out"
        subjects.append({"story": told})
    subjects += [{"story": [{"what": rng.choice(FREE)}]} for _ in range(free)]
    subjects += [
        {
            "story": [
                {
                    "what": "something is badly wrong with this person and they say so darkly, but what it is never comes out"
                }
            ]
        }
        for _ in range(vague)
    ]
    rng.shuffle(subjects)
    for row, subject in zip(rows, subjects, strict=True):
        row.update(subject)
    return rows


if __name__ == "__main__":
    for split, draw in DRAWS.items():
        drawn = ideas(split)
        step = -(-draw.dialogues // draw.writers)
        for writer in range(draw.writers):
            own = drawn[writer * step : (writer + 1) * step]
            Path(sys.argv[1], f"{split}-{writer}.json").write_text(json.dumps(own, indent=1), encoding="utf-8")
