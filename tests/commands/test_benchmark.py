"""The benchmark from its keys to its files, on the tiny encoder: that it runs, not how fast."""

import json
import os

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.benchmark import benchmark
from crisis_turns.config import validated
from crisis_turns.speed.settings import BenchmarkConfig

SMALL = (
    "encoder=tiny", "dialogues=2", "rounds=1", "turns=10", "lengths=[10]", "windows=[2,null]", "corpus=3",
    "memory=false",
)  # fmt: skip


@pytest.mark.slow
def test_training_is_measured_beside_the_plain_loop(tmp_path, capsys):
    overrides = ["target=training", *SMALL, f"run_dir={tmp_path / 'out'}"]
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        benchmark(validated(BenchmarkConfig, app.values(compose("benchmark", overrides=overrides))))
    folder = tmp_path / "out"
    assert {p.name for p in folder.iterdir()} == {"benchmark.json", "benchmark.md", "ratios.png", "growth.png"}
    assert (folder / "benchmark.md").read_text() in capsys.readouterr().out
    record = json.loads((folder / "benchmark.json").read_text())
    kinds = [kind for kind in ("32", "bf16") if kind in record["matrix_rate"]]
    both = ["plain loop", "ours, pair input", "ours", "flat, k = 4", "flat, k = 8"]
    only = {"training": ["ours, top 1 of 2 layers"], "tagging": ["ours, encoder alone"]}
    for part, more in only.items():
        found = [(row["system"], row["precision"]) for row in record[part]]
        assert sorted(found) == sorted((name, kind) for name in both + more for kind in kinds)
        for row in record[part]:
            assert len(row["seconds"]) == 1
            assert 0 <= row["padding"] < 1
            assert row["tokens_per_s"] == pytest.approx(row["tokens"] * row["dialogues_per_s"] / 2)
            assert row["times_plain"] == [1, 1, 1] if row["system"] == "plain loop" else min(row["times_plain"]) > 0
    assert [r["dialogues"] for r in record["growth"]["corpus"]] == [3, 30]
    assert [r["window"] for r in record["growth"]["window"]] == [2, None]


def measured(folder, *overrides):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        composed = compose("benchmark", overrides=["encoder=tiny", *overrides, f"run_dir={folder}"])
        benchmark(validated(BenchmarkConfig, app.values(composed)))
    assert {path.name for path in folder.iterdir()} == {"benchmark.json", "benchmark.md"}
    return json.loads((folder / "benchmark.json").read_text())


@pytest.mark.slow
def test_an_epoch_is_measured_beside_busy_processes(tmp_path):
    top = ("encoder.trainable_layers=1", "dialogues=2", "rounds=2", "busy=[0,1]")
    environment = dict(os.environ)
    record = measured(tmp_path / "out", "target=contention", *top)
    assert dict(os.environ) == environment
    assert [(row["busy"], len(row["seconds"])) for row in record["rows"]] == 4 * [(0, 2), (1, 2)]
    threads = {row["manner"]: row["threads"] for row in record["rows"] if row["busy"] == 0}
    assert threads["one thread"] == [1, 1]
    assert threads["two threads"] == [2, 2]
    alone = next(row for row in record["rows"] if row["manner"] == "default" and row["busy"] == 0)
    assert alone["times_alone"] == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("layers", ["1", "all"])
def test_the_disk_holds_two_bytes_for_each_number_of_the_kept_states(tmp_path, layers):
    settings = (f"encoder.trainable_layers={layers}", "corpora=[8,24]", "steps=1", "dialogues=2")
    record = measured(tmp_path / "out", "target=corpus", *settings)
    small, large = record["rows"]
    assert (small["dialogues"], large["dialogues"]) == (8, 24)
    width = 16
    for row in record["rows"]:
        expected = 2 * width * row["tokens"] / 2**20 if layers == "1" else 0
        assert row["disk_mib"] == pytest.approx(expected, abs=0.001)
        assert 0 < row["peak_mib"] <= row["peak_with_mapped_mib"]


@pytest.mark.slow
def test_seeds_of_one_command_are_measured_against_one_run_and_equal_it(tmp_path):
    settings = ("encoder.trainable_layers=1", "limit=4", "epochs=1", "seeds=2")
    record = measured(tmp_path / "out", "target=seeds", *settings)
    assert [(row["name"], row["cold"]) for row in record["rows"]] == [
        ("one run", True), ("2 seeds", True), ("one run", False), ("2 seeds", False),
    ]  # fmt: skip
    assert record["equal"]
