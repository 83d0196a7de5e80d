"""Seeds together: beliefs, thresholds and decisions against what is worked out from the files of the runs."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from crisis_turns.comparison.finished_runs import Run, find_runs, read_runs
from crisis_turns.comparison.seeds_together import averaged, seeds_together, with_seeds_together
from crisis_turns.comparison.system_names import SystemName
from crisis_turns.comparison.systems import System, chosen_baseline, grouped
from crisis_turns.config import LlmRunConfig
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json, write_text
from crisis_turns.metrics.calibration import calibration
from crisis_turns.metrics.counts import turn_micro_f1
from crisis_turns.metrics.temperature import fit_temperature, scaled
from crisis_turns.predictions.format import read_decided, write_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.tags import CRADLE
from tests.support.run_folders import finished_run
from tests.support.tables import random_dialogues, tagged
from tests.support.tiny import config

SEEDS = (1, 2, 3)


def run_with_beliefs(parent, *overrides):
    """A finished run that believes a little of the gold, other things of each split; a tag begins once at most."""
    folder = RunFolder(finished_run(parent, *overrides, split="test", temperature=2.0))
    rng = np.random.default_rng([*map(ord, "".join(overrides))])
    for number, split in enumerate(("validation", "test")):
        gold = random_dialogues(number, n=30, n_tags=16, share=0.06)
        onset = [np.round(0.4 * rng.random(d.gold.shape) + 0.3 * d.gold * rng.random(d.gold.shape), 6) for d in gold]
        begun = [np.minimum(1, p.cumsum(0)) for p in onset]
        believed = [dataclasses.replace(d, onset=p, begun=q) for d, p, q in zip(gold, onset, begun, strict=True)]
        write_predictions(folder.predictions(split), believed, CRADLE)
    return folder


def system_of(parent, split="test"):
    (system,) = grouped(read_runs(find_runs([f"{parent}/*"]), split))
    return system


def odds_averaged(beliefs):
    p = np.clip(np.stack(beliefs), 1e-6, 1 - 1e-6)
    return 1 / (1 + np.exp(-np.log(p / (1 - p)).mean(0)))


@pytest.mark.parametrize(
    ("score", "once"), [("onset", "true"), ("onset", "false"), ("fresh", "true"), ("begun", "true")]
)
def test_thresholds_are_the_best_on_validation_and_decide_on_test(tmp_path, score, once):
    settings = (f"decision.once={once}", f"decision.score={score}")
    folders = [run_with_beliefs(tmp_path, f"seed={seed}", *settings) for seed in SEEDS]
    together = seeds_together(system_of(tmp_path)).together
    sides = {}
    for split in ("validation", "test"):
        runs = [read_decided(folder.predictions(split), CRADLE) for folder in folders]
        sides[split] = [
            dataclasses.replace(
                same[0], onset=odds_averaged([d.onset for d in same]), begun=odds_averaged([d.begun for d in same])
            )
            for same in zip(*runs, strict=True)
        ]
    occurring = np.unique(np.concatenate([d.scores(score).ravel() for d in sides["validation"]]))
    rivals = [Policy(np.full(16, c), once == "true", exclusive=False, score=score) for c in occurring[::-15]]
    chosen = tune(sides["validation"], CRADLE, once=once == "true", score=score)
    best = turn_micro_f1(chosen.apply(sides["validation"]))
    assert best >= max(turn_micro_f1(rival.apply(sides["validation"])) for rival in rivals)
    for found, expected in zip(together.dialogues, chosen.apply(sides["test"]), strict=True):
        np.testing.assert_allclose(found.onset, expected.onset, atol=1e-12)
        np.testing.assert_allclose(found.begun, expected.begun, atol=1e-12)
        np.testing.assert_array_equal(found.predicted, expected.predicted)
    on_test = tune(sides["test"], CRADLE, once=once == "true", score=score)  # what must not be done
    assert turn_micro_f1(on_test.apply(sides["test"])) > turn_micro_f1(together.dialogues)
    assert together.metrics["turn"]["micro_f1"] == pytest.approx(turn_micro_f1(together.dialogues))


def test_each_tag_has_its_threshold_where_the_runs_have_it(tmp_path):
    for seed in SEEDS:
        run_with_beliefs(tmp_path, f"seed={seed}", "decision.thresholds=per_tag")
    system = system_of(tmp_path)
    runs = [read_decided(run.folder.predictions("validation"), CRADLE) for run in system.runs]
    expected, shared = (
        tune(averaged(runs, exclusive=False), CRADLE, scope=scope).apply(
            averaged([run.dialogues for run in system.runs], exclusive=False)
        )
        for scope in ("per_tag", "global")
    )
    found = np.concatenate([d.predicted for d in seeds_together(system).together.dialogues])
    np.testing.assert_array_equal(found, np.concatenate([d.predicted for d in expected]))
    assert (found != np.concatenate([d.predicted for d in shared])).any()


def test_a_run_and_its_like_together_are_that_run_and_order_does_not_matter():
    one, other = (random_dialogues(0, beliefs=True), random_dialogues(0, beliefs=True))
    other = [dataclasses.replace(d, onset=d.onset**2, begun=d.begun**3) for d in other]
    twice = averaged([one, one], exclusive=False)
    policy = tune(one, CRADLE)
    for alone, doubled, decided in zip(policy.apply(one), twice, tune(twice, CRADLE).apply(twice), strict=True):
        np.testing.assert_allclose(doubled.onset, alone.onset, atol=1e-12)
        np.testing.assert_allclose(doubled.begun, alone.begun, atol=1e-12)
        np.testing.assert_array_equal(decided.predicted, alone.predicted)
    orders = (averaged(runs, exclusive=False) for runs in ([one, other], [other, one]))
    for here, there in zip(*orders, strict=True):
        np.testing.assert_allclose(here.onset, there.onset, atol=1e-12)
    without = [dataclasses.replace(d, begun=None) for d in one]
    assert all(d.begun is None for d in averaged([one, without], exclusive=False))


def test_the_likeliest_of_exclusive_classes_is_taken(tmp_path):
    beliefs = [[[0.8, 0.1, 0.1], [0.3, 0.3, 0.4]], [[0.02, 0.49, 0.49], [0.1, 0.7, 0.2]]]
    runs = []
    for seed, onset in enumerate(beliefs):
        configured = config("data=annomi", f"data.path={tmp_path}", "head=exclusive", f"seed={seed}")
        tags = configured.data.tag_set
        dialogues = [tagged(["change", "neutral"], tags=tags, onset=onset)]
        folder = RunFolder(tmp_path / str(seed))
        write_predictions(folder.predictions("validation"), dialogues, tags)
        runs.append(Run(folder, configured, {"split": "test"}, 1.0, None, dialogues))
    together = seeds_together(System(SystemName({}), {}, tuple(runs))).together
    (found,) = together.dialogues
    roots = np.sqrt(np.prod(beliefs, axis=0))  # the mean would have the first class of the first turn, 0.41 to 0.295
    np.testing.assert_allclose(found.onset, roots / roots.sum(1, keepdims=True), rtol=1e-12)
    assert found.predicted.tolist() == [[False, True, False], [False, True, False]]
    assert together.metrics["exclusive"]["accuracy"] == 0.5
    assert "errors" not in together.metrics


def test_a_language_model_has_no_thresholds_to_choose():
    asked = LlmRunConfig.model_construct(seed=1)
    runs = [Run(RunFolder(Path(name)), asked, {"split": "test"}, 1.0, None, []) for name in "ab"]
    with pytest.raises(InputError, match=r"^a/llm.yaml: together=true needs thresholds .* leave them out of runs="):
        seeds_together(System(SystemName({}), {}, tuple(runs)))


def test_every_system_with_several_seeds_has_one_more_behind_it_which_a_baseline_may_name(tmp_path):
    for head in ("hazard", "onset"):
        for seed in (1, 2):
            run_with_beliefs(tmp_path, f"head={head}", f"seed={seed}")
    run_with_beliefs(tmp_path, "head=binary", "seed=1")
    systems = with_seeds_together(grouped(read_runs(find_runs([f"{tmp_path}/*"]), "test")))
    names = [
        "head=binary", "head=hazard", "head=hazard, 2 seeds together", "head=onset", "head=onset, 2 seeds together",
    ]  # fmt: skip
    assert [system.name for system in systems] == names
    assert chosen_baseline(systems, ["hazard"]).name == names[1]
    assert chosen_baseline(systems, ["hazard", "together"]).name == names[2]
    assert chosen_baseline(systems, [names[4]]).name == names[4]
    with pytest.raises(InputError, match="found 2 systems"):
        chosen_baseline(systems, ["together"])
    assert systems[2].counts("turn", range(16)).shape == (1, 30, 16, 3)
    with pytest.raises(InputError, match="together=true: expected a system with at least two seeds"):
        with_seeds_together(systems[:1])


def test_parts_and_temperature_are_told_where_the_runs_tell_them(tmp_path):
    folders = [run_with_beliefs(tmp_path, f"seed={seed}") for seed in SEEDS]
    for folder in folders:
        part = read_json(folder.metrics("test"))
        parts = {"plain": {"n_dialogues": 10}, "oblique": {"n_dialogues": 20}}
        write_json(folder.metrics("test"), part | {"parts": parts})
    system = system_of(tmp_path)
    together = seeds_together(system).together
    found = together.metrics["parts"]["plain"]["turn"]["micro_f1"]
    assert found == pytest.approx(turn_micro_f1(together.dialogues[:10]))
    runs = [read_decided(folder.predictions("validation"), CRADLE) for folder in folders]
    temperature = fit_temperature(averaged(runs, exclusive=False), exclusive=False)
    after = calibration(scaled(together.dialogues, temperature, exclusive=False), CRADLE)
    assert together.metrics["calibration"]["scaled"] == {"temperature": temperature, **after}
    record = read_json(folders[0].metrics("test"))
    del record["calibration"]["scaled"]
    write_json(folders[0].metrics("test"), record)
    assert "scaled" not in seeds_together(system_of(tmp_path)).together.metrics["calibration"]


@pytest.mark.parametrize(
    ("split", "change", "message"),
    [
        ("validation", None, "chooses thresholds on it, and there is none; evaluate run={} split=validation writes"),
        ("validation", {"probabilities": None}, "needs 'probabilities' on every user turn; evaluate run={} split=val"),
        ("test", {"probabilities": None}, "needs 'probabilities' on every user turn; evaluate run={} split=test"),
        ("test", {"begun": None}, "needs 'begun' on every user turn"),
        (
            "validation",
            {"turn_id": 99},
            "needs the same dialogues, turns and gold tags of all runs, found others than in",
        ),
        ("validation", {"gold": ["alert_past"]}, "needs the same dialogues, turns and gold tags of all runs, found"),
    ],
)
def test_what_a_run_lacks_is_told_with_its_file_and_what_to_do(tmp_path, split, change, message):
    folders = [run_with_beliefs(tmp_path, f"seed={seed}", "decision.score=fresh") for seed in SEEDS]
    path = folders[1].predictions(split)
    if change is None:
        path.unlink()
    else:
        first, *rest = path.read_text().splitlines()
        line = {key: value for key, value in (json.loads(first) | change).items() if value is not None}
        write_text(path, "\n".join([json.dumps(line), *rest]) + "\n")
    with pytest.raises(InputError) as error:
        seeds_together(system_of(tmp_path))
    assert str(error.value).startswith(f"{path}: together=true {message.format(folders[1].path)}")
    assert "\n" not in str(error.value)
