"""Plans of 546 more talks of the plain part's train split: the words that most people say it in.

In all before these "I want to die" was a Confirm in one user turn of twelve, and a tagger heard it alone and never
beside another sentence; an overdose, "sexually assaulted", "an abusive relationship" were rarer still
(``notebooks/LOG.md``): writers who are to vary their words leave the common ones out. Here each Confirm is said in
its commonest words, alone, beside a sentence, in a longer message. Of a writer's 26 talks 21 hold one; two hold the
same words about something else, three begin with a few words that are nothing and stay so. Draws are seeded.
"""

import random
from functools import cache

from notebooks.corpus.plan import Plan
from notebooks.corpus.short_talks import FREE, event, shape

WRITERS = 21
EACH = 26
CONFIRMS = 21
WORDS = {
    "confirm_SI_passive_ongoing": {
        "I want to die": 10, "I wanna die": 3, "I don't want to live anymore": 4, "I don't want to be here anymore": 4,
        "I don't want to be alive": 2, "everyone would be better off without me": 4, "better off dead": 2,
        "I have suicidal thoughts": 3, "I feel suicidal (no plan)": 3, "I keep thinking about dying": 2,
        "no reason to live": 2, "life isn't worth living": 2, "I hope I don't wake up": 2, "tired of being alive": 2,
        "I wish I was dead": 2, "I wish I didn't exist": 2, "I think about suicide (would not do it)": 2,
    },
    "confirm_SI_passive_past": {
        "I wanted to die": 5, "I used to be suicidal": 3, "I didn't want to live": 3, "I had suicidal thoughts": 3,
        "I thought everyone was better off without me": 2, "I didn't want to be here": 2, "I wished I was dead": 2,
        "saw no reason to live": 1, "hoped I wouldn't wake up": 1,
    },
    "confirm_SI_active_ongoing": {
        "I took an overdose": 4, "I took a lot of pills (just now, on purpose)": 4, "I've taken all my tablets": 3,
        "I'm going to end it": 4, "I want to end it all": 2, "I want to take my own life": 3, "I'm going to jump": 2,
        "I tried to kill myself (last night, this week)": 3, "I attempted suicide (this week)": 2,
        "I'm going to kill myself": 3, "I'm planning my suicide": 2, "I have a plan to end my life": 2,
        "I've written a suicide note": 2, "I have the pills ready": 2, "I'm going to commit suicide": 2,
    },
    "confirm_SI_active_past": {
        "I tried to kill myself": 3, "I attempted suicide": 4, "I took an overdose": 4, "a suicide attempt": 3,
        "I tried to take my own life": 3, "I tried to end it": 2, "I swallowed pills to die": 3,
        "I overdosed on purpose": 2, "I was going to jump": 1, "I planned my suicide": 2,
    },
    "confirm_SH_ongoing": {
        "I hurt myself": 3, "I cut myself": 3, "I self harm": 3, "I've started cutting again": 3, "I burn myself": 2,
        "I hit myself": 3, "I scratch myself till it bleeds": 2, "I've been harming myself": 2,
        "I bang my head on purpose": 2, "I punch walls to hurt my hand": 1, "I relapsed, I cut": 2,
        "I hurt myself on purpose": 3, "there are new cuts on my arm, I made them": 1,
    },
    "confirm_SH_past": {
        "I used to cut myself": 4, "I used to self harm": 4, "I self-harmed as a teenager": 3,
        "I used to burn myself": 1, "scars from cutting": 2, "clean from self harm for years": 3,
        "I hurt myself on purpose back then": 2, "I used to hit myself": 1,
    },
    "confirm_DV_ongoing": {
        "my husband hits me": 2, "my boyfriend hits me": 2, "my partner is abusive": 4,
        "I'm in an abusive relationship": 4, "he pushed me / shoved me": 3, "he choked me": 2, "he slapped me": 2,
        "he threatens to kill me": 2, "he threatened me": 2, "he controls all my money": 2, "he's very controlling": 2,
        "he won't let me see anyone / go out": 3, "he checks my phone": 3, "my wife hits me": 2,
        "my girlfriend hits me": 2, "I'm scared of my husband": 2, "my partner beats me": 2,
        "he gets violent with me": 2,
    },
    "confirm_DV_past": {
        "my ex was abusive": 4, "I was in an abusive relationship": 4, "my ex used to hit me": 2,
        "my ex husband beat me": 2, "I left an abusive marriage": 2, "he used to choke me": 1,
        "he threatened to kill me": 2, "my ex controlled everything": 2, "he pushed me down the stairs": 2,
        "domestic violence, my ex and me": 2, "my ex-girlfriend punched me": 1,
    },
    "confirm_CA_ongoing": {
        "my dad hits me": 3, "my mum / mom hits me": 3, "my parents hit me": 2, "my stepdad beats me": 2,
        "my stepdad touches me": 2, "my uncle touches me": 2, "I'm being abused at home (a child)": 3,
        "my partner hits our kid": 3, "my grandad touches me": 1, "my dad gets violent with me and my brother": 2,
        "a man at the club touches the kids / me": 1,
    },
    "confirm_CA_past": {
        "I was abused as a child": 4, "I was molested as a kid": 3, "I was sexually abused as a child": 4,
        "my dad beat me when I was a kid": 2, "my stepfather touched me": 2, "my mum used to hit me": 2,
        "an abusive childhood": 2, "my father abused me": 3, "a survivor of child abuse": 2, "my uncle abused me": 2,
    },
    "confirm_SHA_ongoing": {
        "I'm being sexually harassed": 4, "my boss keeps touching me": 2, "sexual comments about my body": 3,
        "he keeps sending me nudes / pictures": 3, "he keeps grabbing me / my bum": 2, "he gropes me": 2,
        "he keeps asking me for sex": 2, "sexual messages I don't want": 3, "he puts his hand on my leg": 2,
        "he rubs against me": 1, "he keeps trying to kiss me": 2,
    },
    "confirm_SHA_past": {
        "I was sexually harassed": 4, "I got groped": 3, "my old boss touched me": 2, "a man grabbed me": 2,
        "he made sexual comments": 2, "he sent me nudes / pictures": 2, "he put his hand up my skirt": 2,
        "he tried to kiss me / kissed me": 2, "a teacher touched me": 1,
    },
    "confirm_RA_ongoing": {
        "I was raped (last night, this week)": 4, "I was sexually assaulted (this week)": 5,
        "my husband / boyfriend rapes me": 3, "he forces me to have sex": 4, "he makes me have sex": 3,
        "he forced himself on me (yesterday)": 3, "he has sex with me when I'm asleep": 2,
        "he had sex with me without my consent (this weekend)": 3,
    },
    "confirm_RA_past": {
        "I was raped": 4, "I was sexually assaulted": 6, "he forced me to have sex": 3, "he forced himself on me": 3,
        "I said no and he didn't stop": 3, "I was drugged and raped": 2, "without my consent": 3,
        "he made me have sex": 2, "a rape survivor": 2, "I was assaulted (sexually)": 3, "date rape": 1,
    },
}  # fmt: skip
"""Per Confirm the words it is said in, and of how many talks at least."""
MORE = [
    *[("confirm_SI_passive_past", "I wanted to die")] * 8, *[("confirm_SI_passive_ongoing", "I want to die")] * 6,
    *[("confirm_DV_ongoing", "he threatens me")] * 2, *[("confirm_RA_past", "I was sexually assaulted")] * 2,
    *[("confirm_CA_past", "I was abused as a child")] * 2, ("confirm_SH_ongoing", "I hurt myself"),
]  # fmt: skip
"""Of the last writer: words that were still mostly nothing when the others had been counted."""
HOW = [
    "alone: the whole turn is the statement, 3 to 9 words",
    "the statement, then one ordinary sentence of any kind",
    "one ordinary sentence of any kind, then the statement",
    "the statement among two or three sentences about something else",
    "the statement and one sentence that goes with it (when, since when, what now)",
    "in a message of 30 to 80 words, most of it about something else",
]
OPENERS = [
    "good week", "yes", "hi", "ok", "fine thanks", "not much", "hello, are you there?", "long day",
    "thanks for having me", "tired", "back again", "can I ask something", "it's me", "same as always", "not bad", "no",
    "busy", "sorry I'm late", "so so", "the usual", "my sister / my friend (some bother of hers)", "so, the dog",
    "I passed!", "quick question",
]  # fmt: skip


