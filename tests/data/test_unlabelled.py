"""What is read without labels: a split, one file, or a folder of conversations."""

import pytest

from crisis_turns.data.unlabelled import read_unlabelled
from crisis_turns.errors import InputError
from tests.data.test_corpus import data_config
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import config


def texts(chats):
    return [turn.text for dialogue in chats.dialogues for turn in dialogue.turns]


@pytest.fixture
def folder(tmp_path):
    for split, first in (("train", 0), ("val", 4)):
        write_csv(tmp_path / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in range(first, first + 4)])
    return tmp_path


def test_labels_may_be_right_wrong_or_missing(folder):
    right = folder / "val.csv"
    rows = right.read_text().splitlines()
    poisoned, bare = folder / "poisoned.csv", folder / "bare.csv"
    poisoned.write_text("\n".join([rows[0], *(f"{row.rpartition(',')[0]},no such tag" for row in rows[1:])]))
    bare.write_text("\n".join(row.rpartition(",")[0] for row in rows))
    read = [read_unlabelled(data_config(path=str(path)), "validation") for path in (right, poisoned, bare)]
    assert texts(read[0]) == texts(read[1]) == texts(read[2]) != []
    assert not any(turn.tags for chats in read for dialogue in chats.dialogues for turn in dialogue.turns)


def test_a_folder_is_its_split_or_without_splits_all_that_lies_there(folder, tmp_path_factory):
    split = read_unlabelled(data_config(path=str(folder)), "validation")
    assert [dialogue.id for dialogue in split.dialogues] == ["d4", "d5", "d6", "d7"]
    assert split.source.endswith(" validation")
    with pytest.raises(InputError, match=r"expected test.parquet"):
        read_unlabelled(data_config(path=str(folder)), "test")
    chats = tmp_path_factory.mktemp("chats")
    for name in ("one", "two"):
        (chats / f"{name}.txt").write_text("User: hello\nListener: hi\n")
    assert len(read_unlabelled(data_config(path=str(chats)), "validation").dialogues) == 2


def test_the_shipped_corpus_is_read_by_split():
    chats = read_unlabelled(config("data=embedded", "data.parts=[plain]").data, "dev")
    assert (chats.source, len(chats.dialogues)) == ("embedded dev", 150)
