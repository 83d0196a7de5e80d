"""A real headless Chromium for the tests of the report; without one they are skipped with the reason.

``make test-browser`` installs it.
"""

import shutil

import pytest

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


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.keywords and not (CHROMIUM and DRIVER):
            item.add_marker(
                pytest.mark.skip(reason="no chromium and chromedriver here: make test-browser installs them")
            )


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A driver whose log keeps every console message; the browser starts with an empty profile."""
    pytest.importorskip("selenium")
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Window:
    """One page in the browser, with what the tests ask of it."""

    def __init__(self, driver, folder):
        self.driver, self.folder = driver, folder

    def open(self, html, *, width=1280, scheme="light", fragment=""):
        path = self.folder / "report.html"
        path.write_text(html, encoding="utf-8")
        command = self.driver.execute_cdp_cmd
        command("Emulation.setDeviceMetricsOverride",
                {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})  # fmt: skip
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


@pytest.fixture
def window(chromium, tmp_path):
    return Window(chromium, tmp_path)
