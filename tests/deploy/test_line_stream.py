"""Streams answered line by line, in process and through the command."""

import io
import json
import os
import subprocess
import sys

import pytest

from crisis_turns.deploy.line_stream import follow
from crisis_turns.deploy.torch_runtime import streaming_tagger
from tests.support.checkout import ROOT
from tests.support.tiny import policy_for, tagger

LINES = [
    b"User: maybe something is off\n",
    b"Listener: go on\n",
    b"nobody says this\n",
    b"\xff\xfe\n",
    b"\n",
    b'{"dialogue_id": "a", "speaker": "User", "text": "hello"}\n',
    b'{"dialogue_id": "a", "speaker": "Kim", "text": "hello"}\n',
    b'{"dialogue_id": "a", "end": true}\n',
    b"{broken\n",
    b"user:  again\n",
    b"---\n",
    b"User: again\n",
]


def test_each_line_gets_one_answer_and_a_bad_one_touches_no_conversation():
    neural = tagger()
    runtime = streaming_tagger(neural, policy_for(neural))
    out = io.StringIO()
    follow(runtime, LINES, out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(answers) == len(LINES)
    assert [a.get("line") for a in answers if "error" in a] == [3, 4, 5, 7, 9]
    assert answers[1] == {"dialogue_id": "input-000000", "turn_id": 1, "speaker": "Listener"}
    assert answers[7] == {"dialogue_id": "a", "ends": True}
    assert answers[9]["turn_id"] == 2
    assert answers[10] == {"dialogue_id": "input-000001", "begins": True}
    turns = [("User", "maybe something is off"), ("Listener", "go on"), ("User", "again")]
    assert [tuple(answers[i]["predicted"]) for i in (0, 9)] == [found.tags for found in runtime.tag(turns)]
    assert tuple(answers[11]["predicted"]) == runtime.tag([("User", "again")])[0].tags


@pytest.mark.parametrize(
    "time", ["9" * 400, '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:00-14:00"', "[]", '"noon"']
)
def test_a_time_that_is_none_is_told_and_the_stream_goes_on(time):
    neural, out = tagger(), io.StringIO()
    line = f'{{"speaker": "User", "text": "x", "time": {time}}}\n'.encode()
    follow(streaming_tagger(neural, policy_for(neural)), [line, b"User: hi\n"], out)
    told, answered = (json.loads(line) for line in out.getvalue().splitlines())
    assert told["line"] == 1
    assert "time" in told["error"]
    assert (answered["dialogue_id"], answered["turn_id"]) == ("input-000000", 0)


def test_an_order_to_no_conversation_says_which():
    neural, out = tagger(), io.StringIO()
    lines = [b'{"flush": true}\n', b'{"dialogue_id": "a", "end": true}\n', b"User: hi\n", b'{"flush": true}\n']
    follow(streaming_tagger(neural, policy_for(neural)), lines, out)
    told = [json.loads(line).get("error") for line in out.getvalue().splitlines()]
    assert told[:2] == [
        "no conversation without a 'dialogue_id' is going on",
        "no conversation with this 'dialogue_id' is going on",
    ]
    assert told[2:] == [None, None]


def test_the_command_answers_before_the_next_line_comes(tiny_run, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "src.predict", f"run={tiny_run.path}", "input=-", "follow=true"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    for turn in range(3):
        process.stdin.write(b"User: maybe\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["turn_id"] == turn
    process.stdin.close()
    assert process.wait(60) == 0
