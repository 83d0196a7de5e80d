"""Every section of a metrics file has a type, and every tag set the sections that suit it, in the order of the file."""

import numpy as np
import pytest

from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.release import ReadingReport
from crisis_turns.metrics.levels import levels
from crisis_turns.metrics.metric_table import SECTIONS, scored_sections
from crisis_turns.metrics.metrics_file import MetricsRecord, ScoredSections
from crisis_turns.metrics.score_sections import LEVEL_SECTIONS
from crisis_turns.runs.scoring import metrics_record
from crisis_turns.tags import CRADLE, TagSet
from tests.support.tables import SMALL, B, random_dialogues, tagged

CLASSES = TagSet(("x", "y"), exclusive=True)


def test_every_section_has_a_type_and_every_type_a_section():
    names = [section.name for section in SECTIONS]
    assert len(names) == len(set(names))
    assert set(names) == set(ScoredSections.__annotations__)
    assert tuple(name for name in names if name in LEVEL_SECTIONS) == LEVEL_SECTIONS == tuple(levels(CRADLE))


@pytest.mark.parametrize(
    ("tags", "sections"),
    [
        (
            TagSet(("x", "y")),
            "turn dialogue per_tag per_tag_f1_ci95 timing false_alarms deployment early_risk silent_misses "
            "threshold_curve calibration",
        ),
        (CLASSES, "turn per_tag per_tag_f1_ci95 exclusive class_confusion calibration"),
        (
            TagSet(("alert_past", "alert_ongoing")),
            "turn dialogue per_tag per_tag_f1_ci95 timing false_alarms deployment early_risk per_type time_confusion "
            "silent_misses threshold_curve calibration",
        ),
        (
            CRADLE,
            " ".join(section.name for section in SECTIONS if section.name not in ("exclusive", "class_confusion")),
        ),
    ],
    ids=["plain", "exclusive", "alerts", "cradle"],
)
def test_a_tag_set_has_the_sections_that_suit_it(tags, sections):
    gold = np.eye(len(tags), dtype=bool)
    assert list(scored_sections([tagged(gold, gold, tags=tags)], tags, resamples=5)) == sections.split()


@pytest.mark.parametrize(("tags", "beliefs"), [(CRADLE, True), (CRADLE, False), (SMALL, True)])
def test_a_record_has_typed_keys_and_none_is_missing(tags, beliefs):
    corpus = CorpusSplit("invented", "test", tags, (), ReadingReport())
    record = metrics_record(corpus, random_dialogues(1, n_tags=len(tags), beliefs=beliefs), resamples=5)
    assert MetricsRecord.__required_keys__ <= set(record) <= set(MetricsRecord.__annotations__)


def test_probabilities_are_scored_at_a_temperature_where_one_is_given():
    corpus = CorpusSplit("invented", "test", SMALL, (), ReadingReport())
    believing = tagged([B, ""], onset=np.full((2, 4), 0.3))
    plain, hot = (metrics_record(corpus, [believing], resamples=5, temperature=t) for t in (None, 1.0))
    assert "scaled" not in plain["calibration"]
    assert hot["calibration"]["scaled"]["temperature"] == 1.0
    assert hot["calibration"]["scaled"]["brier"] == pytest.approx(plain["calibration"]["brier"])
    assert metrics_record(corpus, [tagged([B])], resamples=5, temperature=1.0)["calibration"] is None
