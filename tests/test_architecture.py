"""Imports point upstream only, and tag names are spelled in one file."""

import ast
from pathlib import Path

import pytest

from src.tags import CRADLE, CRISIS_TYPES

SRC = Path(__file__).parents[1] / "src"
BASE = {"errors", "tags", "files"}
DATA = {"data.dialogue", "data.table", "data.release", "data.corpus"}
MAY_IMPORT = {
    "errors": set(),
    "tags": {"errors"},
    "files": {"errors"},
    "config": {"errors", "tags", "config"},
    "cli": {"errors"},
    "tagger": set(),
    "data": {*BASE, "config", "data"},
    "decision": {"tags", "data.dialogue"},
    "predictions": {*BASE, "data.dialogue", "decision", "prediction_check", "prediction_file"},
    "prediction_check": {*BASE, "data.dialogue", "decision", "prediction_file"},
    "prediction_file": {*BASE, "data"},
    "metrics": {*BASE, "data.dialogue", "decision", "metrics"},
    "model": {*BASE, "config", "data.batch", "data.encode", "data.groups", "data.dialogue", "decision", "model"},
    "comparison": {*BASE, "config", "decision", "metrics", "predictions", "run_folder", "summary", "comparison"},
    "training": {
        *BASE,
        "config",
        "data",
        "decision",
        "metrics",
        "model",
        "predictions",
        "run_folder",
        "saved_tagger",
        "scored",
        "training",
    },
}


def our_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.removeprefix("src.") for name in names if name.startswith("src.")}


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda p: str(p.relative_to(SRC)))
def test_imports_point_upstream(path):
    room = path.relative_to(SRC).with_suffix("").parts[0]
    if room not in MAY_IMPORT:
        pytest.skip("an entry point or a report may import anything")
    allowed = MAY_IMPORT[room]
    wrong = {name for name in our_imports(path) if name not in allowed and name.split(".")[0] not in allowed}
    assert not wrong


def test_lightning_stays_in_training_and_pytorch_crf_in_one_file():
    for path in SRC.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "training" not in path.parts:
            assert "pytorch_lightning" not in text, path
        if path.name != "exclusive.py":
            assert "from torchcrf" not in text, path


def test_tag_names_are_spelled_in_one_file_and_the_reports_words():
    for path in SRC.rglob("*.py"):
        if path.name in ("tags.py", "words.py"):
            continue
        constants = {
            str(n.value) for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)
        }
        assert not constants & {*CRADLE.names, *CRISIS_TYPES, "alert_", "confirm_"}, path
