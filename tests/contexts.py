"""A browser's contexts that tests share: making one takes longer than most tests."""

from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Browser, BrowserContext


class Contexts:
    """A context for each set of options, made once.

    It is for pages that keep nothing but what ends with them, neither cookies nor `localStorage`.
    A test closes the pages that it has opened.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.made: dict[str, BrowserContext] = {}

    def __call__(self, **options: Any) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in self.made:
            self.made[key] = self.browser.new_context(**options)
            self.made[key].new_page()  # stays: a page beside it is a tab, and no new window
        return self.made[key]

    def close(self) -> None:
        for context in self.made.values():
            context.close()


def close_pages(contexts: Iterable[BrowserContext]) -> None:
    for context in contexts:
        for page in context.pages[1:]:
            page.close()
