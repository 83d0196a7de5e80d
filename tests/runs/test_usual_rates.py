"""What is to be expected where nobody says it: stored in training, counted anew, or published."""

import dataclasses
import shutil

import numpy as np
import pytest

from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import load_run
from crisis_turns.runs.usual_rates import check_shifts, trained_onsets, usual_rates
from crisis_turns.tags import CRADLE
from tests.support.tiny import config


def test_training_has_stored_what_train_says(tiny_run):
    run = load_run(tiny_run.path)
    gold = [dialogue.gold(run.tags) for dialogue in run.corpus("train").dialogues]
    rates, source = usual_rates(run)
    assert rates.tolist() == np.mean([flags.any(0) for flags in gold], axis=0).tolist()
    assert source == "as in the run's train (8 dialogues)"


def test_an_older_run_reads_train_or_says_what_is_missing(tiny_run, tmp_path):
    folder = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "older"))
    folder.onsets.unlink()
    manifest = read_json(folder.model / "manifest.json")
    assert manifest.pop("onsets.json")
    write_json(folder.model / "manifest.json", manifest)
    run, stored = load_run(folder.path), trained_onsets(load_run(tiny_run.path))
    assert all(
        np.array_equal(one, other)
        for one, other in zip(dataclasses.astuple(trained_onsets(run)), dataclasses.astuple(stored), strict=True)
    )
    moved = run.trained.data.model_copy(update={"path": str(tmp_path / "gone")})
    with pytest.raises(InputError) as caught:
        trained_onsets(dataclasses.replace(run, config=run.trained.model_copy(update={"data": moved})))
    for part in ("older/model/onsets.json: not there", "gone: no such folder", "state it with expected.alert=…"):
        assert part in str(caught.value)


def test_the_benchmark_has_published_rates(tiny_run):
    run = dataclasses.replace(load_run(tiny_run.path), tags=CRADLE)
    rates, source = usual_rates(run, config("data=cradle").data)
    found = [rates[list(own)].sum() for own in CRADLE.groups.values()]
    assert found == pytest.approx([236 / 600, 475 / 600])
    assert source == "as published for CRADLE-Dialogue's test (600 dialogues)"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("model=tfidf",), "head=onset, hazard or competing, found model=tfidf"),
        (("head=independent",), "head=onset, hazard or competing, found head=independent"),
        (("model.look=full", "decision.rule=smooth"), "found a run with decision.rule=smooth"),
    ],
)
def test_rates_are_estimated_from_filtered_beliefs_in_one_onset_alone(tiny_run, overrides, message):
    run = load_run(tiny_run.path)
    check_shifts(run)
    with pytest.raises(InputError, match=message):
        check_shifts(dataclasses.replace(run, config=config(*overrides)))
