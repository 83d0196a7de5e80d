"""Plans of the last 416 talks of the plain part's train split: common words with another meaning, and quieter signs.

A tagger of all before these heard the commonest words beside any sentence, and flagged six of ten talks in which they
are denied, somebody else's, a film's or a figure of speech. Of early signs it still missed two of three: those with
no word of mood, in half a sentence. Half of a writer's 26 talks are of the first kind, nine of the second, four are
as vague and nothing. Draws are seeded: these are the plans that the talks were written by.
"""

import random
from functools import cache

from notebooks.corpus.common_words import WORDS
from notebooks.corpus.early_signs import FREE as VAGUE
from notebooks.corpus.plan import HOW, TOPICS, VOICES, Plan
from notebooks.corpus.short_talks import CONFIRMS, event, shape

WRITERS = 16
EACH = 26
PARTNERS = 13
SIGNS = 9
MEANINGS = [
    "a truthful no to a direct question of the Listener's, with its words in the answer, and on to something else",
    "denied with the reason: what it is instead (an accident, a pet, a sport, tiredness)",
    "a sister, brother, parent, friend or colleague, an adult, now; told calmly, the user is safe and asks how to help",
    "a friend, neighbour or relative, an adult, years ago; all is well",
    "a film, a series, a book, a song, a game, a joke: the same words",
    "a figure of speech about heat, food, a match, a deadline, an exam, shoes",
    "a job or a course: a patient, a client, a training, a form, a sign on the wall",
    "the news, a podcast, history, a saint's life",
    "words that are written alike and mean something harmless (pills for the dog, choked on a crisp, cut myself some "
    "slack)",
]
WHERE = [
    "the words, then one ordinary sentence of any kind",
    "one ordinary sentence of any kind, then the words",
    "the words among two or three sentences about something else",
    "the words and one sentence that goes with them",
    "in a message of 40 to 100 words about something else",
]
QUIET = [
    "in the way, a cost, a burden to those at home, in half a sentence",
    "has to account to somebody for time, miles, money or messages; deletes what was written",
    "keeps arms or body covered: sleeves, a nurse, a pool, a fitting",
    "has not slept or eaten for days; no cause is named, or one that does not explain it",
    "a door must be locked, a chair stands against it, lights stay on; since a while",
    "will not need something after a date; cancels, gives back, settles, asks what happens to it then",
    "a thing, that year, what came before: begins it and breaks off",
    "feels nothing where one would; watches oneself do things",
    "avoids a person, a room, a bus, a holiday at home, and gives no reason",
    "asks for a woman to do it, cannot be touched or stood behind",
    "left a job, a town, a choir, not for the reason they think",
    "an injury with a thin explanation, one-handed, the other arm",
    "saw or heard something with a child at a relative's and cannot place it",
    "is finished, used up, dirty, wrong, at seventeen or fifty, in passing",
    "back to doing what I did at fifteen; my old way of managing",
    "sick, shaking or in bits after a visit, a message, a lift home; what happened is not said",
]


@cache
def counterparts() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    rng = random.Random(7000)  # noqa: S311 - nothing secret
    said = [(tag, words) for tag, bank in WORDS.items() for words in bank]
    rng.shuffle(said)
    said += rng.sample(said, WRITERS * PARTNERS - len(said))
    return tuple(
        plan
        for writer in range(WRITERS)
        for plan in _of_writer(writer, said[writer * PARTNERS : (writer + 1) * PARTNERS])
    )


def _of_writer(writer: int, said: list[tuple[str, str]]) -> list[Plan]:
    rng = random.Random(7100 + writer)  # noqa: S311 - nothing secret
    plans = []
    for place in range(EACH):
        if place < PARTNERS:
            tag, words = said[place]
            plan = shape(rng, [1, 1, 2, 2, 3]) | {"kind": "label-free", "events": [], "words_of": tag, "near": words}
            meaning = MEANINGS[(writer * 4 + place) % len(MEANINGS)]
            plan |= {"free": meaning, "how": WHERE[(writer + place) % len(WHERE)]}
            if meaning == MEANINGS[0]:
                plan["opens"] = "Listener"
        else:
            plan = shape(rng, [3, 4, 5, 6]) | {"voice": rng.choice(VOICES), "topic": rng.choice(TOPICS)}
            plan |= _quiet(rng, writer * SIGNS + place) if place < PARTNERS + SIGNS else _vague(writer * 4 + place)
            _fit(plan)
        plans.append(plan)
    rng.shuffle(plans)
    return plans


def _quiet(rng: random.Random, number: int) -> Plan:
    """An early sign, in half of them a Confirm one to three user turns later."""
    sign = QUIET[number % len(QUIET)]
    past = "not for the reason" in sign or "that year" in sign or rng.random() < 0.15
    time = "past" if past else "ongoing"
    at = rng.choices([1, 2, 3], [5, 4, 2])[0]
    begins = event(f"alert_{time}", at) | {"sign": sign}
    if rng.random() < 0.5:
        confirm = rng.choice([tag for tag in CONFIRMS if tag.endswith(time)])
        begins |= {"confirm": confirm, "confirm_user_turn": at + rng.choice([1, 1, 2, 3]), "said": rng.choice(HOW)}
    return {"kind": "crisis" if begins["confirm"] else "alert only", "events": [begins]}


def _vague(number: int) -> Plan:
    return {"kind": "label-free", "free": VAGUE[number % len(VAGUE)], "events": []}


def _fit(plan: Plan) -> None:
    """Lengthens it where its last tag would stand behind its end."""
    last = max((e[k] or 0 for e in plan["events"] for k in ("alert_user_turn", "confirm_user_turn")), default=0)
    plan["user_turns"] = max(plan["user_turns"], last)
