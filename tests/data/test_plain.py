"""The plain part in the making: format, labels where they may stand, and the counts that its page tells."""

import re

import pytest

from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import read_rows
from crisis_turns.tags import CRADLE
from tests.support.checkout import ROOT

HERE = ROOT / "notebooks" / "corpus"


@pytest.fixture(scope="module")
def read():
    rows = [row for path in sorted(HERE.glob("train-*.csv")) for row in read_rows(path)]
    return build_dialogues(rows, split="train", tags=CRADLE)


def test_speakers_take_turns_and_the_user_has_the_first_and_the_last_word(read):
    for dialogue in read[0]:
        said = [turn.is_user for turn in dialogue.turns]
        assert said == [place % 2 == 0 for place in range(len(said))], dialogue.id
        assert len(said) % 2 == 1, dialogue.id


def test_labels_stand_on_user_turns_each_once_and_an_alert_is_not_after_its_only_confirm(read):
    dialogues, report = read
    assert (report.labels_on_listener, report.labels_repeated, report.labels_after_first) == (0, 0, 0)
    for dialogue in dialogues:
        places = {tag: place for place, turn in enumerate(dialogue.turns) for tag in turn.tags}
        alerts = [place for tag, place in places.items() if CRADLE.index[tag] in CRADLE.alerts]
        confirms = [place for tag, place in places.items() if CRADLE.index[tag] in CRADLE.confirms]
        assert not alerts or not confirms or min(alerts) <= max(confirms), dialogue.id


def test_ids_are_those_of_the_plan_and_no_long_sentence_stands_in_many_dialogues(read):
    dialogues = read[0]
    assert [d.id for d in dialogues] == [f"plain-train-{n:06d}" for n in range(len(dialogues))]
    where: dict[str, set[str]] = {}
    for dialogue in dialogues:
        for turn in dialogue.turns:
            for sentence in re.split(r"[.!?]+\s+", turn.text.lower()):
                words = re.findall(r"[\w']+", sentence.replace("’", "'"))
                if len(words) > 8:
                    where.setdefault(" ".join(words), set()).add(dialogue.id)
    assert [sentence for sentence, ids in where.items() if len(ids) > 2] == []


def test_the_page_tells_the_counts_of_the_files(read):
    dialogues, report = read
    words = [len(turn.text.split()) for d in dialogues for turn in d.user_turns]
    n = len(dialogues)
    shares = [f"{100 * x / n:.1f}" for x in (report.with_alert, report.with_confirm, report.with_both)]
    table = (HERE / "README.md").read_text(encoding="utf-8")
    for name, value in (
        ("dialogues", n), ("rows", report.rows), ("labels", report.labels),
        ("words per user turn", f"{sum(words) / len(words):.1f}"),
        ("without any label", f"{100 * report.with_neither / n:.1f} %"),
        ("with Alert / Confirm / both", f"{' / '.join(shares)} %"),
    ):  # fmt: skip
        assert f"| {name} | {value} |" in table, (name, value)
