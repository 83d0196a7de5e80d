"""Imports point upstream only, the rooms make no circle, and tag names are spelled in one file."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from crisis_turns.tags import CRADLE, CRISIS_TYPES
from tests.support.checkout import ROOT

PACKAGE = ROOT / "src" / "crisis_turns"
BASE = {"errors", "files", "tags", "words"}
MAY_IMPORT = {
    # a room is a folder, or a file at the package's root; each room may import the rooms named here, and itself
    "errors": set(),
    "words": set(),
    "tags": {"errors"},
    "files": {"errors"},
    "log": set(),
    "processor": set(),
    "heads": set(),
    "config": {"errors", "tags", "heads"},
    "data": {*(BASE - {"words"}), "log", "config"},
    "annotation": {*(BASE - {"words"}), "data"},
    "decision": {*(BASE - {"words"}), "config", "data"},
    "metrics": {"tags", "decision"},
    "model": {"errors", "files", "tags", "heads", "config", "data", "decision"},
    "evidence": {"tags", "data", "decision"},
    "predictions": {*(BASE - {"words"}), "data", "decision", "evidence"},
    "report": {"tags", "words", "data", "decision", "evidence", "metrics"},
    "deploy": {*BASE, "config", "data", "decision", "metrics", "model", "predictions"},
    "runs": {*BASE, "heads", "config", "data", "decision", "deploy", "evidence", "metrics", "model", "report"},
    "training": {*BASE, "log", "heads", "config", "data", "decision", "metrics", "model", "predictions", "runs"},
    "llm": {*(BASE - {"words"}), "config", "data", "decision", "metrics", "predictions", "runs"},
    "comparison": {*BASE, "config", "decision", "metrics", "predictions", "runs"},
    "cascade": {
        *BASE, "config", "data", "decision", "metrics", "predictions", "runs", "deploy", "llm",
        "comparison",
    },
    "speed": {*BASE, "processor", "config", "data", "decision", "deploy", "metrics", "model", "runs", "training"},
    "commands": {
        *BASE, "log", "processor", "config", "data", "annotation", "decision", "evidence", "metrics", "predictions",
        "runs", "deploy", "training", "llm", "comparison", "cascade", "speed",
    },
    "__main__": {"processor", "commands"},
    "__init__": {"config", "data", "decision", "deploy", "errors", "evidence", "runs", "tags"},
}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def our_imports(path: Path) -> set[str]:
    """Rooms that a file imports, at its top or anywhere inside, however it spells that."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("crisis_turns.")}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_upstream(path):
    room = room_of(path)
    assert our_imports(path) - {room} <= MAY_IMPORT[room]


def test_the_allowances_make_no_circle_and_name_every_room():
    tuple(TopologicalSorter(MAY_IMPORT).static_order())  # a CycleError names the circle
    assert set(MAY_IMPORT) == {room_of(path) for path in FILES}


def test_the_root_holds_a_dozen_files_at_most():
    assert len(list(PACKAGE.glob("*.py"))) <= 12


def test_nobody_imports_the_package_by_its_place_in_the_checkout():
    for path in (*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "conf").rglob("*.yaml")):
        assert f"src.{PACKAGE.name}" not in path.read_text(encoding="utf-8"), path


def test_lightning_stays_in_training_and_pytorch_crf_in_one_file():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if "training" not in path.parts:
            assert "pytorch_lightning" not in text, path
        if path.name != "exclusive.py":
            assert "from torchcrf" not in text, path


def test_tag_names_are_spelled_in_one_file_and_the_reports_prose():
    for path in FILES:
        if path.name in ("tags.py", "prose.py"):
            continue
        constants = {
            str(n.value) for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)
        }
        assert not constants & {*CRADLE.names, *CRISIS_TYPES, "alert_", "confirm_"}, path
