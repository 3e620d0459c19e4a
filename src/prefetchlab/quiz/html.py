"""Questions as one semantic piece of HTML, for notebook and site alike, and as plain text.

The HTML carries its own style and script, asks for nothing over the network, and may stand on a
page many times. Without JavaScript it offers no Check button but shows all answers behind a
`<details>`. A notebook that is not trusted gets neither style nor script: there it is a list to
read, and says that running the cell lets one answer. Nothing in it is random: ids come from the
question's id, options keep their order.

A test is one form: it tells nothing before its end. What it links are notebooks, because a notebook
is where it is shown first; the script makes pages of them on the site.
"""

import hashlib
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from prefetchlab import page
from prefetchlab.errors import InputError
from prefetchlab.quiz import loading
from prefetchlab.quiz.markdown import blocks, first_paragraph_and_rest, inline
from prefetchlab.quiz.model import Bank, Option, Question

_KINDS = {"practice": "Practice", "test": "Test", "predict": "Predict"}
_LETTERS = string.ascii_uppercase
_RUN = '<p class="pl-run">Run this cell to answer.</p>'


@dataclass(frozen=True, repr=False)
class Shown:
    """Questions to show; a notebook takes the HTML, a terminal the text.

    Attributes:
        questions: in the order in which they appear.
    """

    questions: tuple[Question, ...]

    def _repr_html_(self) -> str:
        forms = "\n".join(_form(question) for question in self.questions)
        style, script = page.style("quiz"), page.script("quiz")
        count = '<p class="pl-progress" hidden></p>\n' if len(self.questions) > 1 else ""
        return f'<div class="pl-quizzes">\n{style}\n{forms}\n{count}{script}\n</div>'

    def __repr__(self) -> str:
        """The questions without their answers."""
        return "\n\n".join(
            _text(question, f"{_KINDS[question.kind]} ({question.level})")
            for question in self.questions
        )


@dataclass(frozen=True, repr=False)
class ShownTest(Shown):
    """A test to take: all questions first, then one result that says where to go back to.

    Attributes:
        questions: in the order in which they appear; each names its section.
        pages: the page of each chapter, by the chapter's number.
    """

    pages: Mapping[str, str]

    def _repr_html_(self) -> str:
        parts = "\n".join(_part(question, n) for n, question in enumerate(self.questions, 1))
        places = "\n".join(
            _place(question, n, self.pages) for n, question in enumerate(self.questions, 1)
        )
        version = _digest([_version(question) for question in self.questions])
        style, script = page.style("quiz"), page.script("quiz")
        return (
            f'<div class="pl-quizzes">\n{style}\n<form class="pl-test" id="pl-test"'
            f' aria-label="Test" data-version="{version}" method="dialog">\n'
            f"{_RUN}\n{parts}\n{_end(places)}\n</form>\n{script}\n</div>"
        )

    def __repr__(self) -> str:
        """The questions, numbered, without their answers."""
        return "\n\n".join(
            _text(question, f"Question {n} ({question.level})")
            for n, question in enumerate(self.questions, 1)
        )


@dataclass(frozen=True)
class Quiz(Bank):
    """A bank whose questions can be shown."""

    def show(self, *ids: str, kind: str | None = None) -> Shown:
        """Show questions in a notebook or on a page; as text in a terminal.

        Show a question once on a page: its anchor is its id.

        **Arguments:**

        - `ids`: the questions to show, in this order; none for all of `kind`.
        - `kind`: "practice", "test" or "predict".

        **Returns:** a `Shown` with `_repr_html_`.

        **Raises:** `InputError` if there is no such question.
        """
        chosen = [self.question(id) for id in ids]
        if not ids:
            chosen = [question for question in self.questions if kind in (None, question.kind)]
        if not chosen:
            kinds = " or ".join(dict.fromkeys(question.kind for question in self.questions))
            raise InputError(f"{self.path}: no question of kind {kind!r}; use {kinds}")
        return Shown(tuple(chosen))

    def show_test(self) -> ShownTest:
        """Show the whole test, with one result at its end.

        Show it once on a page: the anchor of a question is its id.

        **Returns:** a `ShownTest` with `_repr_html_`.

        **Raises:** `InputError` if this is no test, or a chapter of it has no bank.
        """
        if self.chapter != "test":
            raise InputError(f"{self.path}: chapter {self.chapter} is no test; use `show`")
        pages = loading.chapter_pages()
        for question in self.questions:
            if question.chapter not in pages:
                what = f"question {question.id}: chapter {question.chapter} has no bank"
                raise InputError(f"{self.path}: {what}; use one of: {', '.join(pages)}")
        return ShownTest(self.questions, pages)


def load(bank: Path | str) -> Quiz:
    """Read a question bank whose questions can be shown.

    >>> load("3-overlap").show("q3-lost")
    Practice (easy)
    Which line makes `dataset` keep batches ready, and lets TensorFlow choose how many?
    <BLANKLINE>
    You have switched off the prefetch that TensorFlow adds.
      A. `dataset.prefetch(buffer_size=tf.data.AUTOTUNE)`
      B. `dataset = dataset.prefetch(buffer_size="AUTOTUNE")`
      C. `dataset = dataset.prefetch(buffer_size=tf.data.AUTOTUNE)`
      D. `dataset = dataset.prefetch(size=tf.data.AUTOTUNE)`

    **Arguments:**

    - `bank`: the name of a bank of the course, "3-overlap" for example; or a YAML file, as a path
      or as text with a slash or an ending.

    **Returns:** a `Quiz`: a `Bank` with `show`.

    **Raises:** `InputError` that names file, line, question and option, for the fault that stands
    first in the file; or the banks there are, if none has this name.
    """
    return Quiz(**vars(loading.load(bank)))


