"""Exported folders against the trained model, and what must not be left behind or accepted.

Content note: the invented texts below name crises in plain, non-graphic words.
"""

import json
import shutil

import numpy as np
import onnxruntime
import pytest
import torch

from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.data.corpus import read_split
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.deploy import graphs, parity
from crisis_turns.deploy import write_export as exporting
from crisis_turns.deploy.load_export import load_exported
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, sha256
from crisis_turns.model.streaming_step import Carried, OneTurn, Step
from crisis_turns.runs import weights
from crisis_turns.runs.folder import RunFolder, load_config, save_config
from crisis_turns.runs.load import load_run
from crisis_turns.runs.weights import load_tagger
from tests.support.tiny import tagger


@pytest.fixture(scope="module", params=["none", "int8"])
def exported(request, tiny_run, tmp_path_factory):
    out = tmp_path_factory.mktemp("exports") / request.param
    export(ExportConfig(run=str(tiny_run.path), out=str(out), quantize=request.param))
    return out


def test_the_folder_holds_everything_and_its_hashes(exported, tiny_run):
    manifest = read_json(exported / "manifest.json")
    assert set(manifest["files"]) == {
        "README.md", "config.yaml", "encoder.onnx", "step.onnx", "metrics-test.json", "metrics-validation.json",
        "onsets.json", "parity.json", "tagger.json", "tagger.py", "thresholds.json", "tokenizer.json",
    }  # fmt: skip
    assert {p.name for p in exported.iterdir()} == {*manifest["files"], "manifest.json"}
    assert all(sha256(exported / name) == digest for name, digest in manifest["files"].items())
    certificate = read_json(exported / "parity.json")
    assert certificate["split"] == "validation"
    assert certificate["data_sha256"] == read_json(tiny_run.metrics("validation"))["data_sha256"]
    card = (exported / "README.md").read_text()
    assert "Not a medical device" in card
    assert "Seed 1" in card
    for name in ("encoder.onnx", "step.onnx"):
        assert b".py" not in (exported / name).read_bytes(), "stack traces name the paths of a machine"


def test_the_folder_tags_as_the_run_does(exported, tiny_run):
    config = load_config(tiny_run)
    test = read_split(config.data, "test").dialogues
    tagger = load_tagger(tiny_run, config, token_budget=4096)
    expected = read_thresholds(tiny_run.thresholds, tagger.tags).apply(tagger.tag(list(test)))
    found = load_exported(exported).tag(test)
    allowed = 1e-4 if exported.name == "none" else 0.05
    for a, b in zip(expected, found, strict=True):
        assert (a.dialogue_id, a.turn_ids) == (b.dialogue_id, b.turn_ids)
        np.testing.assert_allclose(a.onset, b.onset, atol=allowed)
        np.testing.assert_allclose(a.begun, b.begun, atol=allowed)
        if exported.name == "none":
            assert (a.predicted == b.predicted).all()


GRAPHS = [
    ("head=onset", "model.turn_input=pair", "late_starts=0"),
    ("head=hazard", "model.dialogue_encoder=gru", "model.context_window=4", "model.listener=false"),
    ("head=competing", "model.context_window=3"),
    ("head=binary", "model.dialogue_encoder=mean", "model.context_window=1"),
    ("head=independent", "model.dialogue_encoder=none", "model.context_window=0"),
    ("head=exclusive", "data=table", "data.path=x", "data.tags=[a,b,c]", "data.exclusive=true"),
]


@pytest.mark.parametrize("overrides", GRAPHS, ids=lambda o: o[0])
def test_graphs_compute_what_torch_computes(overrides, tmp_path):
    """Twelve random turns, some of several runs, through both graphs and both modules."""
    model = tagger(*overrides).model
    graphs.write_graphs(model, tmp_path, quantize="none")
    encoder, stepper = (onnxruntime.InferenceSession(tmp_path / f"{n}.onnx") for n in ("encoder", "step"))
    one, step = OneTurn(model.turn_encoder).eval(), Step(model).eval()
    generator = torch.Generator().manual_seed(3)
    carried, arrays = list(step.start()), [part.numpy() for part in step.start()]
    for turn in range(12):
        ids = torch.randint(5, 200, (1 + turn % 3, 2 + turn), generator=generator)
        mask = torch.arange(2 + turn) < torch.tensor([[2 + turn]] * (turn % 3) + [[2]])
        is_user = torch.tensor([turn % 2 == 0 or turn == 5])
        with torch.no_grad():
            vector, weight = one(ids, mask)
            *beliefs, window, distance, chain = step(vector, is_user, *carried)
        carried = [window, distance, chain]
        found, found_weight = encoder.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})
        np.testing.assert_allclose(found, vector.numpy(), atol=1e-5)
        np.testing.assert_allclose(found_weight, weight.numpy(), rtol=1e-5)
        values = {"vector": found, "is_user": is_user.numpy(), **dict(zip(Carried._fields, arrays, strict=True))}
        outputs = stepper.run(None, values)
        arrays = outputs[-3:]
        for a, b in zip([part for part in beliefs if part is not None], outputs[:-3], strict=True):
            np.testing.assert_allclose(b, a.numpy(), atol=1e-5)


