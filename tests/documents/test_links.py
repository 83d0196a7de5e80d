"""Every link inside of the repository leads somewhere."""

import pytest

from tests.support.checkout import ROOT
from tests.support.documents import anchors, dead_links, documents, links, text


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_resolve(path):
    assert dead_links(text(path), path) == []


def test_a_link_is_found_in_prose_alone():
    page = '[a](b.md) `[c](d.md)` <img src="e.png" width="3">\n```\n[f](g.md)\n```\n![two\nlines](h.svg)'
    assert links(page) == ["b.md", "e.png", "h.svg"]


def test_a_dead_link_is_told():
    page = "[a](README.md) [b](nowhere.md) [c](../outside.md) [d](README.md#no-such-part) [e](https://example.org/x)"
    assert dead_links(page, ROOT / "README.md") == ["nowhere.md", "../outside.md", "README.md#no-such-part"]


def test_anchors_are_spelled_as_github_does():
    assert anchors("## Own tags\n# What's new, in 0.2?\n```\n# no\n```\n") == {"own-tags", "whats-new-in-02"}
