"""Metrics against hand-worked fractions and against scikit-learn; epochs add up over batches."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from crisis_turns.metrics.counts import stacked
from crisis_turns.metrics.epoch_metrics import ExactMatch, TagF1, tagging_metrics
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.statistics.bootstrap import interval, resampled_micro_f1
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import SMALL, A, B, C, random_dialogues, tagged

TABLE = [
    tagged([A, "", B, ""], [A, "", "", B]),  # the Confirm comes one turn late
    tagged(["", f"{B} {C}"], [A, f"{B} {C}"]),  # a false Alert, two hits
    tagged(["", C, ""], ["", "", ""]),  # a miss
]


def test_hand_worked_scores():
    found = scored_sections(TABLE, SMALL, resamples=200)
    # turn level: hits A, B, C; false B (late), A; missed B, C
    assert found["turn"]["micro_precision"] == pytest.approx(3 / 5)
    assert found["turn"]["micro_recall"] == pytest.approx(3 / 5)
    assert found["turn"]["micro_f1"] == pytest.approx(6 / 10)
    # per tag: A 2/(2+1), B 2/(2+1+1), C 2/(2+1)
    assert found["turn"]["macro_f1"] == pytest.approx((2 / 3 + 2 / 4 + 2 / 3) / 3)
    assert found["per_tag"][B] == {"f1": 2 / 4, "precision": 1 / 2, "recall": 1 / 2, "support": 2, "predicted": 2}
    # nine user turns; wrong: d0's turns 2 and 3, d1's turn 0, d2's turn 1
    assert found["turn"]["exact_match"] == pytest.approx(5 / 9)
    # dialogue level: d0 both right, d1 false A, d2 missed C
    assert found["dialogue"]["micro_f1"] == pytest.approx(2 * 4 / (2 * 4 + 1 + 1))
    assert found["dialogue_confirm"]["micro_f1"] == pytest.approx(2 * 3 / (2 * 3 + 0 + 1))
    assert found["turn_confirm"]["micro_f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 2))
    assert found["turn_alert"]["micro_f1"] == pytest.approx(2 / (2 + 1))


def test_undefined_scores_are_none_and_do_not_enter_the_macro():
    found = scored_sections([tagged(["", ""], ["", ""])], SMALL, resamples=10)
    assert found["turn"]["micro_f1"] is None
    assert found["turn"]["micro_f1_ci95"] == [None, None]
    assert found["turn"]["exact_match"] == 1
    only = scored_sections([tagged([A], [A])], SMALL, resamples=10)
    assert only["turn"]["macro_f1"] == 1
    assert only["per_tag"][B]["f1"] is None


def test_exclusive_corpora_report_accuracy_and_classes():
    classes = TagSet(("x", "y", "z"), exclusive=True, ignored_class="x")
    found = scored_sections([tagged(["x", "y", "z", "x"], ["x", "y", "x", "x"], tags=classes)], classes, resamples=10)
    assert found["exclusive"]["accuracy"] == 3 / 4
    assert found["exclusive"]["macro_f1"] == found["turn"]["macro_f1"] == pytest.approx((4 / 5 + 1 + 0) / 3)
    # weighed by support, x has 2 of 4 turns; without x: y is right, z is missed
    assert found["exclusive"]["weighted_f1"] == pytest.approx((2 * 4 / 5 + 1 * 1 + 1 * 0) / 4)
    assert found["exclusive"]["micro_f1_without_ignored"] == pytest.approx(2 * 1 / (2 * 1 + 0 + 1))
    assert "dialogue" not in found


RANDOM = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(RANDOM, st.sampled_from([None, "n"]))
def test_means_over_classes_agree_with_scikit_learn(seed, ignored):
    classes = TagSet(("n", "x", "y", "z"), exclusive=True, ignored_class=ignored)
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, 8)
    sides = [[rng.choice(4, size, p=[0.6, 0.3, 0.1, 0]) for size in sizes] for _ in range(2)]  # z: in neither side
    flags = np.eye(4, dtype=bool)
    dialogues = [tagged(flags[gold], flags[predicted], tags=classes) for gold, predicted in zip(*sides, strict=True)]
    gold, predicted = map(np.concatenate, sides)
    found = scored_sections(dialogues, classes, resamples=50)["exclusive"]
    epoch = TagF1(4, average="weighted")
    for d in dialogues:
        epoch.update(torch.from_numpy(d.gold), torch.from_numpy(d.predicted))
    weighted = f1_score(gold, predicted, average="weighted")
    assert found["weighted_f1"] == pytest.approx(weighted) == float(epoch.compute())
    low, high = found["weighted_f1_ci95"]
    assert low <= high
    assert found["ignored_class"] == ignored
    if ignored is None:
        assert (found["micro_f1_without_ignored"], found["micro_f1_without_ignored_ci95"]) == (None, [None, None])
    elif (gold > 0).any() or (predicted > 0).any():  # scikit-learn has 0 for what is undefined
        expected = f1_score(gold, predicted, labels=[1, 2, 3], average="micro", zero_division=0)
        assert found["micro_f1_without_ignored"] == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(RANDOM)
def test_scores_agree_with_scikit_learn(seed):
    dialogues = random_dialogues(seed)
    gold, predicted = (np.concatenate([getattr(d, side) for d in dialogues]) for side in ("gold", "predicted"))
    found = scored_sections(dialogues, CRADLE, resamples=10)
    kept = [i for i in range(16) if gold[:, i].any() or predicted[:, i].any()]
    assert found["turn"]["micro_f1"] == pytest.approx(f1_score(gold, predicted, average="micro"))
    assert found["turn"]["micro_precision"] == pytest.approx(precision_score(gold, predicted, average="micro"))
    assert found["turn"]["micro_recall"] == pytest.approx(recall_score(gold, predicted, average="micro"))
    assert found["turn"]["macro_f1"] == pytest.approx(f1_score(gold[:, kept], predicted[:, kept], average="macro"))
    assert found["turn"]["exact_match"] == pytest.approx(accuracy_score(gold, predicted))
    by_dialogue = [np.stack([getattr(d, side).any(0) for d in dialogues]) for side in ("gold", "predicted")]
    assert found["dialogue"]["micro_f1"] == pytest.approx(f1_score(*by_dialogue, average="micro"))


@settings(max_examples=20, deadline=None)
@given(RANDOM)
def test_epoch_metrics_add_up_to_the_scores_of_the_split(seed):
    dialogues = random_dialogues(seed)
    metrics = tagging_metrics(CRADLE, prefix="val/")
    for d in dialogues:
        metrics.update(torch.from_numpy(d.gold), torch.from_numpy(d.predicted))
    epoch, split = {k: float(v) for k, v in metrics.compute().items()}, scored_sections(dialogues, CRADLE, resamples=10)
    assert epoch["val/turn_f1"] == pytest.approx(split["turn"]["micro_f1"])
    assert epoch["val/macro_f1"] == pytest.approx(split["turn"]["macro_f1"])
    assert epoch["val/exact_match"] == pytest.approx(split["turn"]["exact_match"])
    assert epoch["val/dialogue_f1"] == pytest.approx(split["dialogue"]["micro_f1"])
    assert epoch["val/alert_f1"] == pytest.approx(split["turn_alert"]["micro_f1"])
    assert epoch["val/confirm_f1"] == pytest.approx(split["turn_confirm"]["micro_f1"])
    metrics.reset()
    assert all(m.counts.sum() == 0 for m in metrics.values() if isinstance(m, TagF1))


def test_metrics_refuse_padded_batches():
    with pytest.raises(ValueError, match=r"expected gold and predicted of shape \(S, 16\)"):
        TagF1(16).update(torch.zeros(2, 16, 16, dtype=torch.bool), torch.zeros(2, 16, 16, dtype=torch.bool))


def test_exact_match_counts_turns():
    metric = ExactMatch()
    metric.update(torch.tensor([[True], [False]]), torch.tensor([[True], [True]]))
    assert float(metric.compute()) == 1 / 2


def test_bootstrap_resamples_dialogues_and_covers_the_score():
    dialogues = random_dialogues(3)
    counts = stacked(dialogues, level="turn")
    samples = resampled_micro_f1(counts, resamples=2000)
    low, high = interval(samples)
    assert low < scored_sections(dialogues, CRADLE, resamples=10)["turn"]["micro_f1"] < high
    # the plain way, one draw at a time
    rng = np.random.default_rng(0)
    slow = []
    for _ in range(2000):
        tp, fp, fn = counts[rng.integers(0, len(counts), len(counts))].sum((0, 1))
        slow.append(2 * tp / (2 * tp + fp + fn))
    assert np.quantile(slow, [0.025, 0.975]) == pytest.approx([low, high], abs=0.02)


def test_one_dialogue_has_an_interval_of_no_width():
    samples = resampled_micro_f1(stacked(TABLE[:1], level="turn"), resamples=50)
    assert interval(samples) == (0.5, 0.5)
