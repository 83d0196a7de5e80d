"""The embedded corpus: its card states its counts, its splits share nothing, its labels keep the protocol."""

import csv
import re
from collections import Counter
from statistics import mean

import pytest

from crisis_turns.data.corpus import EMBEDDED, read_split
from crisis_turns.tags import CRADLE
from tests.support.tiny import config

FOLDER = EMBEDDED / "mini"
SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def corpora():
    data = config().data
    return {split: read_split(data, split) for split in SPLITS}


def shape(corpus) -> dict[str, str]:
    """The figures of one split as the card prints them."""
    dialogues, turns = corpus.dialogues, [t for d in corpus.dialogues for t in d.user_turns]
    tags = [{tag for t in d.turns for tag in t.tags} for d in dialogues]
    alert = [any(t.startswith("alert") for t in found) for found in tags]
    confirm = [any(t.startswith("confirm") for t in found) for found in tags]
    after = sum(
        sum(not t.tags for t in d.user_turns[first + 1 :])
        for d in dialogues
        for first in [next((n for n, t in enumerate(d.user_turns) if t.tags), len(d.user_turns))]
    )
    n, words = len(dialogues), [len(t.text.split()) for t in turns]
    labels = corpus.report["labels_scored"]

    def share(part, whole=n):
        return f"{100 * part / whole:.1f} %"

    return {
        "dialogues": f"{n}",
        "rows": f"{corpus.report['rows']}",
        "user turns": f"{len(turns)}",
        "labels": f"{labels}",
        "rows per dialogue": f"{corpus.report['rows'] / n:.1f}",
        "words per user turn": f"{mean(words):.1f}",
        "labels per dialogue": f"{labels / n:.2f}",
        "without any label": share(sum(not t for t in tags)),
        "with Alert": share(sum(alert)),
        "with Confirm": share(sum(confirm)),
        "with both": share(sum(a and c for a, c in zip(alert, confirm, strict=True))),
        "labelled user turns": share(sum(bool(t.tags) for t in turns), len(turns)),
        "unlabelled turns after the first label": share(after, len(turns)),
        "dialogues that open with the Listener": f"{corpus.report['opened_by_listener']}",
        "user turns after a user turn": f"{corpus.report['user_after_user']}",
        "continuation rows": f"{corpus.report['rows_continued']}",
    }


def test_the_card_states_every_count(corpora):
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    stated = {
        m[1].strip(): [c.strip() for c in m[2].split("|")] for m in re.finditer(r"^\| ([^|]+)\|(.+)\|$", card, re.M)
    }
    shapes = [shape(corpora[split]) for split in SPLITS]
    for name in shapes[0]:
        assert stated[name][:3] == [s[name] for s in shapes], name
    support = {split: Counter(t for d in corpora[split].dialogues for u in d.turns for t in u.tags) for split in SPLITS}
    for tag in CRADLE.names:
        assert stated[f"`{tag}`"][:3] == [str(support[split][tag]) for split in SPLITS], tag


def test_every_tag_has_support_in_train_and_test(corpora):
    for split, floor in (("train", 10), ("test", 5)):
        support = sum(d.gold(CRADLE).sum(0) for d in corpora[split].dialogues)
        assert support.min() >= floor, split


def test_no_tag_twice_in_a_dialogue_and_no_label_off_the_user_turns(corpora):
    for corpus in corpora.values():
        assert corpus.report["labels_after_first"] == 0
        assert corpus.report["labels"] == corpus.report["labels_scored"]


def sentences(corpus):
    for d in corpus.dialogues:
        for turn in d.turns:
            for sentence in re.split(r"(?<=[.!?])\s+", turn.text):
                if len(sentence.split()) > 3:
                    yield sentence.lower().strip()


def test_no_sentence_stands_twice(corpora):
    found = Counter(s for corpus in corpora.values() for s in sentences(corpus))
    assert [s for s, n in found.items() if n > 1] == []


def shingles(d):
    words = re.findall(r"\w+", " ".join(t.text for t in d.turns).lower())
    return {tuple(words[n : n + 6]) for n in range(len(words) - 5)}


def test_dialogues_of_different_splits_are_not_near_duplicates(corpora):
    """Share of common six-word runs: unrelated dialogues have next to none."""
    seen = Counter(s for d in (*corpora["train"].dialogues, *corpora["validation"].dialogues) for s in shingles(d))
    for d in corpora["test"].dialogues:
        own = shingles(d)
        assert sum(s in seen for s in own) / len(own) < 0.05, d.id


def annotations(split):
    with (FOLDER / f"annotations-{split}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("split", SPLITS)
def test_annotations_are_the_labels_and_events_keep_their_order(corpora, split):
    """An Alert never comes after its Confirm; every label belongs to exactly one event."""
    labels = {(d.id, t.turn_id, tag) for d in corpora[split].dialogues for t in d.turns for tag in t.tags}
    stated = set()
    rows = annotations(split)
    for row in rows:
        alert, confirm = row["alert_turn_id"], row["confirm_turn_id"]
        if alert and confirm:
            assert int(alert) <= int(confirm)
        if alert:  # the tag's time is the one that was believed at that turn
            times = [t for t in ("ongoing", "past") if (row["dialogue_id"], int(alert), f"alert_{t}") in labels]
            assert len(times) == 1
            stated.add((row["dialogue_id"], int(alert), f"alert_{times[0]}"))
        if confirm:
            stated.add((row["dialogue_id"], int(confirm), f"confirm_{row['type']}_{row['time']}"))
    assert stated == labels
    assert {row["dialogue_id"] for row in rows} == {d.id for d in corpora[split].dialogues}


@pytest.mark.parametrize("split", SPLITS)
def test_plain_wordings_belong_to_user_turns_with_another_text(corpora, split):
    texts = {(d.id, t.turn_id): t.text for d in corpora[split].dialogues for t in d.user_turns}
    with (FOLDER / f"plain-{split}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = row["text"].removeprefix("User: ")
            assert text
            assert texts[row["dialogue_id"], int(row["turn_id"])] != text
