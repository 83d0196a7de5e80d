"""Graphs in 8 bits, and what a library that makes them leaves behind."""

import subprocess
import sys

from tests.support.checkout import ROOT

QUANTISED = """
import logging
from onnx import helper
from crisis_turns.deploy.int8 import in_int8

in_int8(helper.make_model(helper.make_graph([], "none", [], [])))
logging.getLogger("a.library").info("a note")
logging.getLogger("a.library").warning("a warning")
"""


def test_no_library_shows_its_notes_afterwards():
    done = subprocess.run(
        [sys.executable, "-c", QUANTISED], cwd=ROOT, capture_output=True, text=True, check=False, timeout=200
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "a warning\n")
