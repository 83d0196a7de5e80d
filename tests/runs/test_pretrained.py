"""``run=pretrained``: what is in the package, the maker that puts a run there, and the commands that take it.

Content note: the invented text below names a crisis in plain, non-graphic words.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from crisis_turns import InputError, load_run
from crisis_turns.commands import thresholds
from crisis_turns.commands.evaluate import EvaluateConfig, evaluate
from crisis_turns.config import Split
from crisis_turns.data.corpus import read_split
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.files import read_json, sha256
from crisis_turns.predictions.format import read_decided
from crisis_turns.runs.folder import RunFolder, load_config, save_config
from crisis_turns.runs.pretrained import PRETRAINED, run_path
from crisis_turns.runs.weight_parts import INDEX, part_files
from notebooks.packaged import make as making
from notebooks.packaged.card import model_card
from notebooks.packaged.make import make
from tests.support.checkout import ROOT
from tests.support.commands import called
from tests.support.documents import text

BOX = RunFolder(PRETRAINED)
TALK = "User: sorry\nListener: what is up?\nUser: i have been hurting myself again\n"
"""The README's."""


@pytest.fixture(scope="module")
def packed(tiny_run, tmp_path_factory):
    out = tmp_path_factory.mktemp("package") / "pretrained"
    make(tiny_run.path, out)
    return RunFolder(out)


def test_the_box_is_small_whole_and_says_what_its_files_say():
    manifest = read_json(BOX.model / "manifest.json")
    assert manifest.keys() == {"tags.json", "onsets.json", INDEX, *part_files(BOX.model)}
    assert all(sha256(BOX.model / name) == digest for name, digest in manifest.items())
    sizes = [(BOX.model / name).stat().st_size for name in part_files(BOX.model)]
    assert max(sizes) < 4_000_000
    assert sum(sizes) < 9_000_000
    config = load_config(BOX)
    read_thresholds(BOX.thresholds, config.data.tag_set)
    assert (config.run_dir, config.teacher, config.data.path) == (None, None, None)
    assert {path.name for path in BOX.scored} == {f"metrics-{s}.json" for s in ("validation", "dev", "test")}
    assert (PRETRAINED / "README.md").read_text(encoding="utf-8") == model_card(BOX), "the maker writes it"
    alike = read_json(PRETRAINED / "agreement.json")
    assert alike["turns_alike"] >= 0.999 * alike["n_user_turns"]
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in PRETRAINED.rglob("*"))


@pytest.mark.parametrize("split", ["validation", "dev"])
def test_its_figures_are_of_the_corpus_that_ships(split: Split):
    config = load_config(BOX)
    assert read_json(BOX.metrics(split))["data_sha256"] == read_split(config.data, split).sha256


@pytest.mark.slow
def test_it_believes_what_it_believed_when_it_was_put_there():
    """20 dialogues again: a change of tokenizer, encoder, key or pin moves beliefs, or is refused."""
    run = load_run("pretrained")
    expected = read_decided(PRETRAINED / "beliefs.jsonl", run.tags)
    assert len(expected) == 20
    by_id = {dialogue.id: dialogue for dialogue in run.corpus("dev").dialogues}
    for before, now in zip(expected, run.decide(by_id[d.dialogue_id] for d in expected), strict=True):
        assert now.turn_ids == before.turn_ids
        np.testing.assert_allclose(now.beliefs, before.beliefs, rtol=0, atol=1e-3)
        assert (now.predicted == before.predicted).all()
    assert sum(d.predicted.sum() for d in expected) > 10  # so that there is something to lose


