"""The embedded corpus: its card states its counts, its splits share nothing, its labels keep the protocol."""

import csv
import re
from collections import Counter, defaultdict

import pytest

from crisis_turns.data.corpus import EMBEDDED
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.split_files import read_embedded
from crisis_turns.tags import CRADLE
from notebooks.corpus.annotations import annotations
from notebooks.corpus.pairs import FIRST as FIRST_PAIR
from notebooks.corpus.pairs import pairs
from notebooks.corpus.shape import PARTS, tables
from notebooks.corpus.short_talks import FIRST
from notebooks.corpus.wordings import WORDINGS, stands

SPLITS = [(part, split) for part, splits in PARTS.items() for split in splits]
each_split = pytest.mark.parametrize(("part", "split"), SPLITS)


@pytest.fixture(scope="module")
def corpora():
    return {key: build_dialogues(read_embedded(*key), split=key[1], tags=CRADLE) for key in SPLITS}


def test_the_card_tells_the_shape_of_every_split():
    card = (EMBEDDED / "README.md").read_text(encoding="utf-8")
    for part in PARTS:
        assert tables(part) in card, f"python -m notebooks.corpus.shape prints the tables of {part}"


@each_split
def test_ids_are_explicit_and_in_order(corpora, part, split):
    dialogues, _ = corpora[part, split]
    assert [dialogue.id for dialogue in dialogues] == [f"{part}-{split}-{n:06d}" for n in range(len(dialogues))]


@each_split
def test_no_tag_twice_in_a_dialogue_and_no_label_off_the_user_turns(corpora, part, split):
    _, report = corpora[part, split]
    assert (report.labels_on_listener, report.labels_repeated, report.labels_after_first) == (0, 0, 0)


@pytest.mark.parametrize("part", PARTS)
def test_every_tag_has_support_in_train_and_test(corpora, part):
    for split, floor in (("train", 10), ("test", 5)):
        support = sum(dialogue.gold(CRADLE).sum(0) for dialogue in corpora[part, split][0])
        assert support.min() >= floor, (split, CRADLE.names[support.argmin()])


@pytest.mark.parametrize("split", ["train", "validation"])
def test_in_plain_splits_whose_labels_came_first_the_user_has_the_first_and_the_last_word(corpora, split):
    for dialogue in corpora["plain", split][0][:FIRST]:  # the short talks behind them open and end as they like
        said = [turn.is_user for turn in dialogue.turns]
        assert said == [place % 2 == 0 for place in range(len(said))], dialogue.id
        assert said[-1], dialogue.id