def _form(question: Question) -> str:
    """One question. `method="dialog"` keeps Enter from leaving the page without JavaScript."""
    name = _name(question)
    return (
        f'<form class="pl-quiz" id="{name}" aria-labelledby="{name}-asks"'
        f' data-version="{_version(question)}" method="dialog">\n'
        f'<p class="pl-label">{_KINDS[question.kind]} · {escape(question.level)}</p>\n'
        f"{_choices(question)}\n{_RUN}\n"
        f'<button class="pl-check" type="submit" hidden>Check</button>\n'
        f'<div class="pl-status" id="{name}-said" role="status" aria-live="polite"></div>\n'
        f'<details class="pl-hint"><summary>Hint</summary>{blocks(question.hint)}</details>\n'
        f"{_answers(question)}\n{_steps(question)}\n</form>"
    )


def _part(question: Question, number: int) -> str:
    """One question of a test: no button and no hint; only the test as a whole is announced."""
    name = _name(question)
    return (
        f'<div class="pl-quiz pl-part" id="{name}" data-version="{_version(question)}"'
        f' data-number="{number}">\n'
        f'<p class="pl-label">Question {number} · {escape(question.level)}</p>\n'
        f'{_choices(question)}\n<div class="pl-status" id="{name}-said"></div>\n'
        f"{_answers(question)}\n{_steps(question)}\n</div>"
    )


def _end(places: str) -> str:
    """The end of a test: its button, and the result, which the script fills."""
    return (
        '<div class="pl-quiz pl-end">\n<p class="pl-progress" hidden></p>\n'
        '<button class="pl-check" type="submit" hidden>See the result</button>\n'
        '<div class="pl-result" role="group" aria-label="Result" tabindex="-1">\n'
        '<div class="pl-score" role="status" aria-live="polite"></div>\n'
        f'<div class="pl-returns" hidden>\n<p>Go back to:</p>\n<ul>\n{places}\n</ul>\n</div>\n'
        '<button class="pl-again" type="button" hidden>Start again</button>\n</div>\n</div>'
    )


def _place(question: Question, number: int, pages: Mapping[str, str]) -> str:
    """Where to go back to after a wrong answer.

    It is there from the start, because JupyterLab makes the links of an output work when it
    shows it, and none that a script adds later.
    """
    heading = question.section or ""
    address = escape(f"{pages[question.chapter]}.ipynb#{_anchor(heading)}")
    return (
        f'<li data-question="{_name(question)}" hidden><a href="{address}">'
        f"Chapter {question.chapter}, {escape(heading)}</a> (question {number})</li>"
    )


def _anchor(heading: str) -> str:
    """The anchor of a heading, as on the site.

    >>> _anchor("Look: how full the buffer is")
    'look-how-full-the-buffer-is'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _name(question: Question) -> str:
    return escape(f"pl-{question.id}")


def _version(question: Question) -> str:
    """Changes with what is asked and answered: a stored answer is good for this wording only."""
    told = [(option.text, option.correct, option.because) for option in question.options]
    return _digest((question.prompt, told))


def _digest(told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:8]


def _choices(question: Question) -> str:
    """What a question asks, and its options, as a named group."""
    legend, rest = first_paragraph_and_rest(question.prompt)
    name = _name(question)
    described = f' aria-describedby="{name}-more"' if rest else ""
    more = f'<div class="pl-more" id="{name}-more">{rest}</div>\n' if rest else ""
    options = "\n".join(_choice(question, n) for n in range(len(question.options)))
    return (
        f'<fieldset{described}>\n<legend id="{name}-asks">{legend}</legend>\n{more}'
        f'<ul class="pl-options">\n{options}\n</ul>\n</fieldset>'
    )


def _choice(question: Question, n: int) -> str:
    # Without the last attribute JupyterLab takes the arrow keys for itself.
    radio = (
        f'type="radio" name="{escape(question.id)}" value="{n}" data-lm-suppress-shortcuts="true"'
    )
    return (
        f'<li><label class="pl-option"><input {radio}> '
        f'<span class="pl-letter">{_LETTERS[n]}.</span> '
        f'<span class="pl-text">{inline(question.options[n].text)}</span>'
        f'<span class="pl-mark" aria-hidden="true"></span></label></li>'
    )


def _answers(question: Question) -> str:
    items = "\n".join(_answer(option, n) for n, option in enumerate(question.options))
    summary = "Answer: commit to yours first" if question.kind == "predict" else "Answers"
    return (
        f'<details class="pl-answers"><summary>{summary}</summary>\n<ul>\n{items}\n</ul>\n'
        "</details>"
    )


def _answer(option: Option, n: int) -> str:
    mark, word, truth = ("✓", "Correct", "true") if option.correct else ("✗", "Not this", "false")
    return (
        f'<li data-correct="{truth}"><p class="pl-verdict"><span aria-hidden="true">{mark}</span> '
        f"<strong>{_LETTERS[n]}. {word}:</strong> {inline(option.text)}</p>"
        f'<div class="pl-because">{blocks(option.because)}</div></li>'
    )


def _steps(question: Question) -> str:
    items = "\n".join(f"<li>{blocks(step)}</li>" for step in question.steps)
    return (
        '<details class="pl-steps"><summary>Solution steps</summary>\n'
        f"<ol>\n{items}\n</ol></details>"
    )


def _text(question: Question, title: str) -> str:
    options = [
        f"  {_LETTERS[n]}. {' '.join(option.text.split())}"
        for n, option in enumerate(question.options)
    ]
    return "\n".join([title, question.prompt.strip(), *options])
