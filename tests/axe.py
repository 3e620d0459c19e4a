"""What axe finds wrong with an open page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# It may not load style sheets itself: it looks for them in wrong places. What passes is not
# described, which takes half of the time.
_OPTIONS = {"preload": False, "resultTypes": ["violations"]}

# Most of the rest went into strokes of pictures and the contrast of each word of code. A picture
# that says in words what it shows is shown to axe without its strokes; a block of code all of whose
# colours, on its ground, stood in a block before it, without them. Both get back what they had.
_PLAIN = """() => {
    const pictures = [...document.querySelectorAll("svg[role=img][aria-label]")];
    window.strokes = pictures.map(picture => [picture, [...picture.childNodes]]);
    pictures.forEach(picture => picture.replaceChildren());
    const seen = new Set();
    const shown = [...document.querySelectorAll("pre")].filter(block => block.checkVisibility());
    window.coloured = shown.filter(block => {
        const ground = getComputedStyle(block).backgroundColor;
        const words = [...block.querySelectorAll("span")];
        const looks = words.map(word => {
            const style = getComputedStyle(word);
            return [ground, style.color, style.backgroundColor, style.opacity].join();
        });
        const known = looks.every(look => seen.has(look));
        looks.forEach(look => seen.add(look));
        return known && words.length > 0 && block.children.length === words.length;
    }).map(block => [block, block.innerHTML]);
    window.coloured.forEach(([block]) => { block.textContent = block.textContent; });
}"""
_AS_IT_WAS = """() => {
    window.strokes.forEach(([picture, nodes]) => picture.replaceChildren(...nodes));
    window.coloured.forEach(([block, html]) => { block.innerHTML = html; });
}"""


def axe_faults(page: Page, *, inside: str = "html") -> list[str]:
    """Each violation, with the element and what to do about it, once no colour fades any more."""
    page.wait_for_function("document.getAnimations().every(each => each.playState !== 'running')")
    page.evaluate(_PLAIN)
    found = Axe().run(page, context={"include": [inside]}, options=_OPTIONS)
    page.evaluate(_AS_IT_WAS)
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]
