"""The client against a server on the loopback that misbehaves in every way that real ones do.

Content note: one invented text names a low mood in plain, non-graphic words.
"""

import logging
import math
import threading

import pytest

from crisis_turns.errors import InputError
from crisis_turns.llm.beliefs import read_answers
from tests.support.asked import asked
from tests.support.chat_server import KEY, Answer, chat_server, completion, said
from tests.support.invented import dialogue

pytest.importorskip("openai", reason="the extra .[llm]")
pytestmark = pytest.mark.enable_socket
SECRET = "my dog is called Bartholomew"
TALK = dialogue(f"U {SECRET}", "L go on", "U and i feel low | alert_ongoing")
NOW = {"retry_after_ms": 1}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def ask(tmp_path):
    """Ask about the dialogue above with a server that behaves so: its replies in order, and the server."""

    def call(behaviour, dialogues=(TALK,), **changed):
        with chat_server(behaviour) as server:
            replies, who = asked(server, tmp_path / "calls.jsonl", dialogues, **{"retries": 2, **changed})
        call.answers = read_answers(who, dialogues, replies)
        return [replies[c.hash] for c in who.calls(dialogues)], server

    return call


def in_turn(*answers):
    """Each request gets the next answer; the last one stays."""
    return lambda request, number: answers[min(number, len(answers) - 1)]


@pytest.mark.parametrize(
    "first",
    [
        Answer.error(429, **NOW), Answer.error(500, **NOW), Answer(b"bad gateway", 502, {"retry-after-ms": "1"}),
        Answer(b"<html>please log in</html>", headers={"content-type": "text/html"}), Answer(b'{"choices": [', 200),
        Answer({"choices": []}), Answer({"error": {"message": "overloaded"}}), Answer(b"[[[", 200),
    ],
)  # fmt: skip
def test_what_passes_is_asked_again(ask, first, monkeypatch):
    monkeypatch.setattr("crisis_turns.llm.server._FIRST_PAUSE", 0.001)
    replies, server = ask(in_turn(first, said("alert_ongoing")))
    assert len(server.requests) == 3
    assert [reply.outcome for reply in replies] == ["answered"] * 2
    assert ask.answers.kinds == {"exact": 2}
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_connections_that_are_cut_and_long_silence_are_asked_again(ask):
    silent = Answer(said("alert_past"), silence=30)
    replies, server = ask(in_turn(Answer(said(), cut=True), silent, said()), timeout=1, retries=9)
    assert [reply.text for reply in replies] == ['{"tags": []}'] * 2
    assert len(server.requests) >= 4


def test_a_stream_is_put_together_and_one_that_is_cut_is_asked_again(ask, monkeypatch):
    monkeypatch.setattr("crisis_turns.llm.server._FIRST_PAUSE", 0.001)
    whole = Answer.pieces('{"tags": ["alert', '_ongoing"]}')
    broken = Answer(b'data: {"choi\n\n', headers={"content-type": "text/event-stream"})
    replies, server = ask(in_turn(Answer.pieces('{"tags"', ends=False), broken, whole), stream=True)
    assert len(server.requests) == 4
    assert [(r.text, r.tokens_written) for r in replies] == [('{"tags": ["alert_ongoing"]}', 7)] * 2


def unknown_fields(*names):
    """A server that knows none of these fields, and says so of the first that it meets."""

    def answer(request, number):
        for name in names:
            if name in request:
                return Answer({"detail": [{"loc": ["body", name], "msg": "extra fields not permitted"}]}, 422)
        return said("alert_ongoing")

    return answer


def test_fields_that_a_server_does_not_know_are_left_out_and_not_sent_again(ask):
    names = ("seed", "response_format", "temperature", "max_tokens")
    replies, server = ask(unknown_fields(*names), max_tokens=50)
    assert replies[0].left_out == ("json_object", "json_schema", "max_tokens", "seed", "temperature")
    assert set(server.requests[-1]) == {"model", "messages", "max_completion_tokens"}
    assert len(server.requests) == 5 + 2
    more = (TALK, dialogue("U another", name="e"))
    _, server = ask(unknown_fields(*names), more, max_tokens=50)  # remembered by the record
    assert len(server.requests) == 1


def test_a_server_that_does_not_say_what_it_dislikes_gets_less_and_less(ask):
    def answer(request, number):
        return said() if set(request) == {"model", "messages"} else Answer.error(400, "bad request")

    _, server = ask(answer)
    assert set(server.requests[-1]) == {"model", "messages"}
    with pytest.raises(InputError, match=r"rejects the questions: HTTP 400 \(some_error\)"):
        ask(in_turn(Answer.error(400, f"no such: {SECRET}")), temperature=0.3)


