"""The browser for these tests; without one they are skipped with the reason. ``make test-browser`` installs it."""

import pytest

from tests.support.chromium import CHROMIUM, DRIVER, Window, start


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.keywords and not (CHROMIUM and DRIVER):
            item.add_marker(
                pytest.mark.skip(reason="no chromium and chromedriver here: make test-browser installs them")
            )


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    pytest.importorskip("selenium")
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def window(chromium, tmp_path):
    return Window(chromium, tmp_path)
