"""The Markdown files of the repository, and what stands in them."""

import re
import subprocess
from pathlib import Path

from tests.support.checkout import ROOT


def documents() -> list[Path]:
    """What git has, or would have if everything were added."""
    known = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(known, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in sorted(filter(None, listed.split("\0"))) if (ROOT / name).is_file()]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The content of the fenced blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.S | re.M)


def prose(page: str) -> str:
    """The page without what stands in code."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", page, flags=re.S | re.M))


LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")


def links(page: str) -> list[str]:
    """Where the links and pictures of the page's prose lead."""
    return [match[1] or match[2] for match in LINK.finditer(prose(page))]


def dead_links(page: str, path: Path) -> list[str]:
    """The links of a page, which stands at that path, that leave the repository or lead nowhere in it."""
    dead = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        inside = target.is_relative_to(ROOT) and target.exists()
        if re.match(r"[a-z]+:", link) or (inside and (not anchor or anchor in anchors(text(target)))):
            continue
        dead.append(link)
    return dead


def anchors(page: str) -> set[str]:
    """What a link may name after ``#``: the headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page, flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
