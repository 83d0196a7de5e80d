"""The command: runs to tables, files and pictures."""

import json
from statistics import mean, stdev

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.compare import CompareConfig, compare
from crisis_turns.comparison import comparison as comparing
from crisis_turns.comparison.figures import SERVICE_FIGURES
from crisis_turns.comparison.plots import plots
from crisis_turns.config import validated
from crisis_turns.errors import InputError
from crisis_turns.metrics.error_kinds import FALSE_NEGATIVES
from crisis_turns.metrics.statistics.paired import compare as paired
from crisis_turns.predictions.format import read_decided
from crisis_turns.tags import CRADLE
from tests.support.commands import called
from tests.support.run_folders import finished_run


def settings(*overrides):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return validated(CompareConfig, app.values(compose("compare", overrides=["bootstrap=400", *overrides])))


@pytest.fixture
def runs(tmp_path):
    """Two heads and two windows under three seeds; onset is far ahead."""
    for head, hits in (("independent", 0.2), ("onset", 0.7)):
        for window in (0, 4):
            for seed in (1, 2, 3):
                finished_run(
                    tmp_path, f"head={head}", f"model.context_window={window}", f"seed={seed}", hits=hits + window / 100
                )
    return tmp_path


def test_an_out_that_cannot_be_written_is_told_before_a_run_is_read(runs, monkeypatch):
    monkeypatch.setattr(comparing, "read_runs", lambda *_: pytest.fail("it reads already"))
    (runs / "file").touch()
    with pytest.raises(InputError, match=r"out=.*: .*file is a file, not a folder"):
        compare(settings(f"runs={runs}/*-s*", f"out={runs}/file/out"))


def test_figures_are_those_of_the_runs(runs):
    found = compare(settings(f"runs={runs}/*", "baseline=[independent,0]", "quiet=true"))
    assert found == json.loads((runs / "comparison-validation" / "comparison.json").read_text())
    assert (found["split"], found["corpus"], found["n_dialogues"]) == ("validation", "mini", 30)
    assert found["differing"] == ["head", "model.context_window"]
    assert str(runs) not in json.dumps(found)
    system = found["systems"][0]
    assert system["name"] == "head=independent, context_window=0"
    metrics = [json.loads((runs / run / "metrics-validation.json").read_text()) for run in system["runs"]]
    assert set(system["scores"]) == {"turn", "turn_confirm", "turn_alert", "dialogue", "dialogue_confirm"}
    for name, row in system["scores"].items():
        by_seed = [m[name]["micro_f1"] for m in metrics]
        assert row["by_seed"] == pytest.approx(by_seed)
        assert (row["mean"], row["sd"]) == (pytest.approx(mean(by_seed)), pytest.approx(stdev(by_seed)))
        assert row["ci95"][0] < row["mean"] < row["ci95"][1]
    assert system["label_free_flagged"]["by_seed"] == [m["false_alarms"]["label_free_flagged"] for m in metrics]
    kinds = [m["errors"]["kinds"] for m in metrics]
    assert system["errors"] == pytest.approx({kind: mean(k[kind] for k in kinds) for kind in kinds[0]}, nan_ok=True)
    denials = [m["errors"]["by_phenomenon"]["denial"] for m in metrics]
    assert system["errors_by_phenomenon"]["denial"] == pytest.approx(
        {key: mean(d[key] for d in denials) for key in denials[0]}
    )
    assert system["fit_seconds"] == {"median": 12.0, "by_seed": [11.0, 12.0, 13.0]}


def test_differences_are_paired_and_corrected(runs):
    found = compare(settings(f"runs={runs}/*", "baseline=[independent,0]", "quiet=true"))
    rows = found["comparison"]["differences"]
    assert found["comparison"]["baseline"] == "head=independent, context_window=0"
    assert [row["name"] for row in rows] == [s["name"] for s in found["systems"][1:]]
    turn = [row["scores"]["turn"] for row in rows]
    assert turn[0]["p_holm"] > 0.05
    assert all(row["p_holm"] <= 0.05 and row["ci95"][0] > 0 for row in turn[1:])
    assert all(row["p"] <= row["p_holm"] for row in turn)
    means = [s["scores"]["turn"]["mean"] for s in found["systems"]]
    assert [row["difference"] for row in turn] == pytest.approx([m - means[0] for m in means[1:]])


