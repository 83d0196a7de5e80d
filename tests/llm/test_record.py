"""The record of calls: nothing is lost in a kill, nothing asked twice, nothing of the text in it."""

import pytest

from crisis_turns.errors import InputError
from crisis_turns.llm.address import address_of
from crisis_turns.llm.record import Reply, open_record
from tests.support.asked import asker
from tests.support.invented import dialogue

TALK = dialogue("U a sentence", "U another")


def test_a_record_goes_on_where_a_killed_one_has_stopped(tmp_path):
    path, calls = tmp_path / "calls.jsonl", list(asker().calls([TALK]))
    reply = Reply(outcome="answered", text="an emoji 🙂", tokens_read=10, left_out=("seed",))
    with open_record(path, (1.0, 2.0)) as record:
        record.add(calls[0], reply)
        assert path.read_text().endswith("\n")  # on the disk while the record is open
    assert path.stat().st_mode & 0o77 == 0
    assert "a sentence" not in path.read_text()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    with open_record(path, None) as record:
        assert record.replies == {calls[0].hash: reply}
        assert record.left_out == ("seed",)
        record.add(calls[1], Reply(outcome="refused"))
    assert path.read_bytes().startswith(whole)
    assert len(path.read_text().splitlines()) == 2


def test_a_line_of_another_kind_is_refused_without_what_it_says(tmp_path):
    path = tmp_path / "calls.jsonl"
    path.write_text('{"hash": "a", "outcome": "my secret"}\n')
    with pytest.raises(InputError) as caught, open_record(path, None):
        pass
    assert str(caught.value) == f"{path}, line 1: expected a call as this command writes it"


def test_where_the_text_stays_is_told_by_the_address_alone():
    for url in ("http://localhost:8000/v1", "http://127.1.2.3", "http://[::1]:8000/v1/", "https://LOCALHOST"):
        assert address_of(url).is_here
    for url in ("https://api.example.org/v1", "http://0.0.0.0:8000", "http://10.0.0.1", "http://localhost.example.org"):
        assert not address_of(url).is_here
    assert address_of("http://[::1]:8000/v1/").told == "http://[::1]:8000"
    for url in (
        "localhost:8000",
        "ftp://a",
        "http://",
        "http://a:b:c",
        "http://[",
        "http://u:pass@a",
        "http://a?k=pass",
    ):
        with pytest.raises(InputError) as caught:
            address_of(url)
        assert "pass" not in str(caught.value).replace("a password", "")
