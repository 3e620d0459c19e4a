"""The explorer: its model is the laboratory's, its words are Python's, and nobody is left out."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext, Locator, Page

from prefetchlab import page, theory
from prefetchlab.errors import InputError
from prefetchlab.figures import Explorer, explore
from prefetchlab.figures.drawing import INK_ON_BARS, LANE_COLOURS
from tests.axe import axe_faults
from tests.contexts import Contexts, close_pages

pytestmark = pytest.mark.long

SCRIPT = page.script("explorer")
EVEN, UNEVEN = explore(), explore([5, 15], name="uneven")
SLOTS = (0, 1, 2, 3, 8)
INK, PAPER = {"light": "#222222", "dark": "#eeeeee"}, {"light": "#ffffff", "dark": "#111111"}

Open = Callable[..., Page]


def page_text(theme: str, body: str) -> str:
    style = f"body {{ font: 16px sans-serif; color: {INK[theme]}; background: {PAPER[theme]}; }}"
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Explorer</title>"
        f"<meta name='viewport' content='width=device-width'><style>{style}</style>"
        f"<main><h1>Explorer</h1>{body}</main></html>"
    )


@pytest.fixture
def opened(shared_context: Contexts, tmp_path: Path) -> Iterator[Open]:
    """Open two explorers from a file; nothing may go wrong or be asked for."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(
        *, script: str = SCRIPT, theme: str = "light", width: int = 1280, **options: Any
    ) -> Page:
        body = EVEN._repr_html_() + UNEVEN._repr_html_()
        file = tmp_path / "explorer.html"
        file.write_text(page_text(theme, body.replace(SCRIPT, script)), encoding="utf-8")
        scheme = {"color_scheme": theme} | options
        context = shared_context(viewport={"width": width, "height": 900}, **scheme)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: troubles.append(message.text))
        shown.on("pageerror", lambda error: troubles.append(str(error)))
        shown.on("request", lambda ask: troubles.extend(asked_outside(ask.url, file)))
        shown.goto(file.as_uri())
        return shown

    yield open_page
    close_pages(contexts)
    assert troubles == []


def asked_outside(url: str, file: Path) -> list[str]:
    """The address, unless it is the page or a picture that stands in the page."""
    return [] if url == file.as_uri() or url.startswith("data:") else [url]


def explorer(shown: Page, number: int = 0) -> Locator:
    return shown.locator("figure").nth(number)


CHOOSE = """(figure, state) => {
  const { load, train, slots, uneven } = figure.querySelector('form').elements;
  [load.value, train.value, slots.value, uneven.checked] = state;
  load.dispatchEvent(new Event('input', { bubbles: true }));
}"""


def choose(
    one: Locator, *, load: int = 10, train: int = 10, slots: int = 1, uneven: bool = False
) -> None:
    """Set the controls as a reader does: what they do with hands, the keyboard's test shows."""
    one.evaluate(CHOOSE, [load, train, slots, uneven])


def press(one: Locator, word: str, times: int = 1) -> None:
    """Press a button, also one that says that it leads no further."""
    button = one.get_by_role("button", name=word, exact=True)
    button.evaluate("(button, n) => Array.from({ length: n }, () => button.click())", times)


def told(one: Locator) -> list[str]:
    """The sentence of the state and that of the moment."""
    return one.get_by_role("status").all_inner_texts()


def text_of(script: str) -> str:
    return re.sub(r"</?script[^>]*>\n?", "", script)


def planted(right: str, wrong: str) -> str:
    """The script with one fault in it."""
    assert SCRIPT.count(right) == 1
    return SCRIPT.replace(right, wrong)


# --- the model of the page is the laboratory's ---------------------------------------------------

Case = tuple[list[tuple[int, int]], float]  # load and train of each element, whole ms; slots

# Slots as JSON holds them: null is without bound.
PLAY = """text => JSON.stringify(JSON.parse(text).map(([pairs, slots]) => {
  const [load, train] = [0, 1].map(side => pairs.map(pair => pair[side]));
  const played = prefetchlabExplorer.replay(load, train, slots ?? Infinity);
  return ['begun', 'made', 'taken', 'trained'].map(name => played[name]);
}))"""


