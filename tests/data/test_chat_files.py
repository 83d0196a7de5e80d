"""Conversations to tag: every format gives the same dialogue, from a file and from standard input."""

import io
import json
from types import SimpleNamespace

import pytest

from crisis_turns.data import file_content
from crisis_turns.data.chat_files import read_chats
from crisis_turns.errors import InputError

TURNS = [("User", "hi"), ("Listener", "hello"), ("User", "a, b")]
FORMATS = {
    "chat.txt": "".join(f"{speaker}: {text}\n\n" for speaker, text in TURNS),
    "chat.csv": "turn_id,text\n" + "".join(f'{n},"{s}: {t}"\n' for n, (s, t) in enumerate(TURNS)),
    "chat.jsonl": "".join(json.dumps({"turn_id": n, "text": f"{s}: {t}"}) + "\n" for n, (s, t) in enumerate(TURNS)),
}


def pipe(monkeypatch, content: bytes):
    monkeypatch.setattr(file_content, "sys", SimpleNamespace(stdin=SimpleNamespace(buffer=io.BytesIO(content))))


@pytest.mark.parametrize("name", FORMATS)
def test_files_and_standard_input_are_read_alike(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_text(FORMATS[name], encoding="utf-8")
    pipe(monkeypatch, FORMATS[name].encode())
    found = [*read_chats(path).dialogues, *read_chats(str(path)).dialogues, *read_chats("-").dialogues]
    assert [dialogue.id for dialogue in found] == ["chat-000000", "chat-000000", "input-000000"]
    for dialogue in found:
        assert [(turn.turn_id, turn.speaker, turn.text) for turn in dialogue.turns] == [
            (n, *turn) for n, turn in enumerate(TURNS)
        ]


@pytest.mark.parametrize(
    ("name", "ending"),
    [(name, b"\r\n") for name in FORMATS] + [("chat.txt", b"\r"), ("chat.csv", b"\r")],  # no JSON Lines end with CR
)
def test_the_lines_of_every_machine_are_lines(tmp_path, name, ending):
    path = tmp_path / name
    path.write_bytes(FORMATS[name].encode().replace(b"\n", ending))
    (found,) = read_chats(path).dialogues
    assert [(turn.speaker, turn.text) for turn in found.turns] == TURNS


def test_a_line_without_a_speaker_goes_on_with_the_one_before(tmp_path):
    (tmp_path / "chat.txt").write_text("User: one\n\ntwo\nListener: three\n")
    (dialogue,) = read_chats(tmp_path / "chat.txt").dialogues
    assert [(t.turn_id, t.text) for t in dialogue.turns] == [(0, "one\ntwo"), (2, "three")]


def test_a_turn_may_be_longer_than_a_csv_cell_of_the_standard_library(tmp_path):
    (tmp_path / "chat.txt").write_text("User: " + "word " * 40_000)
    (dialogue,) = read_chats(tmp_path / "chat.txt").dialogues
    assert len(dialogue.turns[0].text.split()) == 40_000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.txt", "", "x.txt: expected a dialogue, found an empty file"),
        ("x.csv", "turn_id,text\n", "x.csv: expected conversations, found an empty file"),
        ("x.csv", "", "x.csv: expected conversations, found an empty file"),
        ("x.txt", "hello", "x.txt, line 1: expected the text to start with 'User:' or 'Listener:'"),
        ("x.txt", "{", "x.txt, line 1: expected a JSON object"),
    ],
)
def test_what_is_no_conversation_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_chats(tmp_path / name)
    assert message in str(caught.value)


def test_a_home_is_found_and_nobodys_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "chat.txt").write_text("User: hi")
    assert len(read_chats("~/chat.txt").dialogues) == 1
    with pytest.raises(InputError, match=r"^~nobody-here/x: no such file"):
        read_chats("~nobody-here/x")


def test_standard_input_is_named_in_messages(monkeypatch):
    pipe(monkeypatch, b"caf\xe9")
    with pytest.raises(InputError, match="standard input, line 1: expected UTF-8 text, found byte 0xe9"):
        read_chats("-")
