"""How figures and titles are written."""

import pytest

from crisis_turns.words import capital, decimal, forgiven, percent, percent_sign, signed_percent, span


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(0.12345), "12.3"),
        (percent(0.12345, 2), "12.35"),
        (percent_sign(0.12345), "12 %"),
        (percent_sign(0.12345, 1), "12.3 %"),
        (signed_percent(0.0123), "+1.2"),
        (signed_percent(-0.0123), "-1.2"),
        (span([0.1, 0.25]), "10.0 to 25.0"),
        (decimal(0.0512), "0.1"),
        (decimal(0.0512, 3), "0.051"),
    ],
)
def test_numbers(written, expected):
    assert written == expected


@pytest.mark.parametrize("write", [percent, percent_sign, signed_percent, decimal, span])
def test_what_is_undefined_is_a_dash(write):
    assert write(None) == "–"


def test_a_span_with_one_end_is_a_dash():
    assert span([0.1, None]) == span([None, None]) == "–"


def test_titles():
    assert [forgiven(1), forgiven(2)] == ["turn, ±1 user turn forgiven", "turn, ±2 user turns forgiven"]
    assert capital("turn, Confirm only") == "Turn, Confirm only"
