"""A cascade of two systems against its definition, turn by turn, and its ends and ties."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from crisis_turns.cascade.cascade import Both, Settings, cascade, chosen_rule, given_rule
from crisis_turns.cascade.curve import by_lot, curve, point, rule_score, threshold_at, unsure
from crisis_turns.cascade.pair import Pair
from crisis_turns.cascade.uncertainty import RULES
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.reading_report import ReadingReport
from crisis_turns.decision.policy import Policy
from crisis_turns.errors import InputError
from crisis_turns.metrics import counts as counting
from crisis_turns.metrics.counts import turn_micro_f1
from crisis_turns.metrics.deployment import deployment
from crisis_turns.tags import TagSet
from tests.support.invented import dialogue
from tests.support.tables import random_dialogues, tagged

TAGS = TagSet(("a", "b", "c"))
POLICY = Policy(np.array([0.5, 0.4, 0.6]), once=True, exclusive=False)


def systems(seed=1, *, levels=None, n=12):
    """A small system's beliefs with raw decisions, and what a large one says, at most once per dialogue."""
    small = random_dialogues(seed, n=n, n_tags=3, beliefs=True, levels=levels)
    small = replace(POLICY, once=False).apply(small)
    rng = np.random.default_rng(seed)
    said = [d.gold ^ (rng.random(d.gold.shape) < 0.1) for d in small]
    large = [
        replace(d, predicted=s & (s.cumsum(0) == 1), onset=None, begun=None) for d, s in zip(small, said, strict=True)
    ]
    return small, large


@pytest.fixture
def pair():
    return Pair.of(*systems(), once=True)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("once", [True, False])
def test_it_is_what_its_definition_says_turn_by_turn(rule, once):
    small, large = systems(levels=4, n=5)
    pair = Pair.of(small, large, once=once)
    figures = unsure(pair, rule, POLICY)
    for threshold in sorted({*figures.tolist(), np.inf}):
        flags, place = [], 0
        for ours, theirs in zip(small, large, strict=True):
            given = set()
            for turn in range(len(ours.gold)):
                said = theirs if figures[place] >= threshold else ours
                for tag in range(3):
                    fires = said.predicted[turn, tag] and not (once and tag in given)
                    given |= {tag} if fires else set()
                    flags.append(fires)
                place += 1
        expected = np.array(flags, dtype=bool).reshape(-1, 3)
        np.testing.assert_array_equal(pair.merged(figures >= threshold), expected)
        found = point(pair, figures, threshold, price=2.0)
        tp, fp, fn = ((pair.gold & expected).sum(), (~pair.gold & expected).sum(), (pair.gold & ~expected).sum())
        assert found["micro_f1"] == pytest.approx(2 * tp / (2 * tp + fp + fn))
        assert found["micro_recall"] == pytest.approx(tp / (tp + fn))
        of_dialogues = counting.f1(counting.stacked(pair.decided(expected), level="dialogue").sum((0, 1)))
        assert found["dialogue_micro_f1"] == pytest.approx(float(of_dialogues))
        service = deployment(pair.decided(expected), range(3), resamples=5)
        at = service["1_in_100"]
        assert (found["sensitivity"], found["alerts_per_1000"], found["alert_precision"]) == pytest.approx(
            (service["sensitivity"], at["alerts_per_1000"], at["precision"])
        )
        assert found["price_per_1000_turns"] == pytest.approx(2000 * found["asked"] / len(figures))


def test_never_is_the_small_system_alone_and_always_the_large(pair):
    small, large = systems()
    points = curve(pair, unsure(pair, "near", POLICY), steps=20, price=None)
    ends = {0.0: POLICY.apply(small), 1.0: large}
    for end, alone in ends.items():
        (at,) = [p for p in points if p["share"] == end]
        assert at["micro_f1"] == pytest.approx(turn_micro_f1(alone))


def test_what_is_asked_grows_with_the_share_and_ties_are_asked_together(pair):
    figures = unsure(pair, "entropy", POLICY)
    asked = [figures >= threshold_at(figures, share) for share in np.linspace(0, 1, 30)]
    assert all((one <= more).all() for one, more in pairwise(asked))
    tied = np.array([3.0, 1.0, 3.0, 2.0, 3.0])
    assert [threshold_at(tied, share) for share in (0.0, 0.2, 0.6, 0.8, 1.0)] == [np.inf, 3.0, 3.0, 2.0, 1.0]
    points = curve(pair, np.zeros(len(figures)), steps=10, price=None)
    assert [p["share"] for p in points] == [0.0, 1.0]


