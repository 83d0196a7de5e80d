"""Corpora: where splits are found, how counts are checked, and that the hub's layout reads like the rest."""

import logging
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crisis_turns.config import DataConfig
from crisis_turns.data.corpus import log_oddities, read_split
from crisis_turns.data.split_files import has_dev
from crisis_turns.data.unlabelled import read_unlabelled
from crisis_turns.errors import InputError
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import config

CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: validation
    path: data/validation-*
  - split: test
    path: data/test-*
---
# A release
"""


def data_config(path, **changes) -> DataConfig:
    given = {"name": "cradle", "path": str(path), "tags": None, "exclusive": False, "dialogues_per_step": 8}
    return DataConfig(**(given | {"source": "look elsewhere"} | changes))


def hub_layout(folder: Path) -> Path:
    """A folder like the hub repository: Parquet under data/ with the release's three columns, and a card."""
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text(CARD)
    columns = {
        "turn_id": [0, 1, 2, 0, 1, 2],
        "text": ["Listener: hi", "User: a", "User: b", "User: c", "- and on", "Listener: d"],
        "labels": ["", "alert_ongoing", "none", "confirm_SH_past; confirm_DV_past", "", "alert_past"],
    }
    for split in ("train", "validation", "test"):
        pq.write_table(pa.table(columns), folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder


def test_a_folder_laid_out_like_the_hub_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    corpus = read_split(data_config(hub_layout(tmp_path / "release")), "test")
    assert [d.id for d in corpus.dialogues] == ["test-000000", "test-000001"]
    assert corpus.report["labels"] == 4
    assert corpus.report["labels_on_listener"] == 1
    assert corpus.dialogues[1].turns[0].text == "c\n- and on"


def test_the_same_dialogues_hash_alike_in_every_format(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    hub = hub_layout(tmp_path / "release")
    table = pq.read_table(hub / "data" / "test-00000-of-00001.parquet")
    (tmp_path / "plain").mkdir()
    table.to_pandas().to_csv(tmp_path / "plain" / "test.csv", index=False)
    table.to_pandas().to_json(tmp_path / "plain" / "validation.json", orient="records")
    first = read_split(data_config(hub), "test").sha256
    assert read_split(data_config(tmp_path / "plain"), "test").sha256 == first
    changed = (tmp_path / "plain" / "test.csv").read_text().replace("alert_ongoing", "alert_past")
    (tmp_path / "plain" / "test.csv").write_text(changed)
    assert read_split(data_config(tmp_path / "plain"), "test").sha256 != first


def test_every_difference_from_the_published_counts_is_told(tmp_path, caplog):
    write_csv(tmp_path / "test.csv", [simple_dialogue("a", 1)])
    expected = {"test": {"dialogues": 1, "rows": 9999, "labels_scored": 711}}
    corpus = read_split(data_config(tmp_path, expected=expected), "test")
    with caplog.at_level(logging.INFO, logger="crisis_turns"):
        log_oddities(corpus)
    told = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert told == [
        f"cradle test: expected 9999 rows as published, found {corpus.report['rows']}",
        "cradle test: expected 711 labels scored as published, found 2",
    ]
    assert "hurt" not in caplog.text  # counts only, never a dialogue's text


def test_missing_folders_and_splits_say_what_is_expected(tmp_path):
    with pytest.raises(InputError, match=r"no such folder; look elsewhere"):
        read_split(data_config(tmp_path / "none"), "test")
    for read in (read_split, read_unlabelled):
        with pytest.raises(InputError, match=r"^data\.path=~nobody-here/x: no such folder"):
            read(data_config("~nobody-here/x"), "test")
    assert not has_dev(data_config("~nobody-here/x"))
    with pytest.raises(InputError, match=r"expected test\.parquet, \.csv"):
        read_split(data_config(tmp_path), "test")
    (tmp_path / "test.csv").write_text("turn_id,text,labels\n")
    with pytest.raises(InputError, match="expected conversations, found an empty file"):
        read_split(data_config(tmp_path), "test")
    (tmp_path / "test.json").write_text("[]")
    with pytest.raises(InputError, match="expected one file for the split 'test', found 2"):
        read_split(data_config(tmp_path), "test")


def test_a_hub_name_without_a_network_ends_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(InputError, match="split 'test' could not be loaded"):
        read_split(data_config("hub:nobody/nothing-of-this-name"), "test")


def test_annomi_has_its_published_counts():
    folder = Path(os.environ.get("ANNOMI", Path(__file__).parents[3] / "shared" / "data" / "annomi"))
    if not folder.is_dir():
        pytest.skip("AnnoMI is not part of the repository; ANNOMI=FOLDER names a copy")
    data = config("data=annomi", f"data.path={folder}", "head=exclusive").data
    counts = {split: read_split(data, split).report for split in ("train", "validation", "test")}
    assert {s: (r["dialogues"], r["rows"], r["labels_scored"]) for s, r in counts.items()} == {
        "train": (93, 6748, 3354),
        "validation": (13, 973, 483),
        "test": (27, 1978, 980),
    }


def test_a_count_that_the_reader_does_not_take_is_refused(tmp_path):
    write_csv(tmp_path / "test.csv", [simple_dialogue("a", 1)])
    with pytest.raises(InputError, match=r"data\.expected\.test: no count 'lines'; expected one of dialogues, rows,"):
        read_split(data_config(tmp_path, expected={"test": {"lines": 3}}), "test")
