"""``annotations-<split>.csv`` of the plain part: what was planned for a dialogue, and where its labels came to stand.

``python -m notebooks.corpus.annotations`` writes them anew from the plans (``plan.py``), the ideas (``ideas.py``) and
the labels of the corpus. One row for each event, or one of a dialogue without any. In splits that were labelled later
the events are those of the labels; what the writer had in mind stands in ``scenario`` and ``phenomena``.
"""

import re
from typing import Any

from crisis_turns.config import Split
from crisis_turns.data.csv_and_json import csv_text
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.split_files import EMBEDDED, read_embedded
from crisis_turns.files import write_text
from crisis_turns.tags import CRADLE
from notebooks.corpus.common_words import common_words
from notebooks.corpus.counterparts import counterparts
from notebooks.corpus.described_acts import described_acts
from notebooks.corpus.early_signs import early_signs
from notebooks.corpus.error_cases import error_cases
from notebooks.corpus.ideas import Idea, ideas
from notebooks.corpus.long_messages import long_messages, longer_messages
from notebooks.corpus.more_acts import more_acts
from notebooks.corpus.near_partners import near_partners
from notebooks.corpus.pairs import pairs
from notebooks.corpus.plan import PER_WRITER, Plan, plans, world
from notebooks.corpus.short_talks import FIRST, short_talks

HEADER = (
    "dialogue_id", "event", "type", "time", "alert_turn_id", "confirm_turn_id", "onset", "scenario", "listener",
    "register", "phenomena",
)  # fmt: skip
PHENOMENA = {
    "in passing": "in_passing", "practical request": "practical", "practical question": "practical",
    "direct question": "short_answer_to_question", "as the main thing": "plain_report",
    "in plain words": "plain_report", "after going round": "plain_report", "with the word itself": "plain_report",
    "with humour": "dark_humour", "with a joke": "dark_humour", "milestone": "milestone",
    "to explain something": "explains_something",
    "angrily": "anger", "euphemistic": "indirect", "without its name": "indirect", "roundabout": "indirect",
    "spelling": "masked_spelling",
    "slang": "masked_spelling", "swapped": "masked_spelling",
    "ordinary support": "small_talk", "ordinary worry": "small_talk",
    "very sad": "burnout", "burnt-out": "burnout",
    "figures of speech": "idiom", "somebody else": "third_person", "illness": "medical", "unseen": "loneliness",
    "denial": "denial", "whether they are safe": "denial", "grief": "bereavement", "awful boss": "conflict",
    "deal of humour": "humour", "fiction": "fiction", "screening": "denial", "long message": "long_message",
}  # fmt: skip
"""Words of a plan or an idea, and the phenomenon that they stand for."""
_REVEAL = {"early": 3, "mid": 6}


def phenomena(*told: str) -> str:
    """The phenomena that a plan's sentences name."""
    found = {name for sentence in told for words, name in PHENOMENA.items() if words in sentence.lower()}
    return ", ".join(sorted(found))


def events(dialogue: Dialogue) -> list[tuple[str, str, str, str]]:
    """(type, time, turn of the Alert, turn of the Confirm) of each event, as text, empty where there is none.

    An Alert belongs to the first Confirm from its turn on that has no Alert yet.
    """
    labels = [(turn.turn_id, tag) for turn in dialogue.user_turns for tag in turn.tags]
    alerts = [(place, tag) for place, tag in labels if CRADLE.index[tag] in CRADLE.alerts]
    found = []
    for place, tag in labels:
        if CRADLE.index[tag] in CRADLE.confirms:
            crisis, time = re.fullmatch(r"confirm_(\w+)_(ongoing|past)", tag).groups()  # type: ignore[union-attr]
            own = next((alert for alert in alerts if alert[0] <= place), None)
            if own:
                alerts.remove(own)
            found.append((crisis, time, str(own[0]) if own else "", str(place)))
    return found + [("", tag.rpartition("_")[2], str(place), "") for place, tag in alerts]


def rows(dialogue: Dialogue, about: dict[str, str]) -> list[list[str]]:
    """The rows of one dialogue."""
    order = {str(turn.turn_id): place for place, turn in enumerate(dialogue.user_turns)}
    table = []
    for number, (crisis, time, alert, confirm) in enumerate(events(dialogue), 1):
        onset = next((name for name, end in _REVEAL.items() if order[confirm or alert] < end), "late")
        table.append([f"e{number}", crisis, time, alert, confirm, onset])
    tail = [about[name] for name in ("scenario", "listener", "register", "phenomena")]
    return [[dialogue.id, *event, *tail] for event in table or [[""] * 6]]


def of_plan(split: str, number: int, plan: Plan) -> dict[str, str]:
    """What a plan says of its dialogue."""
    said = [event["said"] for event in plan["events"] if "said" in event] or [plan.get("free", "")]
    scenario = f"{world(split, number // PER_WRITER).partition(' (')[0]}: {plan['topic']}"
    return {"scenario": scenario, "listener": plan["role"], "register": plan["voice"], "phenomena": phenomena(*said)}


def of_later_plan(plan: Plan) -> dict[str, str]:
    """What a plan of those that came after the first 1,600 says of its dialogue."""
    said = [event[how] for event in plan["events"] for how in ("sign", "said") if how in event]
    if not said or any("how" in event for event in plan["events"]):  # the latter are given the very words
        said = ["in plain words"]
    told = [plan["free"]] if "free" in plan else said
    if "long" in plan:
        told = [*told, "a long message"]
    scenario = f"{plan['world']}: {plan.get('topic', 'a short talk')}"
    about = {"scenario": scenario, "listener": plan["role"], "register": plan["voice"]}
    return about | {"phenomena": phenomena(*told, plan["voice"])}


def of_idea(idea: Idea) -> dict[str, str]:
    """What an idea says of its dialogue."""
    told = [text for thing in idea["story"] for text in (thing.get("how", thing["what"]),)]
    what = "; ".join(thing["what"] for thing in idea["story"])
    return {
        "scenario": f"{idea['world']}: {idea['starts_from']}; {what}", "listener": idea["listener"],
        "register": idea["voice"], "phenomena": phenomena(*told),
    }  # fmt: skip


def annotations(split: Split) -> str:
    """The file of one split."""
    dialogues, _ = build_dialogues(read_embedded("plain", split), split=split, tags=CRADLE)
    about: list[dict[str, Any]]
    if split in ("train", "validation"):
        about = [of_plan(split, number, plan) for number, plan in enumerate(plans(split))]
        if split == "train":
            stages = (
                short_talks, pairs, error_cases, early_signs, near_partners, long_messages, common_words, counterparts,
                described_acts, more_acts, longer_messages,
            )  # fmt: skip
            about[FIRST:] = [of_later_plan(plan) for stage in stages for plan in stage()]
    else:
        about = [of_idea(idea) for idea in ideas(split)]
    numbered = (rows(dialogue, about[int(dialogue.id.rpartition("-")[2])]) for dialogue in dialogues)
    return csv_text([HEADER, *(row for own in numbered for row in own)])


if __name__ == "__main__":
    for split in ("train", "validation", "dev", "test"):
        write_text(EMBEDDED / "plain" / f"annotations-{split}.csv", annotations(split))
