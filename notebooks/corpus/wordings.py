"""Where the words that most people have for a crisis stand in train.

``python -m notebooks.corpus.wordings`` prints a table.

A tagger learns of words where they stand. Were "I want to die" nearly always a figure of speech or a later mention, as
it was before ``common_words.py``, a tagger would learn that it is nothing.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.split_files import read_embedded
from crisis_turns.tags import CRADLE

_PARTNER = r"(husband|boyfriend|wife|girlfriend|partner)"
_PARENT = r"(dad|mum|mom|father|mother|parents|stepdad|stepfather)"
_HITS = r"(hits?|beats?|slapped|punched|kicked|choked|pushed)"
WORDINGS = {
    "want to die": r"\b(want to|wanna) die\b",
    "wanted to die": r"\bwanted to die\b",
    "don't want to live": r"\bdon'?t (want to|wanna) (live|be here|be alive)\b",
    "better off without me": r"\bbetter off (without me|dead)\b",
    "suicidal": r"\bsuicidal\b",
    "kill myself": r"\bkill(ing|ed)? myself\b",
    "end it, end my life": r"\bend(ing)? (it|my life)\b",
    "take my own life": r"\b(take|taking|took) my (own )?life\b",
    "overdose": r"\boverdos(e|ed|ing)\b",
    "took pills, tablets": r"\b(took|taken|take|swallowed) [\w ]{0,20}(pills|tablets)\b",
    "suicide attempt": r"\battempted suicide\b|\bsuicide attempt\b",
    "cut myself": r"\bcut(ting)? (myself|again)\b",
    "self-harm": r"\bself[- ]?harm",
    "hurt myself": r"\bhurt(ing)? myself\b",
    "hit myself": r"\b(hit(ting)? myself|bang(ing)? my head)\b",
    "burn myself": r"\bburn(ing|ed|t)? myself\b",
    "my partner hits me": rf"\bmy {_PARTNER} {_HITS} me\b",
    "my ex hit me": r"\bmy ex[\w -]{0,16} (used to )?(hit|beat|choked?|punched|slapped|pushed)\b",
    "abusive": r"\babusive\b",
    "abused": r"\babused\b",
    "controls me": r"\bcontrol(s|ling|led)\b",
    "checks my phone": r"\bchecks my phone\b",
    "threatens": r"\bthreaten(s|ed|ing)\b",
    "my dad hits me": rf"\bmy {_PARENT} (used to )?{_HITS} me\b",
    "molested": r"\bmolest",
    "touched me": r"\btouch(es|ed|ing) me\b",
    "sexually harassed": r"\bsexual(ly)? haras",
    "groped": r"\bgrop(e|ed|es|ing)\b",
    "nudes, sexual messages": r"\bnudes\b|\bsexual (pictures|comments|messages)\b",
    "raped": r"\brap(ed|es|e) me\b|\b(was|got|been) raped\b|\brape survivor\b",
    "sexually assaulted": r"\bsexual(ly)? assault",
    "forced me, himself on me": r"\bforce(d|s) (me|himself)\b",
    "without my consent": r"\bwithout (my )?consent\b",
}


class Stands(NamedTuple):
    """User turns with some words: that begin a Confirm, stand before or after one, or in a dialogue without any."""

    confirm: int
    before: int
    after: int
    without: int

    @property
    def share(self) -> float:
        """Of those up to a dialogue's first Confirm, how many begin one: behind it a type is not asked about again."""
        return self.confirm / max(1, self.confirm + self.before + self.without)


def stands(dialogues: Sequence[Dialogue], pattern: str) -> Stands:
    """Where a regular expression, of lower-case text with straight apostrophes, is found."""
    counts = dict.fromkeys(Stands._fields, 0)
    confirms = {CRADLE.names[tag] for tag in CRADLE.confirms}
    for dialogue in dialogues:
        begins = [bool(confirms & set(turn.tags)) for turn in dialogue.user_turns]
        for place, turn in enumerate(dialogue.user_turns):
            if re.search(pattern, turn.text.lower().replace("’", "'")):
                counts[_where(place, begins)] += 1
    return Stands(**counts)


def _where(place: int, begins: Sequence[bool]) -> str:
    if begins[place]:
        return "confirm"
    if not any(begins):
        return "without"
    return "after" if any(begins[:place]) else "before"


if __name__ == "__main__":
    train = [
        dialogue
        for part in ("plain", "oblique")
        for dialogue in build_dialogues(read_embedded(part, "train"), split="train", tags=CRADLE)[0]
    ]
    print("| words | begin a Confirm | before one | after one | in dialogues without | share |")
    print("|---|---|---|---|---|---|")
    for words, pattern in WORDINGS.items():
        row = stands(train, pattern)
        print(f"| {words} | {' | '.join(map(str, row))} | {row.share:.0%} |")
