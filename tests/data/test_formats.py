"""Whatever the format: words stand under their speaker, nothing is lost, labels read and told are the file's."""

import tempfile
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisis_turns.config import ChatConfig, FormatName
from crisis_turns.data.chat_files import read_chats
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet
from tests.support.written_chats import WRITERS

TAGS = TagSet(("sad", "glad"))
PIECES = st.sampled_from(
    ["long week", "sorry, yes", "kim: said", "One: more", "http://a.b", "at 10:30", '"so"', "it's; fine", "#5", "<3",
     "{", "[x]", "--- no", "Dear all", "user", "12/07/2022", "été", "🙂", "|", "Therapist said: no", "- and on"]
)  # fmt: skip
LINE = st.lists(PIECES, min_size=1, max_size=3).map(" ".join)
TURN = st.tuples(
    st.booleans(),
    st.lists(LINE, min_size=1, max_size=3),
    st.lists(st.sampled_from(TAGS.names), max_size=3),
)
TALK = st.lists(TURN, min_size=1, max_size=6)


def words_by_side(turns):
    """Who says which words, with what one says in a row together."""
    return [
        (side, " ".join(text for _, text in group).split()) for side, group in groupby(turns, key=lambda turn: turn[0])
    ]


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.form)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(talk=TALK)
def test_words_and_labels_are_where_they_were_written(writer, talk):
    turns = [(u, ("\n" if writer.lines else " ").join(lines), tuple(labels)) for u, lines, labels in talk]
    with tempfile.TemporaryDirectory() as folder:
        path, keys = writer.write(turns, Path(folder))
        chats = read_or_why_not(path, ChatConfig(**keys))
    if isinstance(chats, str):
        assert is_just_cause(chats, turns)
        return
    assert chats.formats == (writer.form,)
    (dialogue,) = chats.dialogues
    assert words_by_side((t.is_user, t.text) for t in dialogue.turns) == words_by_side((u, t) for u, t, _ in turns)
    report = chats.report
    written = sum(len(labels) for *_, labels in turns) if writer.labels else 0
    assert report.labels == written
    told = report.labels_on_listener + report.labels_repeated + report.labels_left_out
    assert sum(len(turn.tags) for turn in dialogue.turns) + told == written


def read_or_why_not(path, config):
    try:
        return read_chats(path, config, tags=TAGS)
    except InputError as error:
        return str(error)


def is_just_cause(message, turns):
    """No user, or a line inside of a message that looks like somebody else's."""
    if "has no user turn" in message:
        return not any(is_user for is_user, *_ in turns)
    inside = [line for _, text, _ in turns for line in text.split("\n")[1:]]
    return "'kim' is on no list of speakers" in message and any(line.startswith("kim: ") for line in inside)


def test_every_format_is_written():
    assert {writer.form for writer in WRITERS} == set(FormatName.__args__)
