"""``conf/README.md`` has every key and every choice, with the meaning that the code gives them."""

from crisis_turns.config import RunConfig
from crisis_turns.config.keys import keys_of
from tests.documents.configuration import PAGE, generated, parts


def test_the_page_is_what_the_code_says():
    page = PAGE.read_text(encoding="utf-8")
    assert generated(page) == page, "python -m tests.documents.configuration writes it anew"


def test_every_key_of_a_run_is_there_once():
    told = parts()
    for name in keys_of(RunConfig):
        table, key = ("conversations", name.removeprefix("data.")) if _read(name) else ("training", name)
        assert told[table].count(f"| `{key}` |") == 1, name


def _read(name: str) -> bool:
    """Whether the key says how conversations are read."""
    return name.startswith(("data.format", "data.speakers.", "data.columns.", "data.turns."))
