"""A run of low rank: what it keeps apart, what it is when it is loaded, and what of it goes into a package."""

import numpy as np
import pytest
from safetensors.torch import load_file
from torch import nn

from crisis_turns.files import read_json
from crisis_turns.model.encoders.low_rank import LowRankLinear
from crisis_turns.predictions.format import read_decided
from crisis_turns.runs.load import load_run
from crisis_turns.runs.manifest import WEIGHTS
from crisis_turns.runs.weight_parts import INDEX
from crisis_turns.training.run import train
from notebooks.packaged.make import make
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import TINY, config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("low-rank")
    for split, first in (("train", 0), ("validation", 20), ("test", 40)):
        write_csv(folder / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in range(first, first + 8)])
    tags = "data.tags=[alert_ongoing,confirm_SH_ongoing]"
    low = "encoder.trainable_layers=1", "encoder.rank=2", "optim.encoder_lr=0.05"
    return train(config("data=table", f"data.path={folder}", tags, *TINY, *low, f"run_dir={folder / 'run'}"))


def test_it_is_loaded_without_low_rank_and_believes_the_same(run):
    kept = load_file(run.model / WEIGHTS)
    assert len([name for name in kept if name.endswith((".up", ".down"))]) == 12
    assert all(kept[name].abs().max() > 0 for name in kept if name.endswith(".up")), "it has trained"
    loaded = load_run(run.path)
    layers = [module for module in loaded.tagger.model.turn_encoder.modules() if isinstance(module, nn.Linear)]
    assert layers
    assert not any(isinstance(layer, LowRankLinear) for layer in layers)
    expected = read_decided(run.predictions("test"), loaded.tags)
    for before, now in zip(expected, loaded.decide(loaded.corpus("test").dialogues), strict=True):
        np.testing.assert_allclose(now.beliefs, before.beliefs, atol=1e-5)


def test_only_the_two_factors_of_a_matrix_go_into_a_package(run, tmp_path):
    whole, out = load_run(run.path), tmp_path / "pretrained"
    make(run.path, out)
    packed = set(read_json(out / "model" / INDEX)["weight_map"])
    factors = {name for name in packed if name.endswith((".up", ".down"))}
    assert len(factors) == 12
    assert not {f"{name.rpartition('.')[0]}.weight" for name in factors} & packed
    small = load_run(out)
    dialogues = whole.corpus("test").dialogues
    for a, b in zip(whole.decide(dialogues), small.decide(dialogues), strict=True):
        np.testing.assert_allclose(a.beliefs, b.beliefs, atol=2e-3)
