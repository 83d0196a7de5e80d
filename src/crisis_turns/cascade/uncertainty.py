"""Where a small system is unsure: rules that give each user turn a figure, from the turns up to it alone.

The higher it is, the sooner a large system is asked. A new rule is a function here and a row in ``RULES``.
"""

from collections.abc import Callable, Sequence

import numpy as np

from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged

Rule = Callable[[Tagged, Policy], np.ndarray]
"""A dialogue with the small system's beliefs and raw decisions, and its policy, to ``(S,)`` figures."""
_LEAST = 1e-6


def near(dialogue: Tagged, policy: Policy) -> np.ndarray:
    """How near the nearest of the tags is to its threshold, in log odds: 0 is a coin's throw."""
    return np.asarray(-np.abs(_above(dialogue, policy)).min(1))


def high(dialogue: Tagged, policy: Policy) -> np.ndarray:
    """How high the highest of the tags stands above its threshold, in log odds: flags are asked about first of all."""
    return np.asarray(_above(dialogue, policy).max(1))


def entropy(dialogue: Tagged, policy: Policy) -> np.ndarray:
    """Entropy of what begins now, summed over the tags."""
    p = np.clip(dialogue.beliefs, _LEAST, 1 - _LEAST)
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log1p(-p)).sum(1))


def silent(dialogue: Tagged, policy: Policy) -> np.ndarray:
    """The highest belief that a tag has begun by now which was never given: what a chain knows and nobody was told."""
    if dialogue.begun is None:
        raise ValueError(f"dialogue {dialogue.dialogue_id} has no beliefs about what has begun")
    given = np.logical_or.accumulate(dialogue.predicted, axis=0)
    return np.asarray(np.where(given, 0.0, dialogue.begun).max(1))


RULES: dict[str, Rule] = {"near": near, "high": high, "entropy": entropy, "silent": silent}


def usable(dialogues: Sequence[Tagged], *, thresholds: bool) -> list[str]:
    """The rules for which the small system gives enough.

    Args:
        thresholds: whether it has any.
    """
    begun = all(dialogue.begun is not None for dialogue in dialogues)
    needs = {"near": thresholds, "high": thresholds, "silent": begun}
    return [name for name in RULES if needs.get(name, True)]


def _above(dialogue: Tagged, policy: Policy) -> np.ndarray:
    """``(S, Y)`` log odds of scores minus those of their thresholds."""
    return np.asarray(_log_odds(dialogue.scores(policy.score)) - _log_odds(policy.thresholds))


def _log_odds(values: np.ndarray) -> np.ndarray:
    p = np.clip(values, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(p) - np.log1p(-p))
