"""A headless Chromium with an empty profile, and one page in it."""

import base64
import io
import shutil
from pathlib import Path

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # CI is root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def start(profile: Path):
    """A driver whose log keeps every console message."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chrome(options=options, service=Service(DRIVER))


class Window:
    """One page in the browser, with what the tests ask of it."""

    def __init__(self, driver, folder: Path):
        self.driver, self.folder = driver, folder

    def open(self, html, *, width=1280, scheme="light", fragment=""):
        path = self.folder / "report.html"
        path.write_text(html, encoding="utf-8")
        command = self.driver.execute_cdp_cmd
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        command("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        command("Emulation.setEmulatedMedia", {"media": "screen", "features": features})
        self.driver.get("about:blank")
        self.driver.get(f"{path.as_uri()}{fragment}")
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def messages(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def picture(self, selector, *, width, height):
        """PNG bytes of the page from an element's top on, in few colours."""
        from PIL import Image

        top = self.run("return document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY", selector)
        clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
        taken = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
        )
        image = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB").quantize(128)
        stream = io.BytesIO()
        image.save(stream, "PNG", optimize=True)
        return stream.getvalue()
