"""Text to records: a line that cannot be read is told in its place, and reading goes on as far as it can."""

import re

import pytest

from crisis_turns.data.csv_and_json import csv_lines, json_lines, sound, whole_number
from crisis_turns.data.json_layouts import json_rows
from crisis_turns.errors import InputError
from crisis_turns.files import read_json


def told(lines):
    """Where each line stands, with its record or its mistake as text."""
    return [(where, found if isinstance(found, dict) else str(found)) for where, found in lines]


def test_json_lines_go_on_after_a_mistake():
    assert told(json_lines('{"a": 1}\n\n[2]\n{\n{"a": "\u2028"}\n', "f")) == [
        ("f, line 1", {"a": 1}),
        ("f, line 3", "f, line 3: expected a JSON object, found list"),
        (
            "f, line 4",
            "f, line 4: expected a JSON object, found a mistake: expecting property name enclosed in double quotes",
        ),
        ("f, line 5", {"a": "\u2028"}),
    ]


def test_brackets_without_end_are_a_mistake_of_their_line():
    (line,) = told(json_lines("[" * 100_000, "f"))
    assert line == ("f, line 1", "f, line 1: expected a JSON object, found too many nested brackets")


def test_csv_goes_on_after_a_row_of_another_length_and_ends_at_a_broken_quote():
    assert told(csv_lines('a, b\n1,"two\nlines"\n3\n\n4,5\n"6"7,8\n9,9\n', "f")) == [
        ("f, line 2", {"a": "1", "b": "two\nlines"}),
        ("f, line 4", "f, line 4: expected 2 cells as in the header, found 1"),
        ("f, line 6", {"a": "4", "b": "5"}),
        ("f, line 7", "f, line 7: not a CSV record (',' expected after '\"'); the lines after it were not read"),
    ]


def test_a_header_is_judged_before_any_row():
    def check(where, columns):
        raise InputError(f"{where}: {columns}")

    with pytest.raises(InputError, match=r"f, line 2: \['a', 'b'\]"):
        next(csv_lines("\na,b\n1\n", "f", check_header=check))


def test_json_rows_are_an_array_or_columns_or_lines():
    assert told(json_rows('[{"a": 1}, 2]', "f")) == [
        ("f, row 1", {"a": 1}),
        ("f, row 2", "f, row 2: expected a JSON object, found int"),
    ]
    assert told(json_rows('{"a": [1, 2]}', "f")) == [("f, row 1", {"a": 1}), ("f, row 2", {"a": 2})]
    assert told(json_rows('{"a": 1}\n{"a": 2}', "f")) == [("f, line 1", {"a": 1}), ("f, line 2", {"a": 2})]


def test_columns_of_a_data_frame_have_one_name_each():
    with pytest.raises(InputError, match=r"^f: expected names under 'columns', found list$"):
        list(json_rows('{"columns": [["a", "x"], ["text", "y"]], "data": [[1, "User: hi"]]}', "f"))


@pytest.mark.parametrize("left", ["null", "{}", '{"list": null}', '{"list": 3}', '{"list": [{"id": 2}]}'])
def test_chats_that_were_left_may_be_missing(left):
    found = told(json_rows(f'{{"chats": {{"list": [{{"id": 1}}]}}, "left_chats": {left}}}', "f"))
    assert [record["id"] for _, record in found] == ([1, 2] if "2" in left else [1])


def test_a_whole_number_has_18_digits_at_most_however_it_is_written():
    largest = 10**18 - 1
    assert [whole_number(n) for n in (largest, str(largest), -largest, 1e17)] == [largest, largest, -largest, 10**17]
    assert [whole_number(n) for n in (largest + 1, str(largest + 1), -largest - 1, 1e18, 1e300)] == [None] * 5


def test_sound_lines_stop_at_the_first_mistake():
    lines = sound(json_lines('{"a": 1}\n{\n[', "f"))
    assert next(lines) == ("f, line 1", {"a": 1})
    with pytest.raises(InputError, match=r"^f, line 2: expected a JSON object"):
        next(lines)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' twice"),
        ("[" * 100_000, "too many nested brackets"),
        ("9" * 5000, "a number of too many digits"),
        ("{", "a mistake: expecting property name enclosed in double quotes"),
    ],
)
def test_every_json_that_cannot_be_read_is_told_alike(tmp_path, text, found):
    (_, mistake), *_ = json_lines(text, "p")
    assert str(mistake) == f"p, line 1: expected a JSON object, found {found}"
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=re.escape(f"expected JSON, found {found}")):
        read_json(tmp_path / "x.json")
    with pytest.raises(InputError, match=f"found {found}"):
        list(sound(json_rows(text, "p")))
