"""What several tests share."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

CHROMIUMS = ("chromium", "google-chrome", "chromium-browser")


@pytest.fixture(scope="session")
def browser():
    """An installed Chromium, or else Playwright's own."""
    installed = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        # A container's root may not use Chromium's sandbox; the pages here are our own.
        chromium = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        yield chromium
        chromium.close()
