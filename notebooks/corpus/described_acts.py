"""Plans of the last 520 talks of the plain part's train split: what was done, told without its name.

A tagger of all before these knew "an overdose" and missed a box of tablets taken on purpose, knew "hits me" and
missed a burnt arm, and flagged the morning's medicine (``notebooks/LOG.md``). Here each Confirm is told by what
happened, each with an ordinary neighbour of like words. Of a writer's 26 talks 13 hold an act, nine a neighbour; four
hold strong words that are a figure of speech or somebody else's. Draws are seeded: these are the plans that the talks
were written by.
"""

import random
from functools import cache

from notebooks.corpus.plan import Plan
from notebooks.corpus.short_talks import event, shape

WRITERS = 20
EACH = 26
TOLD = 13
NEAR = 9
ACTS = {
    "confirm_SI_active_ongoing": {
        "took a whole packet of tablets today, on purpose or wanting it all to stop; frightened now": "took the "
        "tablets as the doctor said, this morning, with breakfast",
        "swallowed everything in the medicine cabinet an hour ago": "cleared out the medicine cabinet, took it all to "
        "the chemist",
        "has been saving up tablets for it, counts them": "counts out tablets for a parent's weekly box",
        "has the day fixed for it, everything is arranged": "has a day fixed for a trip, a party, all is arranged",
        "letters to everybody are written, they lie on the table": "letters, cards are written: thank-you notes, "
        "invitations",
        "stands on the bridge, the roof, the platform, and does not mean to go home": "stands on the bridge, the "
        "platform: a run, a view, a train that is late",
        "bought what is needed for it, it is in the wardrobe": "bought a present, it is hidden in the wardrobe",
        "gave the pet away so that it has a home afterwards; after the weekend there is no me": "gives the pet to a "
        "sitter for a holiday",
        "walked into the sea last night to not come back, turned round": "walked into the sea: cold-water swimming",
        "drank and took pills together last night so as not to wake; woke": "a drink on top of hay-fever pills, woke "
        "late with a thick head",
        "knows how, knows when, has only to do it": "knows how and when: a job, a proposal, a resignation",
        "tonight is the last night, says goodbye": "the last night in a flat, a hotel, a job: says goodbye",
    },
    "confirm_SI_active_past": {
        "a parent found them in time, years ago, and cut them down": "cut down a tree, a branch, a swing years ago",
        "stomach was pumped at sixteen after the tablets; meant not to wake": "stomach upset, a scan, a camera down "
        "the throat at sixteen",
        "drove off on purpose, once, at the wall": "drove into a wall, a post, by accident, on ice",
        "climbed over the railing, a stranger held on to them, years ago": "climbed a railing, a fence as a kid, got "
        "stuck",
        "woke in hospital and was angry to be alive, back then": "woke in hospital after an operation, back then",
        "had the rope, the letter, the day, at nineteen": "had a rope, a harness, a climbing club at nineteen",
        "jumped, in that year; that is why the leg is pinned": "jumped, at long jump or off a shed; leg is pinned",
        "that spring: all of mum's tablets; three days in intensive care": "that spring: mum's tablets were changed, "
        "three days in hospital for her",
    },
    "confirm_SI_passive_ongoing": {
        "hopes every night that the morning does not come": "hopes that the morning comes late: wants to sleep in",
        "would not step out of the way if a lorry came": "did not step out of the way, a bike clipped them",
        "prays to be taken, to be let go": "prays for the bus to come, for the test to be over",
        "wishes to go to sleep and not get up any more, ever": "wishes to sleep for a week: new baby, exams",
        "does not see the point of there being a me": "does not see the point of a meeting, a course",
        "the family would get over it and have it easier": "the family would get over it: missing a Christmas, a move",
        "looks at the tracks and thinks how quiet it would be": "looks at the tracks, waits, thinks of a quiet holiday",
        "is done with living, only too tired to do anything about it": "is done with moving house, too tired for "
        "boxes",
    },
    "confirm_SI_passive_past": {
        "in that year hoped each night not to see the next day": "in that year hoped each night for snow, no school",
        "would not have minded the plane going down, then": "was afraid on a plane that went up and down, then",
        "back then thought they would all manage better with me gone": "then thought the team would manage with me "
        "gone: left a job",
        "prayed as a teenager to be taken": "prayed as a teenager to be picked for the team",
        "there was a time I wanted it all to stop, me too": "there was a time I wanted it to stop: a noise, a "
        "renovation",
    },
    "confirm_SH_ongoing": {
        "the blade is back, on the thighs, most evenings": "cut a finger on the blade of a mixer, a razor, shaving",
        "holds something hot to the arm to feel calm": "burnt the arm on the oven, the iron, a pan",
        "picks until it bleeds, on purpose, when it gets loud inside": "a scab, a rash, a dry lip that bleeds",
        "long sleeves in this heat because of what I did last night to my arms": "long sleeves in this heat: sunburn, "
        "a uniform, mosquitoes",
        "there are new ones on the leg, did them on Sunday": "new bruises, blisters on the leg from a match, a hike",
        "hits own head, legs with the fist until it stops": "hit the head on a shelf, a cupboard",
        "bites the hands hard so as not to scream, marks every day": "the puppy bites the hands, marks everywhere",
        "was forty days without, last night undone": "forty days without sugar, cigarettes; last night undone",
        "keeps the tin with the blades under the bed, used it today": "keeps a tin under the bed: letters, savings",
        "the cat did not do these scratches, I did": "the cat did these scratches",
    },
    "confirm_SH_past": {
        "the lines on the arm are old, did them myself at fifteen": "the line on the arm is old: an operation, a "
        "fence at fifteen",
        "gave the blades to the school nurse, six years ago, none since": "gave blood, a form to the school nurse",
        "used a lighter on the skin, back then, at college": "used a lighter, smoked, back then, at college",
        "starts the tattoo over the marks I made": "starts a tattoo over an old tattoo",
        "hid it under wristbands for all of year ten": "wore wristbands all of year ten: bands, concerts",
    },
    "confirm_DV_ongoing": {
        "the hand at the throat, last week, against the fridge": "a lump in the throat, a hand on the fridge",
        "he threw the plate, it was the third time, this one hit me": "dropped, threw a plate in the kitchen; a "
        "clumsy day",
        "she locks me out in the cold when I come late": "locked out: keys inside, the partner at work",
        "he took my keys, card, phone; I have to ask": "he took my keys by mistake, wrong jacket",
        "drags me by the hair": "the toddler pulls my hair; the hairdresser",
        "tells people I fall a lot; I do not fall": "I fall a lot: skating, icy steps",
        "follows me to work, sits outside, reads everything on the phone": "the dog follows me; a partner picks me up",
        "I sleep in the car when he has been drinking": "I slept in the car: a festival, a broken boiler",
        "she bit, scratched me, the men at work laugh": "the cat, a toddler bit me, they laugh at work",
        "he stands in the door, I cannot leave, then he says sorry with flowers": "he stood in the door with flowers: "
        "anniversary",
        "a broken wrist; the hospital thinks stairs, it was him": "a broken wrist; it was the stairs",
        "puts a knife on the table when we talk about me leaving": "knife on the table, onions, dinner together",
    },
    "confirm_DV_past": {
        "my first husband, my nose is crooked from him": "my nose is crooked from rugby",
        "left with the kids in a taxi, at night, while he was passed out; he'd have done it again": "left at night in "
        "a taxi, early flight with the kids",
        "the shelter, years ago, the new name": "the animal shelter years ago, the new name of the dog",
        "she used to throw what was in her hand, I have the scar; long divorced": "we used to throw a ball in the "
        "yard, scar from that",
        "two years of asking him for bus money, of being timed": "two years of bus rides, always on time",
        "he held me under water, once; the marriage ended that summer": "he held my hand on the boat; married that "
        "summer",
    },
    "confirm_CA_ongoing": {
        "my mum, stepmum holds my arm on the cooker, when I answer back": "burnt my arm on the cooker making eggs",
        "dad takes the belt off when grades come": "dad bought a belt, grades came, he was pleased",
        "he comes into my room at night, I am thirteen, mum does not believe me": "the little brother comes into my "
        "room at night, I am thirteen",
        "locked in the shed, the cellar when they are angry": "got locked in the shed by mistake, laughed",
        "no food when I did something wrong; since weeks": "no food in the house, payday; mum comes with pizza",
        "uncle makes me sit on his lap and I do not want what he does then": "uncle beat me, at chess, at tennis",
        "marks on the back, have to skip PE": "skip PE: a cold, a sprain",
        "my partner shakes, hurts our little one when I am out": "our little one shakes, has a fever",
    },
    "confirm_CA_past": {
        "the belt, the wooden spoon, the cupboard, all through primary school": "the wooden spoon, gran's kitchen, all "
        "through primary school",
        "what grandad did when I stayed over, from six to nine": "stayed over at grandad's from six to nine; train "
        "sets",
        "the coach, the choir leader, the shower room, I was ten": "the coach, the choir leader, the bus, I was ten; "
        "good times",
        "mother held my head under the tap": "mother washed my hair under the tap",
        "slept with a chair against the door as a child because of him": "slept with a light on as a child: ghosts",
        "taken into care at eight because of what was done at home": "moved school at eight because of dad's job",
    },
    "confirm_SHA_ongoing": {
        "hand under the skirt in the lift, twice this month": "hand on the door of the lift, held it for me",
        "he stands so close at the copier that I feel him; asks what I wear under it": "he stands at the copier all "
        "day; asks what to wear for the party",
        "pictures of himself, undressed, since the course began": "pictures of his baby, since the course began",
        "the customer's hand on my behind, every Friday; the boss says smile": "the customer complains every Friday; "
        "the boss says smile",
        "whistles, what he would do with me, each time I pass the site": "whistles, songs at the site; they wave",
        "he makes the noise when I bend down; the others laugh": "the chair makes a noise when I bend; they laugh",
        "shifts for a kiss: that is how he plans the rota": "swaps shifts; that is how she plans the rota",
    },
    "confirm_SHA_past": {
        "on the night bus a man pressed himself against me": "on the night bus a man fell asleep on my shoulder",
        "the manager shut the store room behind us and reached": "the manager shut the store, reached the bus",
        "the professor's hand on my knee, all through the oral": "the doctor's hammer on my knee",
        "somebody filmed me in the changing room": "somebody filmed the match in the changing room, all dressed",
        "he showed himself to me in the park, at sixteen": "he showed me round the park",
        "in the queue at the club a hand went where it had no business": "in the queue at the club my phone fell out",
    },
    "confirm_RA_ongoing": {
        "woke this morning without clothes, sore, do not remember, did not want it": "woke with a headache after a "
        "party, in my own bed, all well",
        "something was in the drink on Saturday, and then he was on top of me": "something was in the drink: too much "
        "ginger",
        "I said no last night, he went on": "I said no to a second helping, she went on filling the plate",
        "he takes it when I sleep; we are married, he says": "he takes the blanket when I sleep; married life",
        "need the morning-after pill, it was not my choice": "need the morning-after pill; the condom broke, boyfriend "
        "is here too",
        "he says he puts the pictures online unless I do it with him again": "he puts pictures online: our holiday",
    },
    "confirm_RA_past": {
        "after the party, two of them, I was seventeen and could not move": "after the party, two of us walked home, "
        "seventeen",
        "froze, said no, it happened; my first year": "froze at an exam, my first year",
        "he did not stop when I asked; I married somebody else": "the rain did not stop when we married",
        "the kit, the nurse, the police, eight years ago, never went to court": "the first-aid kit, the nurse, a "
        "broken arm eight years ago",
        "what the masseur, the doctor did then had nothing to do with my back": "what the masseur did helped my back",
        "my date locked the car doors, and I still smell that car": "my date locked the keys in the car",
    },
}  # fmt: skip
"""Per Confirm what is told, and its ordinary neighbour. Each writer finds other words and details."""
HOW = [
    "alone: one or two short sentences",
    "what happened, then what they want now (is it dangerous, whom to call, does it count)",
    "ordinary talk first, then what happened, in one clause",
    "among three or four sentences about something else",
    "a short answer to the Listener's question",
    "in a message of 40 to 90 words, most of it about something else",
]
SAID = [
    "a figure of speech in the commonest words (makes me want to die, kill me now, could shoot myself) about an exam, "
    "a shift, food, shame; the whole message is short",
    "a brother, sister, friend, child or colleague hurts themself, wants to die, took something, now; the user is "
    "worried for them, asks what to do; in the most common words",
    "a bad, long, awful week, day or night; nothing else",
    "somebody else's act as in the acts of this plan, told in the third person; the user is well",
]