@pytest.fixture
def ready_graphs(exported, monkeypatch):
    """Exports take the graphs of an earlier one: making them is what takes seconds."""

    def copy(model, folder, *, quantize):
        for name in ("encoder.onnx", "step.onnx"):
            shutil.copyfile(exported / name, folder / name)

    monkeypatch.setattr(exporting, "write_graphs", copy)
    return exported


@pytest.mark.parametrize("earlier", [False, True])
def test_above_the_tolerances_nothing_is_left_or_changed(ready_graphs, tiny_run, tmp_path, monkeypatch, earlier):
    if earlier:
        shutil.copytree(ready_graphs, tmp_path / "out")
    quantize = ready_graphs.name
    monkeypatch.setitem(parity.TOLERANCE[quantize], "turns_alike", 1.1)
    with pytest.raises(InputError, match=f"quantize={quantize}: the exported tagger is not the trained one"):
        export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path / "out"), quantize=quantize))
    assert [p.name for p in tmp_path.iterdir()] == ["out"] * earlier
    if earlier:
        load_exported(tmp_path / "out")


def test_an_earlier_export_is_replaced(ready_graphs, tiny_run, tmp_path):
    shutil.copytree(ready_graphs, tmp_path / "out")
    (tmp_path / "out" / "stray.txt").write_text("old")
    export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path / "out"), quantize=ready_graphs.name))
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert not (tmp_path / "out" / "stray.txt").exists()


def test_a_folder_of_something_else_is_not_overwritten(tiny_run, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="exists and is no exported tagger"):
        export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"context_window": None}, "model.context_window=null remembers every turn"),
        ({"look": "full"}, "model.look=full needs later turns"),
    ],
)
def test_what_cannot_stream_is_refused(ready_graphs, tiny_run, tmp_path, monkeypatch, change, message):
    config = load_config(tiny_run)
    model = config.neural.model_copy(update=change)
    run = RunFolder(tmp_path / "run")
    shutil.copytree(tiny_run.path, run.path)
    save_config(run, config.model_copy(update={"model": model}))
    run.finish(fit_seconds=1, total_seconds=1)  # as if it had been trained so
    overrides = [f"model.{key}={'null' if value is None else value}" for key, value in change.items()]
    built = tagger(*overrides)
    monkeypatch.setattr(weights, "load_tagger", lambda *_, **__: built)
    with pytest.raises(InputError, match=message):
        export(ExportConfig(run=str(run.path), out=str(tmp_path / "out")))
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_thresholds_from_a_file_are_put_in(ready_graphs, tiny_run, tmp_path):
    """As they are; where int8 moves beliefs, tuned again to decide what the file says of the trained model's."""
    run = load_run(tiny_run.path)
    dialogues = read_split(run.trained.data, "validation").dialogues
    beliefs = np.sort(np.concatenate([d.begun for d in run.decide(dialogues)]), axis=0)
    below = np.diff(beliefs, axis=0).argmax(0)  # the widest gap: no rounding decides
    middle = np.stack([beliefs[below], beliefs[below + 1]]).diagonal(axis1=1, axis2=2).mean(0)
    chosen = {"once": True, "score": "begun", "thresholds": dict(zip(run.tags.names, middle.tolist(), strict=True))}
    (tmp_path / "t.json").write_text(json.dumps(chosen))
    out = tmp_path / "out"
    export(
        ExportConfig(
            run=str(tiny_run.path), out=str(out), thresholds=str(tmp_path / "t.json"), quantize=ready_graphs.name
        )
    )
    stored = read_json(out / "thresholds.json")
    if ready_graphs.name == "none":
        assert stored == chosen
    expected, found = (
        np.concatenate([d.predicted for d in each.decide(dialogues)])
        for each in (load_run(tiny_run.path, thresholds=tmp_path / "t.json"), load_run(out))
    )
    assert (stored["once"], stored["score"]) == (True, "begun")
    assert expected.any()
    assert (expected == found).all(1).mean() >= 0.99


def test_the_configuration_goes_along_without_the_paths_of_this_machine(exported, tiny_run):
    text = (exported / "config.yaml").read_text()
    assert str(tiny_run.path.parent) not in text
    assert load_run(exported).trained.data.tag_set == load_run(tiny_run.path).tags