def drawn_cases() -> list[Case]:
    """At least 2,000 cases of uneven loads, for one call of the browser."""
    cases: list[Case] = []
    elements = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=30)
    slots = st.one_of(st.integers(0, 8).map(float), st.just(theory.UNBOUNDED))

    @settings(max_examples=2_200, database=None)
    @given(elements, slots)
    def draw(pairs: list[tuple[int, int]], slots: float) -> None:
        cases.append((pairs, slots))

    draw()
    return cases


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return drawn_cases()


def by_the_laboratory(case: Case) -> list[list[float]]:
    pairs, slots = case
    load, train = zip(*pairs, strict=True)
    played = theory.replay(list(load), list(train), slots)
    columns = played.begun_s, played.made_s, played.taken_s, played.trained_s
    return [column.tolist() for column in columns]


def differing(shown: Page, cases: list[Case]) -> list[Case]:
    """Those cases for which page and laboratory do not agree exactly, the shortest first."""
    finite = [(pairs, None if slots == theory.UNBOUNDED else slots) for pairs, slots in cases]
    by_the_page = json.loads(shown.evaluate(PLAY, json.dumps(finite)))
    pairs = zip(cases, by_the_page, strict=True)
    wrong = [case for case, played in pairs if played != by_the_laboratory(case)]
    return sorted(wrong, key=lambda case: len(case[0]))


def test_the_page_plays_what_the_laboratory_replays(opened: Open, cases: list[Case]) -> None:
    assert len(cases) >= 2_000
    assert {slots for _, slots in cases} == {*range(9), theory.UNBOUNDED}
    assert differing(opened(), cases)[:1] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("taken[n - slots]", "taken[n - slots - 1] ?? 0"),
        ("taken[n - slots]", "taken[n - slots + 1] ?? 0"),
        ("Math.max(made[n - 1], free)", "free"),
        ("Math.max(made[n], asked)", "made[n]"),
        ("slots === 0 ? asked", "slots === 0 ? made[n - 1] ?? 0"),
    ],
)
def test_a_fault_planted_in_the_model_is_found(
    opened: Open, cases: list[Case], right: str, wrong: str
) -> None:
    assert differing(opened(script=planted(right, wrong)), cases) != []


STEPS = """slots => [false, true].map(uneven => Array.from({length: 1600}, (_, n) => {
  const times = {load: 1 + n % 40, train: 1 + Math.floor(n / 40), uneven};
  return prefetchlabExplorer.longRunStep(times, slots);
}))"""


def step_in_closed_form(load: int, train: int, slots: int, *, uneven: bool) -> float:
    if slots == 0:
        return load + train
    short, longer = (load / 2, load) if uneven else (load, 0)
    return theory.burst_step(short, longer, every=2, train_s=train, slots=slots)


@pytest.mark.parametrize("slots", SLOTS)
def test_the_step_of_every_state_is_that_of_the_long_run(opened: Open, slots: int) -> None:
    expected = [
        [step_in_closed_form(1 + n % 40, 1 + n // 40, slots, uneven=uneven) for n in range(1600)]
        for uneven in (False, True)
    ]
    assert opened().evaluate(STEPS, slots) == expected


# --- the words of the page are those of Python ---------------------------------------------------

TIMES_MS = (1, 2, 3, 7, 8, 10, 19, 31, 40)
SENTENCES = """states => states.map(([load, train, uneven, slots]) =>
  prefetchlabExplorer.sentence({load, train, uneven}, slots))"""


def other_sentences(shown: Page) -> list[str]:
    """What the page says and Python does not, over a grid of states."""
    states = [
        (load, train, uneven, slots)
        for load in TIMES_MS
        for train in TIMES_MS
        for uneven in (False, True)
        for slots in SLOTS
    ]
    said: list[str] = shown.evaluate(SENTENCES, states)
    pairs = zip(states, said, strict=True)
    return [words for state, words in pairs if words != sentence_of(*state)]


def sentence_of(load: int, train: int, uneven: bool, slots: int) -> str:
    pattern = [load / 2, 3 * load / 2] if uneven else [load]
    return explore(pattern, train).sentence(slots)


def test_page_and_python_say_the_same(opened: Open) -> None:
    assert other_sentences(opened()) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("value * 100 + 0.5", "value * 100"), ("(1 - times.train / step)", "(times.train / step)")],
)
def test_other_words_of_the_page_are_found(opened: Open, right: str, wrong: str) -> None:
    assert other_sentences(opened(script=planted(right, wrong))) != []