@cache
def common_words() -> tuple[Plan, ...]:
    """The plans, in the order of the dialogues."""
    rng = random.Random(6000)  # noqa: S311 - nothing secret
    said = [(tag, words) for tag, bank in WORDS.items() for words, times in bank.items() for _ in range(times)]
    rng.shuffle(said)
    said += rng.choices(said, k=(WRITERS - 1) * CONFIRMS - len(said)) + MORE
    return tuple(
        plan
        for writer in range(WRITERS)
        for plan in _of_writer(writer, said[writer * CONFIRMS : (writer + 1) * CONFIRMS])
    )


def _of_writer(writer: int, said: list[tuple[str, str]]) -> list[Plan]:
    rng = random.Random(6100 + writer)  # noqa: S311 - nothing secret
    plans = []
    for place in range(EACH):
        plan = shape(rng, [1, 1, 2, 2, 3]) | {"events": []}
        if place < len(said):
            tag, words = said[place]
            at = min(rng.choice([1, 1, 2, 3]), plan["user_turns"])
            how = {"said": words, "how": HOW[(writer + place) % len(HOW)]}
            plan |= {"kind": "crisis", "events": [event(confirm=tag, confirm_turn=at) | how]}
        elif place < len(said) + 2:
            words = rng.choice([words for bank in WORDS.values() for words in bank])
            plan |= {"kind": "label-free", "free": FREE[(writer * 2 + place) % len(FREE)], "near": words}
        else:
            opener = OPENERS[(writer * 3 + place) % len(OPENERS)]
            plan |= {"kind": "label-free", "user_turns": rng.choice([2, 3, 4]), "opener": opener}
            plan["free"] = "ordinary: begins with a few words like the opener, goes on as ordinary, most turns short"
        plans.append(plan)
    rng.shuffle(plans)
    return plans
