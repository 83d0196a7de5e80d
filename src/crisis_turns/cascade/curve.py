"""Quality against the share of turns that the large system is asked about, and the choice of a rule on one split."""

from collections.abc import Sequence

import numpy as np

from crisis_turns.cascade.cascade_file import CurvePoint, RandomPoint, RuleScore
from crisis_turns.cascade.pair import Pair
from crisis_turns.cascade.uncertainty import RULES
from crisis_turns.decision.policy import Policy
from crisis_turns.metrics.numbers import number

NEVER = np.inf
_DRAWS = 10


def unsure(pair: Pair, rule: str, policy: Policy) -> np.ndarray:
    """``(N,)`` the rule's figures."""
    return np.concatenate([RULES[rule](dialogue, policy) for dialogue in pair.dialogues])


def threshold_at(figures: np.ndarray, share: float) -> float:
    """The threshold at which this share of the turns is asked about; equal figures are asked about together, so that
    it may be more.
    """
    n = round(share * len(figures))
    return float(np.sort(figures)[-n]) if n else NEVER


def point(pair: Pair, figures: np.ndarray, threshold: float, *, price: float | None) -> CurvePoint:
    """The large system asked where the figure reaches the threshold.

    Args:
        price: of one turn that is asked about.
    """
    asked = figures >= threshold
    share = float(asked.mean())
    return {
        "share": share,
        "asked": int(asked.sum()),
        "threshold": None if threshold == NEVER else threshold,
        **pair.scores(pair.merged(asked)),  # type: ignore[typeddict-item]
        "price_per_1000_turns": None if price is None else 1000 * share * price,
    }


def curve(pair: Pair, figures: np.ndarray, *, steps: int, price: float | None) -> list[CurvePoint]:
    """From never to always in so many steps; those that ask about the same turns once."""
    thresholds = dict.fromkeys(threshold_at(figures, step / steps) for step in range(steps + 1))
    return [point(pair, figures, threshold, price=price) for threshold in thresholds]


def by_lot(pair: Pair, *, steps: int, seed: int) -> list[RandomPoint]:
    """What asking about as many turns brings that nobody has chosen: the mean of ten draws."""
    draws = [np.random.default_rng([seed, n]).random(len(pair.gold)) for n in range(_DRAWS)]
    curves = [curve(pair, figures, steps=steps, price=None) for figures in draws]
    return [
        {
            "share": at[0]["share"],
            "micro_f1": _mean([p["micro_f1"] for p in at]),
            "micro_recall": _mean([p["micro_recall"] for p in at]),
        }
        for at in zip(*curves, strict=True)
    ]


def rule_score(points: Sequence[CurvePoint], largest_share: float) -> tuple[RuleScore, float]:
    """How good a rule is, and its threshold at the best F1 (of equals the one that asks least), both among the points
    that ask about no more than the largest share.

    The mean is over shares from 0 to the largest, on straight lines between the points; from the last one on nothing
    more is asked.
    """
    allowed = [p for p in points if p["share"] <= largest_share + 1e-9]
    shares, scores = [p["share"] for p in allowed], [p["micro_f1"] or 0.0 for p in allowed]
    best = allowed[int(np.argmax(scores))]
    mean = float(np.trapezoid([*scores, scores[-1]], [*shares, largest_share])) / largest_share
    found: RuleScore = {"mean_f1": mean, "best_f1": max(scores), "best_share": best["share"]}
    return found, NEVER if best["threshold"] is None else best["threshold"]


def _mean(values: Sequence[float | None]) -> float | None:
    return number(np.asarray([np.nan if value is None else value for value in values]).mean())
