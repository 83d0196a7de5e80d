"""Annotations belong to the embedded dialogues themselves, wherever they stand, and to nothing else of their name."""

import shutil

import numpy as np
import pytest

from crisis_turns.data.annotations import annotations_of
from crisis_turns.data.corpus import EMBEDDED, read_split
from crisis_turns.decision.tagged import untagged
from crisis_turns.runs.scoring import metrics_record
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import config

SPLITS = ("train", "validation", "test")


def table(folder, name, *overrides):
    """The corpus of a folder, with the benchmark's tags."""
    return config("data=table", f"data.name={name}", f"data.path={folder}", "data.tags=null", *overrides).data


@pytest.mark.parametrize("parts", ["[plain,oblique]", "[oblique,plain]", "[plain]", "[oblique]"])
def test_embedded_splits_have_theirs_whatever_the_parts(parts):
    for split in SPLITS:
        corpus = read_split(config(f"data.parts={parts}").data, split)
        found = annotations_of(corpus)
        assert set(found.phenomena) == {d.id for d in corpus.dialogues}
        assert found.pairs is None


def test_the_probes_have_pairs():
    corpus = read_split(config("data=probes").data, "test")
    assert set(annotations_of(corpus).pairs) == {d.id for d in corpus.dialogues}


@pytest.mark.parametrize("name", ["embedded", "probes"])
def test_other_files_under_an_embedded_name_have_none(tmp_path, name):
    write_csv(tmp_path / "test.csv", [simple_dialogue(f"d{n}", n) for n in range(4)])
    corpus = read_split(table(tmp_path, name), "test")
    assert annotations_of(corpus) is None
    record = metrics_record(corpus, untagged(corpus.dialogues, corpus.tags), resamples=5)
    assert set(record["errors"]) == {"kinds"}
    assert "probes" not in record


@pytest.mark.parametrize("name", ["oblique", "probes"])
def test_one_changed_label_makes_it_another_split(tmp_path, name):
    text = (EMBEDDED / name / "test.csv").read_text(encoding="utf-8")
    (tmp_path / "test.csv").write_text(text.replace("confirm_SH_past", "confirm_SH_ongoing", 1), encoding="utf-8")
    assert annotations_of(read_split(table(tmp_path, name), "test")) is None


@pytest.mark.parametrize(("name", "data"), [("oblique", "data.parts=[oblique]"), ("probes", "data=probes")])
def test_a_copy_elsewhere_under_any_name_is_scored_alike(tmp_path, name, data):
    shutil.copy(EMBEDDED / name / "test.csv", tmp_path)
    shipped, copied = read_split(config(data).data, "test"), read_split(table(tmp_path, "mine"), "test")
    assert annotations_of(copied) == annotations_of(shipped)
    first, second = (metrics_record(c, untagged(c.dialogues, c.tags), resamples=5) for c in (shipped, copied))
    assert [key for key in first if not np.array_equal(first[key], second[key])] == ["corpus"]


def test_the_beginning_of_train_keeps_its_annotations():
    cut = read_split(config("data.train_limit=20").data, "train")
    assert len(cut.dialogues) == 20
    assert set(annotations_of(cut).phenomena) == {d.id for d in cut.dialogues}
