"""Every link inside of the repository leads somewhere."""

import re

import pytest

from tests.support.checkout import ROOT
from tests.support.documents import anchors, documents, prose, text

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_resolve(path):
    for match in LINK.finditer(prose(text(path))):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.is_relative_to(ROOT), f"{path}: {link} leaves the repository"
        assert target.exists(), f"{path}: {link} leads nowhere"
        if anchor:
            assert anchor in anchors(text(target)), f"{path}: {link}: no such heading"


def test_a_broken_link_is_found():
    page = '[a](b.md) `[c](d.md)` <img src="e.png" width="3">\n```\n[f](g.md)\n```\n![two\nlines](h.svg)'
    assert [match[1] or match[2] for match in LINK.finditer(prose(page))] == ["b.md", "e.png", "h.svg"]


def test_anchors_are_spelled_as_github_does():
    assert anchors("## Own tags\n# What's new, in 0.2?\n```\n# no\n```\n") == {"own-tags", "whats-new-in-02"}
