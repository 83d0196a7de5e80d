"""The documents' pictures of a report: ``python -m tests.browser.screenshots RUN/report.html``."""

import sys
import tempfile
from pathlib import Path

from tests.support.chromium import Window, start

FIGURES = Path(__file__).parent.parent.parent / "notebooks" / "figures"


def take(window: Window, html: str, folder: Path) -> None:
    """The summary on a desktop, and the first dialogue with a hit and an error on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    window.open(html, width=1280)
    (folder / "report-1280.png").write_bytes(window.picture("body", width=1280, height=1080))
    window.open(html, width=390)
    window.run(
        """
        const all = [...document.querySelectorAll("#list details")];
        const both = all.find((d) => d.querySelector(".hit") && d.querySelector(".missed, .late, .early"));
        (both || all[0]).open = true;
        """
    )
    window.run("return new Promise((done) => setTimeout(done, 200))")
    (folder / "report-390.png").write_bytes(window.picture("#list details[open]", width=390, height=1080))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        driver = start(Path(scratch) / "profile")
        try:
            take(Window(driver, Path(scratch)), Path(sys.argv[1]).read_text(encoding="utf-8"), FIGURES)
        finally:
            driver.quit()