def test_rules_read_beliefs_up_to_the_turn_and_no_later():
    (talk,) = random_dialogues(3, n=1, n_tags=3, beliefs=True, longest=8)
    talk = replace(tagged([[0, 0, 0]] * 6), onset=np.random.default_rng(0).random((6, 3)), begun=np.full((6, 3), 0.7))
    for rule in RULES.values():
        whole = rule(talk, POLICY)
        for n in range(1, 6):
            parts = {name: getattr(talk, name)[:n] for name in ("gold", "predicted", "onset", "begun")}
            np.testing.assert_array_equal(rule(replace(talk, **parts), POLICY), whole[:n])


def test_each_rule_is_highest_where_it_says():
    beliefs = [[0.01, 0.01, 0.01], [0.01, 0.39, 0.01], [0.99, 0.01, 0.01], [0.3, 0.2, 0.3]]
    begun = [[0.01, 0.1, 0.1], [0.1, 0.4, 0.1], [0.99, 0.4, 0.1], [1.0, 0.5, 0.7]]
    talk = tagged([[0, 0, 0]] * 4, [[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]], tags=TAGS, onset=beliefs, begun=begun)
    highest = {name: int(rule(talk, POLICY).argmax()) for name, rule in RULES.items()}
    assert highest == {"near": 1, "high": 2, "entropy": 3, "silent": 3}
    assert RULES["silent"](talk, POLICY).tolist() == [0.1, 0.4, 0.4, 0.7]  # "a" was given: it is not silent


def test_the_rule_with_the_best_curve_is_chosen_and_applied_elsewhere():
    settings = Settings(0.3, None, once=True, steps=10, resamples=20, seed=1)
    tuned, scored = both(1), both(2)
    chosen = chosen_rule(tuned, POLICY, settings)
    assert chosen.choice is not None
    means = {rule: score["mean_f1"] for rule, score in chosen.choice["rules"].items()}
    assert set(means) == set(RULES)
    assert chosen.rule == max(means, key=means.get)
    record, decided = cascade(scored, chosen, settings, small="small", large="large")
    assert record["chosen"]["curve"]["threshold"] == chosen.threshold
    assert record["chosen"]["levels"]["turn"]["micro_f1"] == pytest.approx(turn_micro_f1(decided))
    minus = record["chosen"]["minus_small"]["turn"]
    assert minus["other_micro_f1"] == pytest.approx(turn_micro_f1(POLICY.apply(scored.small)))
    given, _ = cascade(scored, given_rule("high", POLICY, scored.small), settings, small="s", large="l")
    assert given["chosen"]["curve"]["share"] == pytest.approx(0.3, abs=0.02)
    assert given["choice"] is None


def test_the_mean_of_a_curve_is_its_area_up_to_the_largest_share():
    def at(share, f1):
        return {"share": share, "micro_f1": f1, "threshold": 1 - share}

    found, threshold = rule_score([at(0.0, 0.2), at(0.1, 0.6), at(0.3, 0.6), at(0.9, 1.0)], 0.4)
    assert found["mean_f1"] == pytest.approx((0.1 * 0.4 + 0.2 * 0.6 + 0.1 * 0.6) / 0.4)
    assert (found["best_f1"], found["best_share"], threshold) == (0.6, 0.1, 0.9)


def test_a_rule_needs_what_it_reads(pair):
    without = [replace(d, begun=None) for d in pair.dialogues]
    with pytest.raises(InputError, match="rule=silent needs beliefs about what has begun; without, there are near, h"):
        given_rule("silent", POLICY, without)
    with pytest.raises(InputError, match=r"rule=near needs thresholds: give thresholds=FILE; without, there are entro"):
        given_rule("near", None, without)


def test_turns_drawn_by_lot_begin_and_end_where_the_curve_does(pair):
    lots, points = by_lot(pair, steps=4, seed=1), curve(pair, unsure(pair, "near", POLICY), steps=4, price=None)
    assert lots == by_lot(pair, steps=4, seed=1)
    for place in (0, -1):
        assert lots[place]["micro_f1"] == pytest.approx(points[place]["micro_f1"])


def both(seed) -> Both:
    small, large = systems(seed, n=20)
    labelled = (dialogue("U x | a", name="d"),)
    return Both(CorpusSplit("invented", "dev", TAGS, labelled, ReadingReport()), small, large)
