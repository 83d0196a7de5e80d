"""The notebooks run from first cell to last; what is committed of them is whole, small and names no machine."""

import base64
import json
import re

import pytest

from crisis_turns.files import read_json
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.pretrained import PRETRAINED
from tests.support.checkout import ROOT
from tests.support.documents import dead_links
from tests.support.notebooks import NOTEBOOKS, WRITE_UP, run

KIB = 1024


@pytest.mark.slow
@pytest.mark.parametrize("path", [WRITE_UP, *NOTEBOOKS], ids=lambda path: path.stem)
def test_it_runs(path, tmp_path):
    """In a short setting; the outputs that are committed are of the longer one that a reader gets."""
    run(path, tmp_path)


def test_there_are_four():
    assert [path.stem[:3] for path in NOTEBOOKS] == ["01-", "02-", "03-", "04-"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_committed_was_run_whole_and_is_small(path):
    page = path.read_text(encoding="utf-8")
    assert len(page.encode()) < 200 * KIB
    cells = [cell for cell in json.loads(page)["cells"] if cell["cell_type"] == "code"]
    counts = [cell["execution_count"] for cell in cells]
    assert counts in (list(range(1, len(cells) + 1)), [None] * len(cells))  # whole, or not at all
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    pictures = [
        base64.b64decode(output["data"]["image/png"]) for output in outputs if "image/png" in output.get("data", {})
    ]
    assert all(len(picture) < 60 * KIB for picture in pictures)
    assert not re.search(r"/(tmp|home|root|work|usr|Users)/", json.dumps(outputs))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_links_lead_somewhere(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert dead_links(prose, path) == []


def test_the_errors_that_are_shown_are_those_of_the_tagger_in_the_package():
    metrics = RunFolder(PRETRAINED).metrics("dev")
    if not metrics.is_file():
        pytest.skip("no tagger is in the package")
    shipped = read_json(metrics)
    page = (ROOT / "notebooks" / "03-errors.ipynb").read_text(encoding="utf-8")
    assert f"turn micro F1 {shipped['turn']['micro_f1']:.1%} " in page, "run 01 and 03 anew"
