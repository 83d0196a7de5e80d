"""Weights in parts: what is kept, in which precision, and that nothing else than the same encoder completes it."""

import pytest
import torch

from crisis_turns.errors import InputError
from crisis_turns.files import read_json, write_json
from crisis_turns.runs import weight_parts
from crisis_turns.runs.weight_parts import INDEX, part_files, read_parts, write_parts

ENCODER = {"turn_encoder.low": torch.linspace(0, 1, 300), "turn_encoder.top": torch.linspace(-1, 0, 300)}
TRAINED = {
    "turn_encoder.low": torch.linspace(0, 1, 300),
    "turn_encoder.top": torch.linspace(-1, 0.1, 300),
    "score.weight": torch.full((4, 4), 1 / 3),
    "score.bias": torch.tensor([-1e9, 1.0]),  # no float16
    "score.n": torch.tensor(7),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(weight_parts, "LARGEST", 620)
    write_parts(tmp_path, TRAINED, ENCODER)
    return tmp_path


def test_only_what_differs_is_kept_in_half_precision_and_small_parts(folder):
    found = read_parts(folder, ENCODER)
    assert found.keys() == TRAINED.keys()
    assert torch.equal(found["turn_encoder.low"], TRAINED["turn_encoder.low"])
    assert torch.equal(found["turn_encoder.top"], TRAINED["turn_encoder.top"].half())
    assert torch.equal(found["score.bias"], TRAINED["score.bias"])
    assert found["score.n"] == 7
    index = read_json(folder / INDEX)
    assert "turn_encoder.low" not in index["weight_map"]
    assert index["metadata"]["total_size"] == 600 + 32 + 8 + 8
    assert len(part_files(folder)) == 2
    assert part_files(folder) | {INDEX} == {path.name for path in folder.iterdir()}


def test_another_encoder_is_refused(folder):
    other = ENCODER | {"turn_encoder.low": torch.linspace(0, 1.001, 300)}
    with pytest.raises(
        InputError, match=r"index\.json: was written for another encoder than the one that is installed"
    ):
        read_parts(folder, other)
    read_parts(folder, ENCODER | {"turn_encoder.top": torch.zeros(300)})  # a part has its own


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_map": {"x": "model-00001-of-00002.safetensors"}}, "does not name the tensors that its parts hold"),
        ({"weight_map": ["a"]}, "expected parts by tensor, and the hash of their encoder"),
        ({"metadata": {}}, "expected parts by tensor, and the hash of their encoder"),
    ],
)
def test_a_damaged_index_is_refused(folder, change, message):
    write_json(folder / INDEX, read_json(folder / INDEX) | change)
    with pytest.raises(InputError, match=message):
        read_parts(folder, ENCODER)