def test_the_sentence_of_chapter_3() -> None:
    assert UNEVEN.sentence(slots=1) == (
        "Step time 12.5 ms with 1 slot, 20 ms without: 1.6 times as fast. "
        "Training waits 20 % of the time."
    )
    assert UNEVEN.sentence(slots=2).startswith("Step time 10 ms with 2 slots, 20 ms without: 2 ")


def test_the_page_tells_its_state_and_names_the_picture_alike(opened: Open) -> None:
    one = explorer(opened())
    assert told(one)[0] == EVEN.sentence(slots=1)
    choose(one, load=40, train=20, slots=8, uneven=True)
    assert told(one)[0] == explore([20, 60], 20).sentence(slots=8)
    assert one.get_by_role("img").get_attribute("aria-label") == told(one)[0]
    assert one.get_by_role("slider").first.get_attribute("aria-valuetext") == "40 ms"


def test_the_explorer_begins_where_python_says(opened: Open) -> None:
    assert told(explorer(opened(), 1))[0] == UNEVEN.sentence(slots=1)


# --- from event to event -------------------------------------------------------------------------


MOMENTS = """figure => {
  const step = figure.querySelector('.step');
  const moment = figure.querySelectorAll('[role=status]')[1];
  const said = [moment.textContent];
  while (step.getAttribute('aria-disabled') === 'false') {
    step.click();
    said.push(moment.textContent);
  }
  return said;
}"""


def moments(one: Locator) -> list[str]:
    """What is told at each event, from the first to the last."""
    said: list[str] = one.evaluate(MOMENTS)
    return said


def test_a_slot_is_filled_emptied_and_filled_again(opened: Open) -> None:
    assert moments(explorer(opened(), 1))[:9] == [
        "At 0 ms element 1 is begun. The buffer is empty.",
        "At 5 ms element 1 is made. The buffer holds 1.",
        "At 5 ms element 1 is taken. The buffer is empty.",
        "At 5 ms element 2 is begun. The buffer is empty.",
        "At 20 ms element 2 is made. The buffer holds 2.",
        "At 20 ms element 2 is taken. The buffer is empty.",
        "At 20 ms element 3 is begun. The buffer is empty.",
        "At 25 ms element 3 is made. The buffer holds 3.",
        "At 30 ms element 3 is taken. The buffer is empty.",
    ]


def test_the_buffer_never_holds_more_than_its_slots_and_is_filled(opened: Open) -> None:
    one = explorer(opened())
    for slots in SLOTS:
        choose(one, load=1, train=40, slots=slots)
        said = moments(one)
        assert len(said) == 3 * 8
        holding = [len(re.findall(r"\d", words.partition("holds")[2])) for words in said]
        assert max(holding) == min(slots, 7)  # the first of eight is in training by then


def test_the_boxes_show_what_the_words_say(opened: Open) -> None:
    one = explorer(opened())
    choose(one, load=1, train=40, slots=3)
    press(one, "Step", 8)
    assert told(one)[1] == "At 4 ms element 4 is made. The buffer holds 2, 3 and 4."
    assert one.locator(".slots .bar").all_text_contents() == ["2", "3", "4"]
    press(one, "Step")
    assert told(one)[1] == "At 41 ms element 2 is taken. The buffer holds 3 and 4."
    assert one.locator(".slots .bar").all_text_contents() == ["3", "4"]
    assert one.locator(".slots .free").count() == 1


def test_back_undoes_a_step_and_the_ends_hold(opened: Open) -> None:
    one = explorer(opened())
    first = told(one)
    press(one, "Back")
    assert told(one) == first
    press(one, "Step", 3)
    press(one, "Back", 3)
    assert told(one) == first
    press(one, "Step", 30)
    assert told(one)[1] == "At 80 ms element 8 is taken. The buffer is empty."


