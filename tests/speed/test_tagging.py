"""``target=tagging`` from its keys to its files, on tiny runs: that every form is measured, not how fast.

Content note: the invented texts of the fixtures name crises in plain, non-graphic words.
"""

import shutil

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.benchmark import benchmark
from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.config import validated
from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.speed import tagging
from crisis_turns.speed.settings import BenchmarkConfig
from crisis_turns.speed.variants import Variant
from crisis_turns.training.run import train
from tests.support.invented import dialogue
from tests.support.tiny import FAST, TINY, config

SMALL = ("target=tagging", "dialogues=3", "rounds=2", "memory=false", "quiet=true")


@pytest.fixture(scope="module")
def runs(tiny_run, tmp_path_factory):
    """Folders of hier_crf, fast, flat and TF-IDF on the same small corpus."""
    folder, data = tmp_path_factory.mktemp("runs"), tiny_run.path.parent / "data"
    shared = ("data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]", "optim.epochs=1")
    more = {"fast": (*TINY, *FAST), "flat": (*TINY, "model=flat"), "tfidf": ("model=tfidf", "bootstrap=50")}
    made = {
        name: train(config(*overrides, *shared, f"run_dir={folder / name}")).path for name, overrides in more.items()
    }
    return {"hier_crf": tiny_run.path, **made}


def measure(folders, out, *overrides):
    listed = f"runs=[{','.join(str(folder) for folder in folders)}]"
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        values = app.values(compose("benchmark", overrides=[*SMALL, listed, f"run_dir={out}", *overrides]))
    benchmark(validated(BenchmarkConfig, values))
    return read_json(out / "benchmark.json")


@pytest.mark.slow
def test_all_forms_are_measured_side_by_side(runs, tmp_path, capsys):
    before = torch.get_num_threads()
    record = measure(runs.values(), tmp_path / "out", "quiet=false")
    torch.set_num_threads(before)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "benchmark.json", "benchmark.md", "cost.png", "exports",
    }  # fmt: skip
    assert record["base"] == "hier_crf, torch float32"
    tables = (tmp_path / "out" / "benchmark.md").read_text()
    assert tables in capsys.readouterr().out
    rows = {row["name"]: row for row in record["variants"]}
    refused = {row["name"]: row["reason"] for row in record["refused"]}
    neural = [f"{name}, {form}" for name in ("hier_crf", "fast") for form in ("torch float32", "ONNX float32")]
    assert {*neural, "flat, torch float32", "tfidf, scikit-learn float64"} <= set(rows)
    assert {"hier_crf, torch bf16", "hier_crf, ONNX int8", "fast, ONNX int8"} <= {*rows, *refused}
    assert "keeps no state" in refused["flat, ONNX float32"]
    assert all(name in tables for name in (*rows, *refused))
    assert rows["hier_crf, torch float32"]["times_base"] == [1, 1, 1]
    for row in rows.values():
        assert row["turns_per_s"] * np.median(row["seconds"]) == pytest.approx(record["turns"])
        assert row["user_turns_per_s"] * record["turns"] == pytest.approx(row["turns_per_s"] * record["user_turns"])
        assert min(row["load_s"], row["size_mb"]) > 0
        if row["system"] in ("flat", "tfidf"):
            assert row["latency_ms"] is None
        else:
            assert list(row["latency_ms"]) == ["1", "10", "50", "200"]
            assert all(0 < at["p50"] <= at["p95"] <= at["p99"] for at in row["latency_ms"].values())
    for row in rows.values():
        if row["precision"] in ("float32", "float64"):
            metrics = read_json(runs[row["system"]] / "metrics-test.json")
            assert row["turn_micro_f1"] == pytest.approx(metrics["turn"]["micro_f1"])


@pytest.mark.slow
def test_exports_that_are_given_are_not_made_again_and_load_without_torch(runs, tmp_path):
    out = tmp_path / "fast-none"
    export(ExportConfig(run=str(runs["fast"]), out=str(out)))
    record = measure([runs["hier_crf"], out], tmp_path / "out")
    assert not (tmp_path / "out" / "exports").exists()
    onnx = [row for row in record["variants"] if row["form"] == "ONNX"]
    assert [(row["folder"], row["precision"]) for row in onnx] == [(str(out), "float32")]
    dialogues = [dialogue("U hi", "L hello")]
    small = Variant("fast", "ONNX", "float32", out, 1).peak_mib(dialogues)
    assert 20 < small < Variant("fast", "torch", "float32", runs["fast"], 1).peak_mib(dialogues)


def test_an_export_that_is_refused_is_listed_with_its_reason(runs, tmp_path, monkeypatch):
    def refuse(*args, quantize, **more):
        raise InputError(f"quantize={quantize}: a probability differs")

    monkeypatch.setattr(tagging, "write_folder", refuse)
    record = measure([runs["fast"]], tmp_path)
    assert record["base"] == "fast, torch float32", "the first neural run, without a hier_crf"
    assert record["refused"] == [
        {"name": "fast, ONNX float32", "reason": "quantize=none: a probability differs"},
        {"name": "fast, ONNX int8", "reason": "quantize=int8: a probability differs"},
    ]


def test_what_cannot_be_measured_is_refused_in_one_sentence(runs, tmp_path):
    with pytest.raises(InputError, match=r"give runs="):
        measure([], tmp_path / "out")
    with pytest.raises(InputError, match="no such folder"):
        measure([tmp_path / "nothing"], tmp_path / "out")
    with pytest.raises(InputError, match="none is a neural run"):
        measure([runs["tfidf"]], tmp_path / "out")
    with pytest.raises(InputError, match="other tags"):
        measure([runs["hier_crf"]], tmp_path / "out", "data=embedded", "data.parts=[oblique]")
    unfinished = shutil.copytree(runs["fast"], tmp_path / "unfinished")
    (unfinished / "finished.json").unlink()
    with pytest.raises(InputError, match="the run is not finished"):
        measure([unfinished], tmp_path / "out")
    assert not (tmp_path / "out" / "benchmark.json").exists()
