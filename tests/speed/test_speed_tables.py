"""Records that were measured once, as the Markdown that was written with them."""

import pytest

from crisis_turns.files import read_json
from crisis_turns.speed.speed_tables import tagging_tables, training_tables
from tests.support.checkout import ROOT


@pytest.mark.parametrize(("target", "tables"), [("training", training_tables), ("tagging", tagging_tables)])
def test_stored_results_have_the_tables_of_their_records(target, tables):
    folder = ROOT / "notebooks" / "results" / f"benchmark-{target}"
    assert tables(read_json(folder / "benchmark.json")) == (folder / "benchmark.md").read_text()
