"""The ends of the scale: everything right, silence, and a Confirm detector on the published counts."""

import json

import numpy as np
import pytest

from crisis_turns.decision.tagged import untagged
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.published import is_published_split, published, ranking
from crisis_turns.runs.scoring import metrics_record
from tests.support.tables import published_split


@pytest.fixture(scope="module")
def corpus():
    return published_split()


def predicted(corpus, keep):
    silent = untagged(corpus.dialogues, corpus.tags)
    for d in silent:
        d.predicted[:] = d.gold & keep
    return silent


def test_the_constructed_split_has_the_published_counts(corpus):
    names = ("dialogues", "rows", "user_turns", "labels", "labels_scored", "with_alert", "with_confirm", "with_both",
             "with_neither")  # fmt: skip
    assert [corpus.report[n] for n in names] == [600, 8975, 4527, 713, 711, 226, 417, 203, 160]


def test_a_perfect_file_scores_one_everywhere(corpus):
    found = scored_sections(predicted(corpus, True), corpus.tags, resamples=50)
    for name in ("turn", "turn_confirm", "turn_alert", "dialogue", "dialogue_confirm"):
        assert {found[name][key] for key in ("micro_f1", "micro_precision", "micro_recall", "macro_f1")} == {1}
        assert found[name]["micro_f1_ci95"] == [1, 1]
    assert found["turn"]["exact_match"] == 1
    assert all(row["f1"] == 1 for row in (*found["per_tag"].values(), *found["per_type"].values()))
    timing = found["timing"]
    assert timing["on_time"] == timing["micro_f1_within_1"] == timing["micro_f1_within_2"] == 1
    assert found["false_alarms"]["label_free_flagged"] == 0
    assert found["safety"]["never_flagged"] == 0
    assert found["safety"]["flagged_by_confirm"] == 1
    for matrix in (found["time_confusion"], found["type_confusion"]):
        assert all(n == 0 for gold, row in matrix.items() for said, n in row.items() if gold != said)
    assert all(row["turn_micro_f1"] == 1 for row in found["by_reveal"].values() if row["n_labels"])


def test_silence_scores_nothing_but_exact_match(corpus):
    found = scored_sections(predicted(corpus, False), corpus.tags, resamples=50)
    unlabelled = sum(int((~d.gold(corpus.tags).any(1)).sum()) for d in corpus.dialogues)
    assert found["turn"]["micro_f1"] == 0
    assert found["turn"]["micro_precision"] is None
    assert found["turn"]["exact_match"] == pytest.approx(unlabelled / 4527)
    assert found["timing"]["missed"] == found["safety"]["never_flagged"] == found["safety"]["first_flag"]["none"] == 1
    assert found["false_alarms"]["label_free_flagged"] == 0


def test_a_confirm_oracle_without_alerts_scores_80_1(corpus):
    confirms = np.isin(np.arange(16), corpus.tags.confirms)
    found = scored_sections(predicted(corpus, confirms), corpus.tags, resamples=50)
    assert found["turn"]["micro_recall"] == pytest.approx(475 / 711)
    assert found["turn"]["micro_f1"] == pytest.approx(2 * 475 / (475 + 711))
    assert round(100 * found["turn"]["micro_f1"], 1) == 80.1
    assert found["turn_confirm"]["micro_f1"] == 1
    assert found["turn_alert"]["micro_f1"] == 0


def test_published_figures_go_with_the_real_split_only(corpus):
    record = metrics_record(corpus, predicted(corpus, True), resamples=5)
    assert record["published_split"] is True
    supports = {name: row["support"] for name, row in record["per_tag"].items()}
    assert is_published_split(corpus.report, supports)
    assert not is_published_split(corpus.report, {**supports, "alert_past": 63, "alert_ongoing": 173})
    corpus.report.rows += 1
    assert not is_published_split(corpus.report, supports)
    corpus.report.rows -= 1


def test_published_data_are_whole():
    content = published()
    assert sum(content["supports"].values()) == content["counts"]["labels_scored"] == 711
    assert len(content["supports"]) == 16
    rows = [set(system) for system in content["systems"]]
    assert rows == [{"name", "turn_micro_f1", "dialogue_micro_f1", "size", "access", "date", "source"}] * len(rows)
    assert [s["size"] for s in content["systems"] if s["access"] == "hosted"] == [None] * 3  # nobody tells
    table = ranking({"ours": (0.5, None)})
    assert [row["name"] for row in table if row["ours"]] == ["ours"]
    assert table.index(next(r for r in table if r["ours"])) == 3
    assert ranking({"ours": (None, None)})[-1]["ours"]


def test_undefined_figures_are_null_in_the_file(corpus):
    json.dumps(metrics_record(corpus, predicted(corpus, False), resamples=5), allow_nan=False)
