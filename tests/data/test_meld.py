"""MELD's authors' files: every speaker's turns are tagged and keep the name; all words here are invented."""

import pytest

from crisis_turns.config import ChatConfig
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.corpus import read_split
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.training.run import train
from tests.support.tiny import TINY, config

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
ROWS = (
    '1,"Well, it\x92s late\x85",Ann,neutral,neutral,0,1,4,7,"00:20:57,256","00:21:00,049"',
    '2,Note: go!,Dr. Bea,anger,negative,0,3,4,7,"00:21:01,927","00:21:03,261"',
    '3,So what?,All,surprise,positive,1,0,4,7,"0:21:04,000","0:21:05,000"',
    '4,I cried.,therapist,sadness,negative,1,1,4,7,"0:21:05,000","0:21:06,000"',
)


@pytest.fixture
def folder(tmp_path):
    """What the authors ship, in small."""
    for name in ("train", "dev", "test"):
        text = "\n".join((HEADER, *ROWS)) + "\n"
        (tmp_path / f"{name}_sent_emo.csv").write_text(text, encoding="utf-8")
    return tmp_path


def data(folder, *overrides):
    return config("data=meld", f"data.path={folder}", "head=exclusive", *overrides).data


def test_all_speakers_are_tagged_and_keep_their_names(folder):
    corpus = read_split(data(folder), "validation")
    assert [
        [(turn.turn_id, turn.speaker, turn.text, turn.tags) for turn in dialogue.turns] for dialogue in corpus.dialogues
    ] == [
        [
            (1, "User", "Ann: Well, it’s late…", ("neutral",)),
            (3, "User", "Dr. Bea: Note: go!", ("anger",)),
        ],
        [
            (0, "User", "All: So what?", ("surprise",)),
            (1, "User", "therapist: I cried.", ("sadness",)),  # the usual words for the two sides mean nothing here
        ],
    ]
    assert corpus.tags.ignored_class == "neutral"
    assert corpus.chats.notes == ("marks of Windows-1252 are mended in 1 messages",)
    assert "expected 1109 rows as published, found 4" in corpus.differences
    assert read_split(data(folder), "train").dialogues == corpus.dialogues


def test_sentiments_are_another_column(folder):
    corpus = read_split(data(folder, "data.columns.labels=Sentiment", "data.tags=[negative,neutral,positive]"), "test")
    assert [turn.tags for dialogue in corpus.dialogues for turn in dialogue.turns][:2] == [("neutral",), ("negative",)]


def test_a_turn_without_a_speaker_is_refused_not_glued(folder):
    path = folder / "test_sent_emo.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",Dr. Bea,", ",,"), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: turn_id 1 .* expected exactly one label on a user turn, found 2"):
        read_split(data(folder), "test")


def test_bytes_of_windows_are_refused_with_advice(folder):
    path = folder / "test_sent_emo.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(InputError, match=r"line 2: expected UTF-8 text, found byte 0x92: save it as UTF-8"):
        read_split(data(folder), "test")


def test_everybody_else_may_be_a_user_in_any_format(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_text("Ann: hi\nsaid to him: go\nTherapist: yes?\nUser: no\n", encoding="utf-8")
    chats = read_chats(path, ChatConfig(speakers={"unknown": "user"}))
    assert [(turn.speaker[0], turn.text) for turn in chats.dialogues[0].turns] == [
        ("U", "Ann: hi\nsaid to him: go"),
        ("L", "yes?"),
        ("U", "no"),
    ]
    assert "the user is Ann, User" in chats.told


@pytest.mark.slow
def test_a_tagger_learns_from_it(folder, tmp_path):
    run = train(
        config(
            "data=meld", f"data.path={folder}", "head=exclusive", *TINY, "optim.epochs=1", f"run_dir={tmp_path / 'run'}"
        )
    )
    scores = read_json(run.metrics("test"))["exclusive"]
    assert scores["ignored_class"] == "neutral"
    assert 0 <= scores["weighted_f1"] <= 1
    assert 0 <= scores["micro_f1_without_ignored"] <= 1
