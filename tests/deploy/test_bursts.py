"""Messages that one speaker sends in a row: one turn, in batch, as a stream, and line by line alike."""

import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisis_turns.config import ChatConfig
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.chat_messages import as_dialogue
from crisis_turns.deploy.line_stream import follow
from crisis_turns.deploy.runtime import Monitor, TaggerError
from crisis_turns.deploy.torch_runtime import streaming_tagger
from crisis_turns.errors import InputError
from tests.support.tiny import policy_for, tagger

MESSAGES = [
    ("User", "maybe", 0), ("User", "something", 5), ("User", "is off", 90), ("Listener", "oh", 95),
    ("Listener", "go on", 96), ("User", "again", 100),
]  # fmt: skip
EXPECTED = {
    "none": [(0,), (1,), (2,), (5,)],
    "same_speaker": [(0, 1, 2), (5,)],
    60.0: [(0, 1), (2,), (5,)],
}


@pytest.fixture(scope="module")
def runtime():
    neural = tagger()
    return streaming_tagger(neural, policy_for(neural))


def streamed(runtime, messages, join):
    monitor = runtime.monitor(join)
    found = [monitor.add(who, text, seconds) for who, text, seconds in messages]
    return [answer for answer in (*found, monitor.flush()) if answer is not None]


def in_batch(messages, join):
    talk = [{"speaker": who, "text": text, "time": seconds} for who, text, seconds in messages]
    return as_dialogue(talk, "d", ChatConfig(turns={"join": join}))


@pytest.mark.parametrize("join", EXPECTED)
def test_a_turn_has_the_id_of_its_last_message_and_all_of_them(runtime, join):
    answers = streamed(runtime, MESSAGES, join)
    assert [answer.message_ids or (answer.turn_id,) for answer in answers] == EXPECTED[join]
    assert [answer.turn_id for answer in answers] == [ids[-1] for ids in EXPECTED[join]]
    turns = in_batch(MESSAGES, join).user_turns
    assert [turn.message_ids or (turn.turn_id,) for turn in turns] == EXPECTED[join]


TALK = st.lists(
    st.tuples(st.sampled_from(["User", "Listener"]), st.sampled_from(["maybe", "", " a\nb "]), st.integers(0, 9)),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(talk=TALK, join=st.sampled_from(["none", "same_speaker", 4.0]), saved=st.booleans())
def test_stream_and_batch_agree(runtime, talk, join, saved):
    messages = [("User", "hi", 0), *talk]
    dialogue = in_batch(messages, join)
    batch = runtime.tag([(turn.speaker, turn.text) for turn in dialogue.turns])
    stream = streamed(runtime, messages, join)
    if saved:
        monitor = runtime.monitor(join)
        again = []
        for message in messages:
            again.append(monitor.add(*message))
            monitor = Monitor.restore(runtime, monitor.state())
        again.append(monitor.flush())
        assert [answer for answer in again if answer is not None] == stream
    assert [(a.tags, a.probabilities) for a in stream] == [(a.tags, a.probabilities) for a in batch]
    assert [a.turn_id for a in stream] == [turn.turn_id for turn in dialogue.user_turns]


def test_pauses_need_a_time_for_every_message(runtime, tmp_path):
    with pytest.raises(TaggerError, match="expected the time of every message"):
        runtime.monitor(60.0).add("User", "hi")
    for seconds in ("soon", float("nan"), float("inf"), True):
        with pytest.raises(TaggerError, match=f"found {seconds!r}"):
            runtime.monitor(60.0).add("User", "hi", seconds)
    assert runtime.monitor(60).add("User", "hi", np.float32(3)) is None
    (tmp_path / "x.txt").write_text("User: hi\n")
    with pytest.raises(InputError, match=r"turns.join=60 needs the time of every message, and this one has none"):
        read_chats(tmp_path / "x.txt", ChatConfig(turns={"join": 60}))


def test_lines_are_answered_when_their_turn_is_over(runtime):
    lines = [*(json.dumps({"dialogue_id": "a", "speaker": who, "text": text}) for who, text, _ in MESSAGES), "User: hi",
             '{"dialogue_id": "a", "flush": true}', "---", "Tool: x", "Kim: y", "User: again"]  # fmt: skip
    out = io.StringIO()
    follow(runtime, (line.encode() for line in lines), out, ChatConfig(turns={"join": "same_speaker"}))
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    over = [answer for answer in answers if "predicted" in answer]
    assert [(a["dialogue_id"], a["turn_id"], a.get("message_ids")) for a in over] == [
        ("a", 2, [0, 1, 2]), ("a", 5, None), ("input-000000", 0, None), ("input-000001", 0, None),
    ]  # fmt: skip
    expected = streamed(runtime, MESSAGES, "same_speaker")
    assert [tuple(a["predicted"]) for a in over[:2]] == [answer.tags for answer in expected]
    assert sum("waits" in answer for answer in answers) == 8
    assert {"dialogue_id": "input-000001", "speaker": "Tool", "left_out": True} in answers
    assert [a["line"] for a in answers if "error" in a] == [11]


@pytest.mark.parametrize("text", ["User: a\nTherapist: b\n---\nUser: a\n**Client:** again\n"])
def test_a_file_and_its_lines_one_by_one_get_the_same_answers(runtime, tmp_path, text):
    (tmp_path / "input.txt").write_text(text)
    out = io.StringIO()
    follow(runtime, text.encode().splitlines(keepends=True), out)
    live = [json.loads(line) for line in out.getvalue().splitlines() if "predicted" in line]
    dialogues = read_chats(tmp_path / "input.txt").dialogues
    batch = [
        (d.id, a.turn_id, list(a.tags)) for d in dialogues for a in runtime.tag([(t.speaker, t.text) for t in d.turns])
    ]
    assert [(a["dialogue_id"], a["turn_id"], a["predicted"]) for a in live] == batch


@pytest.mark.parametrize("join", [0, -1, True, float("nan"), "60", "sameSpeaker", None])
def test_what_joins_messages_is_one_of_three_things(runtime, join):
    with pytest.raises(TaggerError, match="expected join as"):
        runtime.monitor(join)
