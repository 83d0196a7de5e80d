"""Plans of 416 more talks of the plain part's train split: tablets, more acts told without their name, and much that
sounds like either.

Of 38 crises that somebody else wrote, the tagger of all before these heard the plain ones and half of the described
ones; tablets saved up, a stomach pumped, arms held down were missed, and the morning's medicine was flagged
(``notebooks/LOG.md``). A kind of act needs as many examples as a wording did. Of a writer's 26 talks 11 hold an act,
ten an ordinary neighbour, five strong words that mean something else. Draws are seeded: these are the plans that the
talks were written by.
"""

import random
from functools import cache

from notebooks.corpus.described_acts import ACTS, of_writer, often, pairs_of
from notebooks.corpus.plan import Plan

WRITERS = 16
EACH = 26
TOLD = 11
NEAR = 10
OF_TABLETS = 4
"""So many of a writer's acts, and of the neighbours, are of tablets."""
TABLETS = {
    "confirm_SI_active_ongoing": {
        "took a whole box of painkillers an hour ago, meant it; is scared now, or calm": "took painkillers an hour ago "
        "for the head, back, tooth; asks when the next is due",
        "swallowed all the sleeping tablets that were left, does not want to wake": "one sleeping tablet on the "
        "flight, the night shift; slept well",
        "has saved up tablets for months, counted them out on the desk, the bed": "counts out a week of tablets for "
        "gran, the dog, into the box",
        "took all of mum's, dad's heart, blood-pressure tablets on purpose tonight": "collects mum's, dad's tablets "
        "from the chemist, they changed the brand",
        "sits with the tablets and a bottle before them, wants it to be over": "wine and antibiotics: asks whether "
        "that goes together",
        "took far too many last night so as to die, told nobody, is being sick": "took a second dose by mistake, the "
        "helpline laughed and said all is fine",
        "took everything in the cabinet; please do not tell mum, a nurse": "threw everything in the cabinet out; past "
        "its date",
        "went round several shops for packets so that it is enough": "went round several shops for vitamins, cough "
        "sweets, nothing left",
        "does not swallow the tablets the ward gives, hides them for the day": "the cat, toddler spits the tablets "
        "out; hides them in cheese",
        "injected all the insulin on purpose; it will be over by morning": "new insulin pen, pump; all well, one "
        "question",
        "took the tablets, then texted goodbye, ambulance or not": "took the tablets as the doctor said; morning, "
        "evening, with food",
        "pills are next to the bed, takes them when the house is asleep": "pills are next to the bed so as not to "
        "forget: thyroid, allergy, contraception",
    },
    "confirm_SI_active_past": {
        "had the stomach pumped at fifteen, at uni, after a box of tablets; wanted to die": "stomach bug, a camera "
        "test, food poisoning at fifteen, at uni",
        "two days in intensive care, some years ago, took every pill in the house": "two days in hospital some years "
        "ago: appendix, gall bladder",
        "tablets, in the bath, before the divorce; a sister broke the door": "locked in the bathroom by mistake; a "
        "sister broke the door",
        "told them all it was a mix-up with the tablets; it was none; long ago": "a real mix-up with the tablets, long "
        "ago, funny now",
        "drank what was under the sink, as a teenager, so as not to be there any more": "tidied what was under the "
        "sink; a smell, a leak",
        "hoarded pills in a sock in the first year, took them, flatmate called the ambulance": "flatmate called the "
        "ambulance in the first year: an ankle, an allergy",
    },
}
MORE = {
    "confirm_SI_active_ongoing": {
        "the rope is in the garage, shed; tonight, when the others are out": "a rope in the garage: a swing, a boat, "
        "a move",
        "sits in the car in the closed garage and does not mean to come out": "sits in the car in the garage, five "
        "quiet minutes before the kids",
        "has written a card for each of the children's birthdays to come, will not be there": "writes cards for all "
        "the children's birthdays, organised for once",
        "is on the wrong side of the railing, the seventh-floor window": "leans on the railing, window: a view, a "
        "wedding photo",
    },
    "confirm_SI_passive_ongoing": {
        "keeps hoping the scan, the biopsy says it is the end": "hopes the scan says it is nothing",
        "envies the people in the death notices": "reads the death notices of the village, like gran did",
        "wishes they had never been born, every day now": "wishes they had never bought the car, dog, house",
    },
    "confirm_SH_ongoing": {
        "punches the wall until the knuckles split, each time it gets too much": "knuckles split from boxing, "
        "plastering, cold weather",
        "puts cigarettes out on the own leg": "cigarette ash burnt a hole in the jeans",
        "scissors, in the school toilet, on the thigh": "scissors, hair, a fringe gone wrong at school",
        "scratches with a compass point, pin in the lesson until it bleeds": "a pin, needle: sewing a costume",
        "cut deeper than meant last night; does it need a stitch": "cut the thumb on a tin; does it need a stitch",
        "started again after two years, the blade in the phone case": "started again after two years: running, gym",
    },
    "confirm_SH_past": {
        "matches on the ankle, in the first year away; stopped": "matches, a campfire, first year of scouts",
        "used to bang the own head on the wall, as a student, till it was quiet": "banged the head on a beam as a "
        "student",
        "old lines under the sleeve from a razor, nine years clean": "old lines on the sleeve: a coffee stain, paint",
    },
    "confirm_DV_ongoing": {
        "pushed me down the stairs on Sunday, says I slipped": "slipped on the stairs on Sunday, the partner drove me "
        "to hospital",
        "sits on me until I cannot breathe": "the dog, cat sits on me until I cannot breathe",
        "counts my petrol, the receipts, calls work to ask whether I am there": "counts petrol and receipts together, "
        "a budget",
        "kicked the dog and said that I am next": "the dog kicked, chewed; the partner is next to walk it",
        "slaps me in front of the kids when dinner is late": "dinner is late, kids high-five, slap hands",
        "burnt me with the iron, the pan, meant it": "burnt a shirt with the iron, partner laughed",
    },
    "confirm_DV_past": {
        "he broke my jaw, four years back; I still hear the key in the door": "broke my jaw at football, four years "
        "back",
        "she hit me with the phone, the shoe, back when we lived together": "she hit me with the news, back when we "
        "lived together: we move",
        "I was not allowed out, no friends, no bank card, for six years; he is gone": "not allowed out for six weeks: "
        "a cast, an operation",
    },
    "confirm_CA_ongoing": {
        "mum puts her cigarette out on my arm": "mum gives up cigarettes, a patch on her arm",
        "have to kneel on the floor for hours when dad is angry": "kneel on the floor for hours: tiles, gardening",
        "dad kicks me, my brother, in the ribs, when he comes home": "brother kicked me in the ribs at football",
        "we sleep outside, in the stairwell, when mum's boyfriend drinks": "slept outside, in a tent, with mum's "
        "boyfriend",
        "he films me in the bath, shower; I am twelve": "films me at the swim meet; I am twelve",
    },
    "confirm_CA_past": {
        "as a kid locked in the cellar, the attic for days without food": "as a kid played in the cellar, the attic",
        "boiling water on my hands, for wetting the bed, at six": "hands in hot soup at six, an accident, mum cried",
        "what the babysitter, cousin made me do under the blanket": "what the babysitter, cousin told us under the "
        "blanket: ghost stories",
        "tied to the bed, chair, when they went out": "tied shoelaces, kites with dad when they came home",
    },
    "confirm_SHA_ongoing": {
        "my boss's hand on my lower back, then lower, each time we are alone": "my boss's hand in plaster; alone at "
        "the till",
        "rubs my shoulders from behind and whispers what he would do": "rubs my shoulders: a physio, a friend, sore "
        "neck",
        "the landlord says the rent can be paid otherwise, looks at my body": "the landlord says the rent can be paid "
        "later, by transfer",
        "a teacher, trainer writes at night and wants a picture without the top": "a teacher, trainer wants a picture "
        "for the website",
    },
    "confirm_SHA_past": {
        "the chef used to press himself against us in the cold store": "the chef used to pack us lunch in the cold "
        "store",
        "a colleague put a hand in my blouse at the Christmas do, years ago": "a colleague spilt wine on my blouse at "
        "the Christmas do",
    },
    "confirm_RA_ongoing": {
        "told him stop on Friday, he held my arms down until he was done": "told him stop on Friday, tickled until I "
        "cried laughing",
        "too drunk to stand, he took me home and did it; I know from the sheets": "too drunk to stand, he took me "
        "home, made tea, slept on the sofa",
        "my husband does it although I cry, says it is his right": "my husband cries at films, does it every time",
    },
    "confirm_RA_past": {
        "said stop, he held my arms down till he was done; I was nineteen": "held my arms down, a wrestling match; I "
        "was nineteen",
        "my boyfriend at school did it although I pushed him off": "my boyfriend at school pushed me off the jetty, "
        "summer",
        "the taxi driver did not drive me home, that night; long ago": "the taxi driver drove me home for nothing, "
        "that night; long ago",
    },
}  # fmt: skip
"""Per Confirm what is told, and its ordinary neighbour, as in ``described_acts.py``."""
SAID = [
    "a figure of speech with want to die, kill me now, shoot me, dead about an exam, a shift, a date, shame, food, "
    "heat",
    "the very words of a crisis about something harmless: a boss who keeps touching base, beaten at a game, forced to "
    "watch golf, hurt a knee, scared to death of a spider, a haircut too short, cut back on sugar",
    "the morning's, evening's medicine, a dose, a prescription, a packet from the shop: practical, all is well",
    "says in the commonest words of a crisis that it is NOT so, asked or unasked, and means it",
    "a colleague, friend, neighbour, cousin in a crisis, told in its commonest words; the user is well, asks what to "
    "do",
    "a film, series, book, game, song, news item in which it happens, told in the commonest words of a crisis",
    "a bad day, week, a row, exhaustion, tears; nothing else in it",
]


@cache
def more_acts() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    rng = random.Random(9000)  # noqa: S311 - nothing secret
    others = pairs_of(MORE) * 2 + rng.sample(pairs_of(ACTS), 60)
    drawn = [
        [often(rng, pairs_of(TABLETS), WRITERS * OF_TABLETS), often(rng, others, WRITERS * (each - OF_TABLETS))]
        for each in (TOLD, NEAR)
    ]
    plans = []
    for writer in range(WRITERS):
        own = random.Random(9100 + writer)  # noqa: S311 - nothing secret
        acts, nears = ([pair for bank in banks for pair in bank[writer::WRITERS]] for banks in drawn)
        said = [SAID[(writer * 5 + place) % len(SAID)] for place in range(TOLD + NEAR, EACH)]
        plans += of_writer(own, writer, acts, nears, said, turns=[1, 1, 1, 2, 2, 3, 4])
    return tuple(plans)