def test_another_state_begins_at_the_first_event(opened: Open) -> None:
    one = explorer(opened())
    press(one, "Step", 5)
    choose(one, slots=0)
    assert told(one)[1] == "At 0 ms element 1 is begun. There is no buffer."


# --- nothing moves unasked -----------------------------------------------------------------------


def test_a_run_begins_on_request_and_can_be_paused(opened: Open) -> None:
    shown = opened()
    shown.clock.install()
    one = explorer(shown)
    first = told(one)
    shown.clock.run_for(10_000)
    assert told(one) == first
    press(one, "Run")
    shown.clock.run_for(3_000)
    assert one.get_by_role("status").nth(1).get_attribute("aria-live") == "off"
    press(one, "Pause")
    paused = told(one)
    assert paused[1].startswith("At 10 ms element 2 is begun.")
    shown.clock.run_for(10_000)
    assert told(one) == paused
    assert one.get_by_role("status").nth(1).get_attribute("aria-live") == "polite"


def test_a_run_ends_at_the_last_event_and_can_be_run_again(opened: Open) -> None:
    shown = opened()
    shown.clock.install()
    one = explorer(shown)
    press(one, "Run")
    shown.clock.run_for(60_000)
    assert told(one)[1].startswith("At 80 ms element 8 is taken.")
    press(one, "Run")
    assert told(one)[1].startswith("At 0 ms")


def test_who_wants_less_motion_gets_steps_only(opened: Open) -> None:
    one = explorer(opened(reduced_motion="reduce"))
    assert one.get_by_role("button").all_inner_texts() == ["Back", "Step"]


def test_a_run_stops_when_less_motion_is_asked_for(opened: Open) -> None:
    shown = opened()
    shown.clock.install()
    one = explorer(shown)
    press(one, "Run")
    shown.emulate_media(reduced_motion="reduce")
    shown.clock.run_for(20_000)
    assert told(one)[1].startswith("At 0 ms")


# --- nobody is left out --------------------------------------------------------------------------


def test_everything_is_done_by_keyboard_alone(opened: Open) -> None:
    shown = opened()
    one = explorer(shown)
    one.get_by_role("slider").first.focus()
    for key in ("ArrowRight", "Tab", "ArrowLeft", "Tab", "ArrowRight", "Tab", "Space"):
        shown.keyboard.press(key)
    assert told(one)[0] == explore([5.5, 16.5], 9).sentence(slots=2)
    for key in ("Tab", "Tab", "Enter", "Space", "Shift+Tab", "Enter"):
        shown.keyboard.press(key)
    assert told(one)[1].startswith("At 5.5 ms element 1 is made.")


def test_jupyterlab_leaves_every_key_to_the_controls(opened: Open) -> None:
    left = explorer(opened()).locator("form [data-lm-suppress-shortcuts=true]")
    assert left.count() == explorer(opened()).locator("form :is(input, button, fieldset)").count()


def test_a_browser_that_submits_on_enter_stays_on_the_page(opened: Open) -> None:
    shown = opened()
    prevented = shown.evaluate("""() => {
      const prevented = [];
      addEventListener('submit', event => prevented.push(event.defaultPrevented));
      document.querySelectorAll('form').forEach(form => form.requestSubmit());
      return prevented;
    }""")
    assert prevented == [True, True]


def test_the_focus_is_seen(opened: Open) -> None:
    shown = opened()
    explorer(shown).get_by_role("slider").first.focus()
    shown.keyboard.press("Tab")
    for control in ("range", "radio", "checkbox", "button"):
        place = explorer(shown).locator(f"label:has([type={control}]:focus), [type=button]:focus")
        assert "solid 3px" in place.evaluate("e => getComputedStyle(e).outline"), control
        shown.keyboard.press("Tab")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened: Open, theme: str, width: int) -> None:
    shown = opened(theme=theme, width=width)
    choose(explorer(shown), load=5, train=40, slots=8)
    press(explorer(shown), "Step", 12)
    assert axe_faults(shown) == []


def test_axe_would_find_a_control_without_a_name(opened: Open) -> None:
    shown = opened(script=planted('make("span", {}, name), shown', "shown"))
    assert any(fault.startswith("label: ") for fault in axe_faults(shown))