def test_with_one_seed_each_the_difference_is_that_of_the_paired_bootstrap_over_dialogues(tmp_path):
    paths = [finished_run(tmp_path, f"head={head}", "seed=1") for head in ("independent", "onset")]
    found = compare(settings(f"runs={tmp_path}/*", "baseline=independent", "quiet=true"))
    sides = [read_decided(path / "predictions-validation.jsonl", CRADLE) for path in paths]
    expected = paired(sides[1], sides[0], CRADLE, resamples=400)
    for name, row in found["comparison"]["differences"][0]["scores"].items():
        assert row["difference"] == pytest.approx(expected[name]["difference"])
        assert row["ci95"] == pytest.approx(expected[name]["difference_ci95"])
        assert row["p"] == pytest.approx(expected[name]["p"])
    assert found["systems"][0]["scores"]["turn"]["sd"] is None


def test_a_baseline_may_be_named_by_a_switch_or_the_whole_past(tmp_path):
    for once in ("true", "false"):
        for window in (4, "null"):
            finished_run(tmp_path, f"decision.once={once}", f"model.context_window={window}")
    found = compare(settings(f"runs={tmp_path}/*", "baseline=[false,null]", "quiet=true"))
    assert found["comparison"]["baseline"] == "context_window=null, once=false"