Pair = tuple[str, str, str]
"""A Confirm, what is told of it, and the ordinary neighbour."""


@cache
def described_acts() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    rng = random.Random(8000)  # noqa: S311 - nothing secret
    acts, nears = (often(rng, pairs_of(ACTS), WRITERS * each) for each in (TOLD, NEAR))
    plans = []
    for writer in range(WRITERS):
        own = random.Random(8100 + writer)  # noqa: S311 - nothing secret
        told, near = acts[writer * TOLD : (writer + 1) * TOLD], nears[writer * NEAR : (writer + 1) * NEAR]
        said = [SAID[(writer + place) % len(SAID)] for place in range(TOLD + NEAR, EACH)]
        plans += of_writer(own, writer, told, near, said, turns=[1, 1, 2, 2, 3, 4])
    return tuple(plans)


def pairs_of(bank: dict[str, dict[str, str]]) -> list[Pair]:
    """Of all Confirms, in the bank's order."""
    return [(tag, act, near) for tag, acts in bank.items() for act, near in acts.items()]


def often(rng: random.Random, pairs: list[Pair], number: int) -> list[Pair]:
    """So many of them in a shuffled order, each as often as the others."""
    found = [*pairs * (number // len(pairs)), *rng.sample(pairs, number % len(pairs))]
    rng.shuffle(found)
    return found


def of_writer(
    rng: random.Random, writer: int, acts: list[Pair], nears: list[Pair], said: list[str], *, turns: list[int]
) -> list[Plan]:
    """A writer's plans, shuffled: these acts told, then these neighbours, then what is said otherwise.

    Args:
        turns: numbers of user turns, equally often.
    """
    plans = []
    for place in range(len(acts) + len(nears) + len(said)):
        plan = shape(rng, turns) | {"events": []}
        how = HOW[(writer + place) % len(HOW)]
        near = place - len(acts)
        if near < 0:
            tag, act, _ = acts[place]
            at = min(rng.choice([1, 1, 2, 3]), plan["user_turns"])
            plan |= {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at) | {"said": act, "how": how}]}
        elif near < len(nears):
            tag, _, free = nears[near]
            plan |= {"kind": "label-free", "words_of": tag, "free": free, "how": how}
        else:
            plan |= {"kind": "label-free", "free": said[near - len(nears)]}
        if how == HOW[4] and near < len(nears):
            plan["opens"] = "Listener"
        plans.append(plan)
    rng.shuffle(plans)
    return plans