def test_a_phone_needs_no_sideways_scrolling_and_hits_every_target(opened: Open) -> None:
    shown = opened(width=360)
    choose(explorer(shown), load=39, train=39, slots=8, uneven=True)
    press(explorer(shown), "Step", 30)
    assert shown.evaluate("document.documentElement.scrollWidth") == 360
    targets = explorer(shown).locator("[type=range], fieldset label, .uneven, button")
    assert targets.count() == 2 + 5 + 1 + 3
    sizes = targets.evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).flatMap(box => [box.width, box.height])"
    )
    assert min(sizes) >= 44


PLACES = """figure => [...figure.querySelectorAll('label, button, legend, svg, .told, figcaption')]
  .map(e => e.getBoundingClientRect()).map(box => [box.x, box.y, box.width, box.height])"""


def shifted(shown: Page) -> list[tuple[int, int, int, bool]]:
    """The states in which anything stands elsewhere than at first."""
    one = explorer(shown)
    first, found = one.evaluate(PLACES), []
    for load, train in ((1, 1), (40, 40), (1, 40), (39, 37)):
        for slots in (0, 1, 8):
            for uneven in (False, True):
                choose(one, load=load, train=train, slots=slots, uneven=uneven)
                press(one, "Step", 9)
                if one.evaluate(PLACES) != first:
                    found.append((load, train, slots, uneven))
    return found


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_shifted_when_values_change(opened: Open, width: int) -> None:
    assert shifted(opened(width=width)) == []


def test_without_room_for_the_longest_words_a_shift_is_found(opened: Open) -> None:
    shown = opened(width=360)
    shown.add_style_tag(content=".prefetchlab-explorer-live .room { display: none; }")
    assert shifted(shown) != []


# --- wherever it is shown ------------------------------------------------------------------------


def test_without_javascript_there_is_a_picture_and_no_dead_control(opened: Open) -> None:
    shown = opened(java_script_enabled=False)
    assert shown.locator("input, button, form").count() == 0
    picture = explorer(shown).get_by_role("img")
    assert picture.get_attribute("alt") == EVEN.alt
    assert picture.bounding_box() is not None
    assert explorer(shown).get_by_text(EVEN.sentence(slots=1), exact=True).is_visible()


def test_a_notebook_that_is_not_trusted_keeps_picture_and_words() -> None:
    html = re.sub(r"<(style|script|svg)\b.*?</\1>", "", UNEVEN._repr_html_(), flags=re.DOTALL)
    assert re.findall(r'<img alt="([^"]+)" src="data:image/svg\+xml;base64,', html) == [UNEVEN.alt]
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert words.startswith(UNEVEN.sentence(slots=1))
    assert "Calculated, not measured" in words


def test_the_picture_is_drawn_by_the_browser_and_gives_way_to_the_explorer(opened: Open) -> None:
    still = "document.querySelector('.prefetchlab-explorer-still img')"
    shown = opened()
    assert shown.evaluate(f"{still}.decode().then(() => {still}.naturalWidth > 0)")
    assert not explorer(shown).locator(".prefetchlab-explorer-still").is_visible()


def test_one_explorer_leaves_the_other_alone(opened: Open) -> None:
    shown = opened()
    before = told(explorer(shown, 1))
    choose(explorer(shown), load=3, train=30, slots=8)
    press(explorer(shown), "Step", 4)
    assert told(explorer(shown, 1)) == before
    assert explorer(shown, 1).get_by_role("radio", checked=True).get_attribute("value") == "1"


def test_an_explorer_that_arrives_later_works_too(opened: Open) -> None:
    shown = opened()
    choose(explorer(shown), slots=3)
    shown.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)",
                   page.without_copies(UNEVEN._repr_html_()))  # fmt: skip
    shown.add_script_tag(content=text_of(SCRIPT))
    choose(explorer(shown, 2), slots=2)
    assert told(explorer(shown, 2))[0].startswith("Step time 10 ms with 2 slots")
    assert told(explorer(shown))[0].startswith("Step time 10 ms with 3 slots")
    assert shown.locator("form").count() == 3


