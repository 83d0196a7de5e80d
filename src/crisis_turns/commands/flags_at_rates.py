"""Thresholds at a rate of flags, with what is told of them: what ``thresholds`` writes and ``predict`` uses at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from crisis_turns.config import Scope
from crisis_turns.decision.expected_flags import at_rates, expected_flags
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged
from crisis_turns.errors import InputError
from crisis_turns.runs.load import Run
from crisis_turns.runs.usual_rates import Rates

StatedRates = dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
"""The type of ``expected``: flags per dialogue by group or tag."""


class AtRates(NamedTuple):
    """The policy, and in lines what it raises of what is expected; counts and thresholds alone."""

    policy: Policy
    told: list[str]


def flags_at_rates(
    run: Run,
    believed: Sequence[Tagged],
    *,
    stated: Mapping[str, float],
    usual: Callable[[], Rates],
    scope: Scope = "group",
) -> AtRates:
    """Set thresholds on the dialogues with a user turn, each of which counts.

    Args:
        run: what believes so; its policy says by which belief tags fire, and whether at most once.
        stated: flags per dialogue by group or tag.
        usual: gives what is not stated; asked only if something is not.

    Raises:
        InputError: for rates that do not fit the tags or the dialogues.
    """
    if run.tags.exclusive:
        raise InputError(f"run={run.path} has exclusive classes: the likeliest one is taken, without thresholds")
    sources = ["as stated"] if stated else []

    def not_stated() -> np.ndarray:
        rates = usual()
        sources.append(f"the rest {rates.source}" if stated else rates.source)
        return rates.per_dialogue

    heard = [d for d in believed if len(d.turn_ids)]
    expected = expected_flags(run.tags, stated, not_stated, scope)
    policy = at_rates(heard, run.tags, expected, once=run.policy.once, score=run.policy.score)
    raised = sum(d.predicted.sum(0) for d in policy.apply(heard)) / len(heard)
    found = [
        f"{each.name}: {each.per_dialogue:.3f} expected, {raised[each.tags].sum():.3f} raised, from "
        f"{policy.thresholds[each.tags[0]]:.4f} on"
        for each in expected
    ]
    return AtRates(policy, [f"flags per dialogue {', '.join(sources)}; no label was read", *found])
