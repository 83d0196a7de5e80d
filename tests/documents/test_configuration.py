"""``conf/README.md`` and ``docs/sweeps.md`` have every key and every choice, with the meanings that the code gives."""

import pytest

from crisis_turns.config import RunConfig
from crisis_turns.config.keys import keys_of
from tests.documents.configuration import PAGES, generated, parts
from tests.support.checkout import ROOT
from tests.support.documents import text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_page_is_what_the_code_says(path):
    assert generated(path) == text(path), "python -m tests.documents.configuration writes it anew"


def test_every_part_stands_on_a_page():
    assert sorted(name for names in PAGES.values() for name in names) == sorted(parts())


def test_every_key_of_a_run_is_there_once():
    told = parts()
    for name in keys_of(RunConfig):
        table, key = ("conversations", name.removeprefix("data.")) if _read(name) else ("training", name)
        assert told[table].count(f"| `{key}` |") == 1, name


def _read(name: str) -> bool:
    """Whether the key says how conversations are read."""
    return name.startswith(("data.format", "data.speakers.", "data.columns.", "data.turns."))