def test_tables_and_pictures_are_written_and_printed(runs, tmp_path, capsys):
    found = compare(settings(f"runs={runs}/*", "baseline=[independent,0]", f"out={tmp_path / 'out'}"))
    printed = capsys.readouterr().out
    page = (tmp_path / "out" / "comparison.md").read_text()
    for text in (printed, page):
        assert "4 systems on mini validation, 30 dialogues" in text
        assert "head=onset, context_window=4" in text
        assert "difference from head=independent, context_window=0" in text
        assert "Holm" in text
        assert "errors by kind" in text
    by_phenomenon = found["systems"][0]["errors_by_phenomenon"]["denial"]
    missed = sum(by_phenomenon[kind] for kind in FALSE_NEGATIVES)
    row = f"| denial | 15 | {by_phenomenon['n_labels']:.0f} | {100 * missed / by_phenomenon['n_labels']:.0f} |"
    assert row in page
    pictures = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert pictures == {"scores.png", "window.png", "cost.png"}  # no probabilities, so no reliability
    assert all((tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG") for name in pictures)
    assert all(f"({name})" in page for name in pictures)


def test_calibration_is_the_mean_over_seeds_before_and_after_scaling(tmp_path, capsys):
    folders = [
        finished_run(tmp_path, f"head={head}", f"seed={seed}", temperature=1 + seed / 4)
        for head in ("onset", "hazard")
        for seed in (1, 2)
    ]
    found = compare(settings(f"runs={tmp_path}/*"))["systems"]
    metrics = [json.loads((folder / "metrics-validation.json").read_text())["calibration"] for folder in folders]
    (onset,) = (system["calibration"] for system in found if system["settings"]["head"] == "onset")
    assert onset["temperature"] == pytest.approx(1.375)
    for side, sections in (("before", metrics[:2]), ("after", [m["scaled"] for m in metrics[:2]])):
        scores = onset[side]["scores"]
        assert scores["all"]["brier"] == pytest.approx(mean(s["brier"] for s in sections))
        assert scores["confirm"]["log_loss"] == pytest.approx(
            mean(s["groups"]["confirm"]["log_loss"] for s in sections)
        )
        assert [b["observed"] for b in onset[side]["reliability"]] == pytest.approx(
            [mean(b["observed"] for b in bins) for bins in zip(*(s["above"] for s in sections), strict=True)]
        )
    before, after = (onset[side]["scores"]["alert"]["log_loss"] for side in ("before", "after"))
    assert f"{before:.4f} → {after:.4f}" in capsys.readouterr().out
    assert (tmp_path / "comparison-validation" / "reliability.png").read_bytes().startswith(b"\x89PNG")


def test_without_scaling_in_every_run_there_is_no_calibration_after_it(tmp_path):
    finished_run(tmp_path, "head=onset", "seed=1", temperature=1.5)
    metrics = finished_run(tmp_path, "head=onset", "seed=2", temperature=1.5) / "metrics-validation.json"
    record = json.loads(metrics.read_text())
    del record["calibration"]["scaled"]
    metrics.write_text(json.dumps(record))
    (system,) = compare(settings(f"runs={tmp_path}/*", "quiet=true"))["systems"]
    assert system["calibration"]["before"]["scores"]
    assert system["calibration"]["after"] is system["calibration"]["temperature"] is None


def test_without_a_window_to_compare_there_is_no_window_picture(tmp_path, capsys):
    for head in ("onset", "hazard"):
        finished_run(tmp_path, f"head={head}")
    found = compare(settings(f"runs={tmp_path}/*"))
    assert found["comparison"] is None
    assert {path.name for path in (tmp_path / "comparison-validation").glob("*.png")} == {"scores.png"}
    assert "2 of 2 systems have fewer than 3 seeds" in capsys.readouterr().out


def test_runs_on_more_and_more_dialogues_give_a_learning_curve(tmp_path):
    for model in ("hier_crf", "tfidf"):
        for limit in (50, 100, "null"):
            finished_run(tmp_path, f"model={model}", f"data.train_limit={limit}")
    found = compare(settings(f"runs={tmp_path}/*", "quiet=true"))
    out = tmp_path / "comparison-validation"
    limits = [system["settings"]["data.train_limit"] for system in found["systems"]]
    assert limits == [50, 100, None] * 2
    assert {path.name for path in out.glob("*.png")} == {"scores.png", "learning-curve.png"}
    assert "![learning-curve](learning-curve.png)" in (out / "comparison.md").read_text()
    (axes,) = plots(found)["learning-curve.png"].axes
    assert [line.get_label() for line in axes.lines] == ["model=hier_crf", "model=tfidf"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "100", "all"]
    assert axes.get_xlabel() == "training dialogues"
    drawn = [value for line in axes.lines for value in line.get_ydata()]
    assert drawn == [100 * system["scores"]["turn"]["mean"] for system in found["systems"]]


def test_the_command_leaves_nothing_else_and_refuses_in_one_sentence(runs, tmp_path):
    here = tmp_path / "here"
    here.mkdir()

    def command(*arguments):
        return called("compare", *arguments, cwd=here, text=True)

    done = command(f"runs=[{runs}/*independent*,{runs}/*onset*]", "out=tables", "bootstrap=50")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in here.iterdir()] == ["tables"]
    refused = command(f"runs={runs}/*", "baseline=gru", "out=elsewhere")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("error: baseline=gru: expected one system to fit")
    assert not (here / "elsewhere").exists()


def test_seeds_together_are_one_more_row_of_every_table(tmp_path, capsys):
    paths = [
        finished_run(tmp_path, f"model.context_window={window}", f"seed={seed}", temperature=2.0)
        for window in (0, 4)
        for seed in (1, 2, 3)
    ]
    asked = [f"runs={tmp_path}/*", "baseline=0", "together=true", "figures=[timing.missed,n_dialogues]"]
    found = compare(settings(*asked))
    assert found == json.loads((tmp_path / "comparison-validation" / "comparison.json").read_text())
    names = [f"context_window={window}{also}" for window in (0, 4) for also in ("", ", 3 seeds together")]
    assert [system["name"] for system in found["systems"]] == names
    alone, together = found["systems"][:2]
    assert (alone["together"], together["together"]) == (False, True)
    assert together["seeds"] == alone["seeds"] == [1, 2, 3]
    assert together["runs"] == alone["runs"] == [path.name for path in paths[:3]]
    assert together["fit_seconds"] == {"median": 36.0, "by_seed": [36.0]}
    score = together["scores"]["turn"]
    assert (score["by_seed"], score["sd"], score["ci95"]) == ([score["mean"]], None, score["ci95_dialogues"])
    assert alone["scores"]["turn"]["ci95"] != alone["scores"]["turn"]["ci95_dialogues"]
    assert together["errors_by_phenomenon"] == {}
    of_runs, before = (system["calibration"]["before"]["scores"]["all"] for system in (alone, together))
    after = together["calibration"]["after"]["scores"]["all"]
    assert before["brier"] < of_runs["brier"]
    assert after["log_loss"] < before["log_loss"]
    assert together["figures"]["n_dialogues"]["mean"] is None
    rows = found["comparison"]["differences"]
    assert [row["name"] for row in rows] == names[1:]
    assert rows[0]["scores"]["turn"]["difference"] == pytest.approx(score["mean"] - alone["scores"]["turn"]["mean"])
    page = (tmp_path / "comparison-validation" / "comparison.md").read_text()
    assert page.count(f"\n| {names[1]} | ") == 5  # scores, figures, errors by kind, calibration, differences
    assert f"| {names[1]} | 3 as one | {100 * score['mean']:.1f} | " in page
    assert f"| phenomenon | dialogues | labels | {names[0]} | {names[2]} |" in page
    pictures = {path.name for path in (tmp_path / "comparison-validation").glob("*.png")}
    assert pictures == {"scores.png", "reliability.png", "window.png", "cost.png"}
    (axes,) = plots(found)["window.png"].axes
    assert [len(line.get_xdata()) for line in axes.lines] == [2]
    printed = capsys.readouterr().out
    assert "3 as one" in printed
    assert "Seeds together: beliefs averaged in log odds" in printed
    assert "fewer than" not in printed


def test_seeds_together_stand_beside_the_one_system_that_they_are_of(tmp_path):
    for seed in (1, 2):
        finished_run(tmp_path, f"seed={seed}", temperature=2.0)
    found = compare(settings(f"runs={tmp_path}/*", "baseline=all", "together=true", "quiet=true"))
    assert [system["name"] for system in found["systems"]] == ["all", "2 seeds together"]
    (row,) = found["comparison"]["differences"]
    assert (found["comparison"]["baseline"], row["name"]) == ("all", "2 seeds together")
    (system,) = compare(settings(f"runs={tmp_path}/*", "quiet=true"))["systems"]
    assert not system["together"]


def test_figures_of_the_metrics_files_are_shown_as_asked_for(tmp_path, capsys):
    asked = ["safety.never_flagged", "deployment.1_in_20.alerts_per_1000"]
    paths = [finished_run(tmp_path, f"seed={seed}") / "metrics-validation.json" for seed in (1, 2)]
    (system,) = compare(settings(f"runs={tmp_path}/*", f"figures=[{','.join(asked)}]"))["systems"]
    metrics = [json.loads(path.read_text()) for path in paths]
    alerts = [m["deployment"]["1_in_20"]["alerts_per_1000"] for m in metrics]
    assert list(system["figures"]) == asked
    assert system["figures"][asked[1]]["by_seed"] == alerts
    page = (tmp_path / "comparison-validation" / "comparison.md").read_text()
    assert "| system | safety, never flagged | deployment, 1 in 20, alerts per 1000 |" in page
    assert f"| {mean(m['safety']['never_flagged'] for m in metrics):.3f} ± " in page
    assert f"{mean(alerts):.1f} ± {stdev(alerts):.1f}" in capsys.readouterr().out


def test_a_run_of_an_older_scorer_stands_beside_a_new_one_without_the_figures_it_lacks(tmp_path):
    paths = [finished_run(tmp_path, f"head={head}") / "metrics-validation.json" for head in ("onset", "hazard")]
    found = compare(settings(f"runs={tmp_path}/*", "quiet=true"))["systems"]
    assert all(set(system["figures"]) == set(SERVICE_FIGURES) for system in found)
    older = json.loads(paths[0].read_text()) | {"scorer_version": "2.5"}
    del older["deployment"], older["early_risk"], older["errors"]
    paths[0].write_text(json.dumps(older))
    found = compare(settings(f"runs={tmp_path}/*", "quiet=true"))["systems"]
    assert [system["figures"] for system in found] == [{}, {}]
    assert sorted(bool(system["errors"]) for system in found) == [False, True]
    assert "errors by kind" not in (tmp_path / "comparison-validation" / "comparison.md").read_text()
    for key in ("early_risk.f_latency", "safety", "turn.micro_f1.x", "corpus", "turn.micro_f1_ci95"):
        with pytest.raises(InputError, match=f"figures={key}: expected the dotted key of a number in .*, found none"):
            compare(settings(f"runs={tmp_path}/*", f"figures={key}", "quiet=true"))


def test_published_systems_stand_beside_ours_on_their_own_test_split_only(tmp_path, capsys):
    parent = tmp_path / "runs"
    folders = [finished_run(parent, f"head={head}", split="test") for head in ("onset", "binary")]
    found = compare(settings(f"runs='{parent}/*'"))
    assert found["published"] is None
    assert "Claude" not in capsys.readouterr().out
    for folder in folders:
        metrics = folder / "metrics-test.json"
        metrics.write_text(json.dumps(json.loads(metrics.read_text()) | {"published_split": True}))
    found = compare(settings(f"runs='{parent}/*'"))
    assert sum(row["ours"] for row in found["published"]) == 2
    page = (parent / "comparison-test" / "comparison.md").read_text()
    for text in (page, capsys.readouterr().out):
        assert "Claude-4.5-Sonnet" in text
        assert "117 B, 5.1 B active" in text
        assert all(f"→ {system['name']}" in text for system in found["systems"])