def test_the_word_alone_is_the_package_and_a_path_is_a_folder(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    assert run_path("pretrained") == PRETRAINED
    assert not caplog.records
    (tmp_path / "pretrained").mkdir()
    assert run_path("pretrained") == PRETRAINED
    assert "the folder of that name here is ./pretrained" in caplog.text
    for given in ("./pretrained", Path("pretrained")):
        assert run_path(given) == Path("pretrained")
        with pytest.raises(InputError, match=r"pretrained: expected the folder of a run, found no config\.yaml"):
            load_run(given)


def test_what_the_maker_writes_is_the_run(packed, tiny_run):
    whole, small = load_run(tiny_run.path), load_run(packed.path)
    dialogues = whole.corpus("test").dialogues
    for a, b in zip(whole.decide(dialogues), small.decide(dialogues), strict=True):
        np.testing.assert_allclose(a.beliefs, b.beliefs, atol=2e-3)
        assert (a.predicted == b.predicted).all()
    assert {path.name for path in packed.model.iterdir()} == {
        "manifest.json", "tags.json", "onsets.json", "thresholds.json", INDEX, *part_files(packed.model),
    }  # fmt: skip
    for path in tiny_run.scored:
        assert (packed.path / path.name).read_bytes() == path.read_bytes()
    assert str(tiny_run.path.parent) not in "".join(p.read_text() for p in packed.path.glob("*.*"))
    command = next(line for line in (packed.path / "README.md").read_text().splitlines() if "src.train" in line)
    assert {"encoder=tiny", "encoder.trainable_layers=all", "model.width=16", "optim.epochs=2"} <= {*command.split()}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda part: part.write_bytes(part.read_bytes()[:-1] + b"\0"), "safetensors: the file was changed after"),
        (lambda part: part.unlink(), "safetensors: the file of the model is missing"),
        (lambda part: (part.parent / INDEX).write_text("{}"), "index.json: the file was changed after training"),
        (lambda part: _unlist(part.parent, INDEX), "manifest.json: expected names and hashes of the model's files"),
        (lambda part: _of_another_encoder(RunFolder(part.parents[1])), "('encoder=some/name is in no package')"),
        (lambda part: _unlist(part.parent, part.name), "manifest.json: expected every part that model.safetensors.ind"),
    ],
)
def test_a_damaged_part_index_or_manifest_is_refused_in_one_sentence(packed, tmp_path, damage, message):
    folder = RunFolder(shutil.copytree(packed.path, tmp_path / "copy"))
    damage(folder.model / min(part_files(folder.model)))
    with pytest.raises(InputError) as caught:
        load_run(folder.path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def _unlist(model, name):
    manifest = read_json(model / "manifest.json")
    del manifest[name]
    (model / "manifest.json").write_text(json.dumps(manifest))


def _of_another_encoder(folder):
    config = load_config(folder)
    save_config(folder, config.model_copy(update={"encoder": config.encoder.model_copy(update={"name": "some/name"})}))
    folder.finish(fit_seconds=1, total_seconds=1)


def test_the_maker_refuses_and_leaves_what_was_there(tiny_run, packed, tmp_path, monkeypatch):
    out = Path(shutil.copytree(packed.path, tmp_path / "pretrained"))
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    monkeypatch.setattr(making, "agreement", lambda *_: {"n_user_turns": 1000, "turns_alike": 998})
    with pytest.raises(InputError, match=r"998 of 1000 user turns have the same tags \(needed: 99\.9%\)"):
        make(tiny_run.path, out)
    monkeypatch.setattr(making, "LARGEST", 1000)
    with pytest.raises(InputError, match=r"its weights take 0\.\d MB \(at most 0\.001\)"):
        make(tiny_run.path, out)
    with pytest.raises(InputError, match="exists and holds no weights in parts"):
        make(tiny_run.path, tiny_run.path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_nothing_is_written_into_the_package(packed, tiny_run, monkeypatch, tmp_path):
    """Thresholds stand for all commands: each asks the run for its own folder."""
    monkeypatch.setattr("crisis_turns.runs.load.PRETRAINED", packed.path)
    run = load_run(packed.path)
    with pytest.raises(InputError, match=r"run=pretrained lies in the package, .*: name a place with run_dir=DIR"):
        run.own_folder("run_dir=DIR")
    with pytest.raises(InputError, match="name a place with out=FILE"):
        thresholds.choose(thresholds.ThresholdsConfig(run=str(packed.path)))
    own, elsewhere = load_config(tiny_run).data, tmp_path / "t.json"
    thresholds.choose(thresholds.ThresholdsConfig(run=str(packed.path), data=own, out=str(elsewhere)))
    assert read_thresholds(elsewhere, run.tags).thresholds == pytest.approx(run.policy.thresholds, abs=2e-3)
    assert load_run(tiny_run.path).own_folder("out=FILE") == tiny_run.path


def test_calibration_asks_the_tagger_where_no_beliefs_are_written(packed, tiny_run, monkeypatch, tmp_path):
    monkeypatch.setattr("crisis_turns.runs.load.PRETRAINED", packed.path)
    own, found = load_config(tiny_run).data, []
    for folder in (tiny_run, packed):
        asked = {"predictions": None, "split": "test", "run_dir": str(tmp_path), "bootstrap": 20, "calibrate": True}
        record = evaluate(EvaluateConfig(run=str(folder.path), data=own, quiet=True, **asked))
        found.append(record["calibration"]["scaled"]["temperature"])
    assert found[0] == pytest.approx(found[1], rel=0.02)


@pytest.fixture
def command(tmp_path):
    """A command in an empty folder."""

    def call(name, *arguments, stdin=None):
        return called(name, *arguments, cwd=tmp_path, stdin=stdin, text=True)

    return call


@pytest.mark.slow
def test_the_commands_take_it_and_write_elsewhere(command, tmp_path):
    other = RunFolder(Path(shutil.copytree(PRETRAINED, tmp_path / "runs" / "other")))
    save_config(other, load_config(other).model_copy(update={"seed": 1000}))
    other.finish(fit_seconds=1, total_seconds=1)
    beside = {path: path.stat().st_mtime_ns for path in PRETRAINED.rglob("*")}
    for name in ("evaluate", "export", "thresholds"):
        refused = command(name, "run=pretrained")
        assert refused.returncode == 2, refused.stderr
        assert refused.stderr.splitlines()[-1].startswith("error: run=pretrained lies in the package")
    said = command("predict", "run=pretrained", "input=-", "format_out=text", stdin=TALK)
    shown = [line for line in said.stdout.splitlines() if "confirm_SH_ongoing" in line]
    assert len(shown) == 1, said.stderr
    assert shown[0] in text(ROOT / "README.md").splitlines()
    compared = command("compare", "runs=[pretrained,runs/other]", "split=dev", "bootstrap=50")
    assert compared.returncode == 0, compared.stderr
    seeds = read_json(tmp_path / "runs" / "comparison-dev" / "comparison.json")["systems"][0]["seeds"]
    assert seeds == sorted((load_config(BOX).seed, 1000))
    assert {path: path.stat().st_mtime_ns for path in PRETRAINED.rglob("*")} == beside
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
