"""What axe finds wrong with an open page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# It may not load style sheets itself: it looks for them in wrong places. What passes is not
# described, which takes half of the time.
_OPTIONS = {"preload": False, "resultTypes": ["violations"]}


def axe_faults(page: Page, *, inside: str = "html") -> list[str]:
    """Each violation, with the element and what to do about it, once no colour fades any more."""
    page.wait_for_function("document.getAnimations().every(each => each.playState !== 'running')")
    found = Axe().run(page, context={"include": [inside]}, options=_OPTIONS)
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]
