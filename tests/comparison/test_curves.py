"""Which systems lie on one curve, in which order, and what the curve is called."""

import math

from crisis_turns.comparison.curves import TRAIN_LIMIT, WINDOW, curves


def systems(*settings):
    return [{"name": str(number), "settings": values, "together": False} for number, values in enumerate(settings)]


def points(curve):
    return list(zip(curve.sizes, [system["name"] for system in curve.systems], strict=True))


def test_a_curve_holds_systems_that_differ_in_one_number_only_by_its_size():
    found = systems(
        {"head": "onset", WINDOW: None},
        {"head": "onset", WINDOW: 16},
        {"head": "hazard", WINDOW: 0},
        {"head": "onset", WINDOW: 2},
        {"head": "hazard", WINDOW: 4},
    )
    onset, hazard = curves(found, WINDOW)
    assert (onset.name, points(onset)) == ("head=onset", [(2, "3"), (16, "1"), (math.inf, "0")])
    assert (hazard.name, points(hazard)) == ("head=hazard", [(0, "2"), (4, "4")])
    assert curves(found, TRAIN_LIMIT) == []


def test_a_system_alone_with_its_other_settings_is_on_no_curve():
    found = systems({WINDOW: 0, TRAIN_LIMIT: 50}, {WINDOW: 0, TRAIN_LIMIT: 100}, {WINDOW: 4, TRAIN_LIMIT: 100})
    (limits,) = curves(found, TRAIN_LIMIT)
    (windows,) = curves(found, WINDOW)
    assert (limits.name, points(limits)) == ("context_window=0", [(50, "0"), (100, "1")])
    assert (windows.name, points(windows)) == ("train_limit=100", [(0, "1"), (4, "2")])


def test_a_system_without_the_key_is_on_no_curve_and_one_curve_needs_no_name():
    found = systems(
        {WINDOW: 0, "model.name": "hier_crf"}, {WINDOW: 4, "model.name": "hier_crf"}, {"model.name": "tfidf"}
    )
    (curve,) = curves(found, WINDOW)
    assert (curve.name, points(curve)) == ("all", [(0, "0"), (4, "1")])