def test_a_page_that_was_saved_with_its_explorer_is_alive_again(opened: Open) -> None:
    shown = opened()
    shown.evaluate("""() => {
      const saved = document.querySelector('figure').cloneNode(true);
      document.querySelector('main').append(saved);
      prefetchlabExplorer.mount();
    }""")
    assert explorer(shown, 2).locator("form").count() == 1
    choose(explorer(shown, 2), slots=2)
    assert told(explorer(shown, 2))[0].startswith("Step time 10 ms with 2 slots")


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[n : n + 2], 16)) for n in (1, 3, 5))})"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lanes_keep_their_colours_and_the_rest_takes_the_ink_of_the_page(
    opened: Open, theme: str
) -> None:
    one = explorer(opened(theme=theme))
    for lane in ("load", "train"):
        assert fill(one, f".bar.{lane} rect") == rgb(LANE_COLOURS[lane])
    assert fill(one, ".bar text") == rgb(INK_ON_BARS)
    assert fill(one, ".label") == rgb(INK[theme])


def test_with_forced_colours_numbers_stay_readable_on_their_bars(opened: Open) -> None:
    one = explorer(opened(theme="dark", forced_colors="active"))
    assert fill(one, ".bar rect") == rgb(LANE_COLOURS["load"])
    assert fill(one, ".bar text") == rgb(INK_ON_BARS)
    chosen, slider = one.locator("fieldset label:has(:checked)"), one.get_by_role("slider").first
    assert "solid" in chosen.evaluate("e => getComputedStyle(e).outline")
    assert slider.evaluate("e => getComputedStyle(e).appearance") == "auto"  # a track to be seen


def fill(one: Locator, selector: str) -> str:
    return str(one.locator(selector).first.evaluate("e => getComputedStyle(e).fill"))


def test_print_shows_the_present_state_without_buttons(opened: Open) -> None:
    shown = opened()
    choose(explorer(shown), load=20, slots=3)
    shown.emulate_media(media="print")
    assert not explorer(shown).locator("button").first.is_visible()
    assert explorer(shown).get_by_text("Step time 20 ms with 3 slots").is_visible()
    assert explorer(shown).get_by_text("20 ms", exact=True).is_visible()


def test_the_script_is_small_and_needs_no_server() -> None:
    assert len(text_of(SCRIPT).encode()) < 12_000
    assert not re.search(r"\bfetch\b|\bimport\b|\bXMLHttpRequest\b|type=", SCRIPT)


# --- in Python -----------------------------------------------------------------------------------


def test_the_repr_is_caption_and_alt_text() -> None:
    assert repr(UNEVEN).startswith("[figure] Calculated, not measured: ")
    assert repr(UNEVEN).endswith(UNEVEN.alt)
    assert UNEVEN.alt.startswith("Loading 5 and 15 ms, training 10 ms. Step time 12.5 ms")


def test_the_same_state_makes_the_same_bytes() -> None:
    assert UNEVEN._repr_html_() == Explorer((5, 15), 10, "uneven")._repr_html_()


@pytest.mark.parametrize(
    ("load_ms", "train_ms", "message"),
    [
        ([5, 16], 10, r"load_ms: \[5, 16\] is neither one load nor .*; give \[10\] or \[5, 15\]"),
        ([], 10, r"load_ms: \[\] is neither"),
        (10, 10, r"load_ms: 10 is neither"),
        ([1, 2, 3], 10, r"load_ms: \[1, 2, 3\] is neither"),
        (["5", "15"], 10, r"load_ms: \['5', '15'\] is neither"),
        ([41], 10, r"load_ms: 41 ms is not on the slider; give whole milliseconds from 1 to 40"),
        ([0.25, 0.75], 10, r"load_ms: 0.5 ms is not on the slider"),
        ([True], 10, r"load_ms: True ms is not on the slider"),
        ([10], 0, r"train_ms: 0 ms is not on the slider"),
        ([10], float("nan"), r"train_ms: nan ms is not on the slider"),
    ],
)
def test_times_that_no_slider_shows_are_refused(load_ms: Any, train_ms: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        explore(load_ms, train_ms)
