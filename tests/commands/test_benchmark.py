"""The benchmark from its keys to its files, on the tiny encoder: that it runs, not how fast."""

import json

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