def test_refused_filtered_and_rejected_questions_are_answers_of_their_own_kind_and_not_asked_again(ask):
    talk = dialogue("U a", *(f"U {n} long enough" for n in range(5)))
    behaviour = in_turn(
        said("alert_ongoing"),
        completion(None, refusal="I cannot."),
        completion("", finish="content_filter"),
        Answer.error(400, "filtered", code="content_filter"),
        Answer.error(400, "the context has 4,096 tokens", code="context_length_exceeded"),
        completion("I'm sorry, but I can't help with that."),
    )
    replies, server = ask(behaviour, [talk], concurrency=1)
    outcomes = ["answered", "refused", "filtered", "filtered", "rejected", "answered"]
    assert [reply.outcome for reply in replies] == outcomes
    assert ask.answers.kinds == {"exact": 1, "refused": 2, "filtered": 2, "rejected": 1}
    assert ask.answers.onset[talk.id][:, 0].tolist() == [1, 0, 0, 0, 0, 0]
    _, server = ask(behaviour, [talk], concurrency=1)
    assert server.requests == []


def test_reasoning_is_dropped_and_an_answer_that_is_cut_or_empty_is_counted(ask):
    talk = dialogue(*(f"U {n}" for n in range(4)))
    thought = completion("<think>alert_ongoing?</think>" + '{"tags": []}', reasoning_content=SECRET)
    cut = completion("<think>so", finish="length")
    replies, _ = ask(in_turn(thought, cut, completion(None), completion("It is hard to say.")), [talk], concurrency=1)
    assert [reply.text for reply in replies] == ['{"tags": []}', "", "", "It is hard to say."]
    assert ask.answers.kinds == {"exact": 1, "cut": 1, "empty": 1, "unreadable": 1}


def test_several_answers_make_a_share(ask):
    seeds = {}

    def answer(request, number):
        seeds.setdefault(request["messages"][-1]["content"], []).append(request["seed"])
        return said("alert_ongoing") if request["seed"] > 1 else completion("nonsense")

    _, server = ask(answer, samples=4)
    assert [sorted(given) for given in seeds.values()] == [[1, 2, 3, 4]] * 2
    assert {request["temperature"] for request in server.requests} == {1.0}
    assert ask.answers.onset[TALK.id][:, 0].tolist() == [0.75, 0.75]


def test_log_probabilities_make_a_probability_and_a_server_without_them_is_told(ask):
    def row(text, **others):
        rows = [{"token": token, "logprob": math.log(p)} for token, p in others.items()]
        return {"token": text, "logprob": -0.1, "top_logprobs": rows}

    tokens = [row('{"alert_ongoing": '), row("true", true=0.6, false=0.3), row(', "alert_past": '), row("false}", x=1)]
    behaviour = in_turn(completion('{"alert_ongoing": true, "alert_past": false}', logprobs=tokens))
    _, server = ask(behaviour, logprobs=True)
    alert = ask.answers.onset[TALK.id][0]
    assert alert[:2].tolist() == [pytest.approx(0.6 / 0.9), 0]
    assert server.requests[0]["logprobs"] is True
    with pytest.raises(InputError, match=r"gives no log-probabilities: take llm\.samples=5"):
        ask(in_turn(said()), logprobs=True, temperature=0.1)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer.error(401, f"Incorrect API key provided: {KEY}"), r"HTTP 401 \(some_error\); the key is read from"),
        (Answer.error(404, "no such model"), r"HTTP 404 \(some_error\); it may have no model 'm'"),
        (Answer(b"", 307, {"location": "http://example.org/v1"}), r"HTTP 307; redirects are not followed"),
        (Answer.error(429, f"{SECRET}", code=SECRET, **NOW), r"calls without a reply \(HTTP 429: 1\)"),
        (Answer.error(500, f"{SECRET}", **NOW), r"calls without a reply \(HTTP 500 \(some_error\): 1\)"),
    ],
)
def test_what_does_not_pass_ends_with_one_sentence_and_neither_text_nor_key(ask, answer, message, caplog, capfd):
    with caplog.at_level(logging.DEBUG), pytest.raises(InputError, match=message) as caught:
        ask(in_turn(answer))
    printed = capfd.readouterr()
    for told in (str(caught.value), caplog.text, printed.out, printed.err):
        assert SECRET not in told
        assert KEY not in told


def test_calls_that_fail_for_good_leave_the_others_on_record(ask):
    def answer(request, number):
        return Answer.error(500, **NOW) if "feel low" in request["messages"][-1]["content"] else said()

    with pytest.raises(InputError, match="and the same command asks for these again"):
        ask(answer)
    _, server = ask(in_turn(said()))
    assert len(server.requests) == 1


def test_no_more_calls_than_allowed_are_under_way(ask):
    under_way, most, lock, together = set(), [], threading.Lock(), threading.Barrier(3)

    def answer(request, number):
        with lock:
            under_way.add(number)
            most.append(len(under_way))
        if number in (1, 2, 3):  # after the first, which is alone
            together.wait(60)
        with lock:
            under_way.discard(number)
        return said()

    ask(answer, [dialogue(*(f"U {n}" for n in range(12)))], concurrency=3)
    assert max(most) == 3


def test_an_address_of_this_machine_without_a_server_is_told_at_once(tmp_path):
    with chat_server(in_turn(said())) as server:
        pass
    with pytest.raises(InputError, match=r"nothing listens at http://127\.0\.0\.1:"):
        asked(server, tmp_path / "calls.jsonl", [TALK])


def test_a_proxy_of_the_environment_gets_nothing_that_is_meant_for_this_machine(ask, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    replies, _ = ask(in_turn(said()))
    assert len(replies) == 2
