"""The clock: every round runs everything, ratios are made within a round."""

import pytest
import torch

from crisis_turns.speed.timing import Timing, in_rounds


def test_rounds_alternate_their_order_and_the_first_run_does_not_count():
    calls = []
    tasks = {name: (lambda name=name: calls.append(name)) for name in "abc"}
    timings = in_rounds(tasks, rounds=3, device=torch.device("cpu"))
    assert "".join(calls) == "abc" + "abc" + "cba" + "abc"
    assert [len(timing.seconds) for timing in timings.values()] == [3, 3, 3]


def test_ratios_are_those_of_single_rounds():
    """A machine that slows down for everybody in one round changes no ratio."""
    slow, fast = Timing((2.0, 20.0, 2.0)), Timing((1.0, 10.0, 0.5))
    assert fast.times_as_fast_as(slow) == (2, 2, 4)
    assert slow.median == 2
    assert slow.times_as_fast_as(slow) == (1, 1, 1)
    with pytest.raises(ValueError, match="argument"):
        fast.times_as_fast_as(Timing((1.0,)))
