"""What the documents tell of measurements stands in committed files, and the files say how they came about."""

import json
import re
import shlex

import pytest

from crisis_turns.__main__ import COMMANDS
from tests.documents.results import RESULTS, UNKNOWN, folders, generated, pages, record
from tests.support.checkout import ROOT
from tests.support.documents import documents, text

KEYS = ["what", "runs", "train", "tables", "date", "commit", "recorded_in", "machine", "libraries"]
PICTURE = re.compile(r"[\w./-]+\.png")


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pages_say_what_the_results_say(path):
    page = text(path)
    assert generated(page, pages()[path]) == page, "python -m tests.documents.results writes it anew"


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_every_folder_says_how_it_came_about(folder):
    said = record(folder)
    assert list(said) == KEYS
    assert all(said[key] not in ("", None, {}) for key in KEYS)
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d|{UNKNOWN}", said["date"])
    assert re.fullmatch(rf"[0-9a-f]{{7,40}}|{UNKNOWN}", said["commit"])
    assert {"python", "torch", "numpy"} <= set(said["libraries"])
    for command in (*said["train"], *(table["command"] for table in said["tables"])):
        if command.startswith("python"):
            assert re.match(r"python -m src\.(\w+) ", command)[1] in COMMANDS
            shlex.split(command)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_every_result_of_a_folder_is_one_of_its_tables(folder):
    tables = [table["file"] for table in record(folder)["tables"]]
    assert sorted(tables) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*.json") if path.name != "record.json"
    )
    assert {path.with_suffix(".json") for path in folder.rglob("*.md")} <= {folder / name for name in tables}


def test_every_folder_stands_in_the_index_with_date_and_command():
    index = text(ROOT / "notebooks" / "README.md")
    for folder in folders():
        said = record(folder)
        (row,) = re.findall(rf"^\| \[{folder.name}\]\(.*", index, re.M)
        assert said["date"] in row
        for table in said["tables"]:
            (row,) = re.findall(rf"^\| \[{folder.name}/{table['file'].removesuffix('.json')}\]\(.*", index, re.M)
            assert table["command"] in row


def test_every_picture_is_shown_by_a_page():
    pages = [path for path in documents() if not path.is_relative_to(RESULTS)]
    shown = {(path.parent / name).resolve() for path in pages for name in PICTURE.findall(text(path))}
    assert set((ROOT / "notebooks").rglob("*.png")) <= shown


def test_no_two_tables_hold_the_scores_of_the_same_runs():
    held = []
    for path in RESULTS.rglob("comparison.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        held.append((found["data_sha256"], sorted(run for system in found["systems"] for run in system["runs"])))
    assert [one for one in held if held.count(one) > 1] == []


OBLIQUE = {
    "hier_crf, head=independent": ("heads/test", "head=independent"),
    "hier_crf, head=onset": ("heads/test", "head=onset"),
    "hier_crf, head=hazard": ("heads/test", "head=hazard"),
    "hier_crf, head=independent, tuned": ("tuned/test", "head=independent, once=true"),
    "hier_crf, head=onset, tuned": ("tuned/test", "head=onset, once=true"),
    "hier_crf, head=hazard, tuned": ("tuned/test", "head=hazard, once=true"),
    "hier_crf, head=hazard, all layers tuned": ("full", "trainable_layers=all"),
}
"""Rows of the first table of ``results-oblique.md``, and where their figures are from."""


@pytest.mark.parametrize("name", OBLIQUE)
def test_the_page_of_the_oblique_part_says_what_its_comparisons_say(name):
    folder, system = OBLIQUE[name]
    found = json.loads((RESULTS / folder / "comparison.json").read_text(encoding="utf-8"))
    (scores,) = [one["scores"] for one in found["systems"] if one["name"] == system]
    (row,) = re.findall(
        rf"^\| {re.escape(name)} \| \d \| (.*) \|$", text(ROOT / "notebooks" / "results-oblique.md"), re.M
    )
    told = row.split(" | ")[:4]
    sections = ("turn", "dialogue", "turn_confirm", "turn_alert")
    assert told == [f"{100 * scores[key]['mean']:.1f} ± {100 * scores[key]['sd']:.1f}" for key in sections]