def annotated(part, split):
    with (EMBEDDED / part / f"annotations-{split}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@each_split
def test_annotations_are_the_labels_and_events_keep_their_order(corpora, part, split):
    """An Alert never comes after its Confirm; every label belongs to exactly one event."""
    dialogues, _ = corpora[part, split]
    labels = {(d.id, t.turn_id, tag) for d in dialogues for t in d.turns for tag in t.tags}
    stated = set()
    rows = annotated(part, split)
    for row in rows:
        alert, confirm = row["alert_turn_id"], row["confirm_turn_id"]
        if alert and confirm:
            assert int(alert) <= int(confirm), row["dialogue_id"]
        if alert:  # the tag's time is the one that was believed at that turn
            times = [t for t in ("ongoing", "past") if (row["dialogue_id"], int(alert), f"alert_{t}") in labels]
            assert times, row["dialogue_id"]
            stated |= {(row["dialogue_id"], int(alert), f"alert_{time}") for time in times}
        if confirm:
            stated.add((row["dialogue_id"], int(confirm), f"confirm_{row['type']}_{row['time']}"))
    assert stated == labels
    assert {row["dialogue_id"] for row in rows} == {dialogue.id for dialogue in dialogues}


@pytest.mark.parametrize("split", PARTS["plain"])
def test_plain_annotations_are_those_of_the_plans_and_labels(split):
    assert annotations(split) == (EMBEDDED / "plain" / f"annotations-{split}.csv").read_text(encoding="utf-8")


def sentences(dialogue, longest=0):
    for turn in dialogue.turns:
        for sentence in re.split(r"(?<=[.!?])\s+", turn.text):
            words = re.findall(r"[\w']+", sentence.lower().replace("\u2019", "'"))
            if len(words) > longest:
                yield turn.is_user, " ".join(words)


def test_no_sentence_of_the_oblique_part_stands_twice(corpora):
    found = Counter(
        sentence.lower().strip() for (part, _), (dialogues, _) in corpora.items() if part == "oblique"
        for dialogue in dialogues for turn in dialogue.turns for sentence in re.split(r"(?<=[.!?])\s+", turn.text)
        if len(sentence.split()) > 3
    )  # fmt: skip
    assert [sentence for sentence, n in found.items() if n > 1] == []


def neighbours(ids):
    """Whether all of these are the two of one pair, which are meant to be alike."""
    numbers = {int(name.rpartition("-")[2]) if name.startswith("plain-train") else 0 for name in ids}
    return all(FIRST_PAIR <= n < FIRST_PAIR + len(pairs()) for n in numbers) and len({n // 2 for n in numbers}) == 1


def test_no_long_sentence_of_a_user_stands_in_two_dialogues_and_none_is_a_formula(corpora):
    users, all_of_them = defaultdict(set), defaultdict(set)
    for dialogues, _ in corpora.values():
        for dialogue in dialogues:
            for user, sentence in sentences(dialogue, 9):
                all_of_them[sentence].add(dialogue.id)
                if user:
                    users[sentence].add(dialogue.id)
    assert {s: ids for s, ids in users.items() if len(ids) > 1 and not neighbours(ids)} == {}
    assert {s: len(ids) for s, ids in all_of_them.items() if len(ids) > 3} == {}


def test_openings_and_closings_are_no_templates(corpora):
    for (part, split), (dialogues, _) in corpora.items():
        for place in (0, -1):
            said = Counter(" ".join(d.turns[place].text.lower().split()[:6]) for d in dialogues)
            most, n = said.most_common(1)[0]
            assert n <= max(4, len(dialogues) // 50), (part, split, most)


def test_the_words_that_most_people_have_for_a_crisis_are_not_nearly_always_unlabelled(corpora):
    train = [dialogue for part in PARTS for dialogue in corpora[part, "train"][0]]
    found = {words: stands(train, pattern) for words, pattern in WORDINGS.items()}
    assert {words: row for words, row in found.items() if row.confirm < 3 or row.share < 0.2} == {}


def shingles(dialogue):
    words = re.findall(r"\w+", " ".join(turn.text for turn in dialogue.turns).lower())
    return {tuple(words[n : n + 5]) for n in range(len(words) - 4)}


def test_no_two_dialogues_are_near_duplicates_within_and_across_splits(corpora):
    """Share of common five-word runs: unrelated dialogues have next to none; a short talk has few runs in all."""
    own = {dialogue.id: shingles(dialogue) for dialogues, _ in corpora.values() for dialogue in dialogues}
    holders = defaultdict(list)
    for name, runs in own.items():
        for run in runs:
            holders[run].append(name)
    shared = Counter(
        (a, b) for names in holders.values() if 1 < len(names) < 50 for n, a in enumerate(names) for b in names[n + 1 :]
    )
    shares = {pair: n / min(len(own[pair[0]]), len(own[pair[1]])) for pair, n in shared.items() if n > 8}
    close = {pair: share for pair, share in shares.items() if share > 0.1 and not neighbours(pair)}
    assert close == {}


def test_the_words_that_carry_the_confirms_of_dev_stand_in_their_turns(corpora):
    dialogues, _ = corpora["plain", "dev"]
    turns = {(d.id, t.turn_id): t for d in dialogues for t in d.user_turns}
    with (EMBEDDED / "plain" / "evidence-dev.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        turn = turns[row["dialogue_id"], int(row["turn_id"])]
        assert row["tag"] in turn.tags
        assert all(words in turn.text for words in row["words"].split(" || ")), row["dialogue_id"]
    confirms = {(*key, tag) for key, turn in turns.items() for tag in turn.tags if CRADLE.index[tag] in CRADLE.confirms}
    assert {(row["dialogue_id"], int(row["turn_id"]), row["tag"]) for row in rows} == confirms


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parts"), [("plain", ["plain"]), ("oblique", ["oblique"]), ("all", list(PARTS))])
def test_the_datasets_library_reads_the_folder(corpora, tmp_path, name, parts):
    import datasets

    read = datasets.load_dataset(str(EMBEDDED), name, cache_dir=str(tmp_path))
    for split, table in read.items():
        assert table.column_names == ["dialogue_id", "turn_id", "text", "labels"]
        ids = {dialogue.id for part in parts if (part, split) in corpora for dialogue in corpora[part, split][0]}
        assert set(table["dialogue_id"]) == ids, split
