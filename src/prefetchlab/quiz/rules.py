"""What a bank must hold to beyond its schema: one key, objectives that exist, honest proofs."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from prefetchlab.proofs import Document, Fault, Place, proof_faults, repeated_ids
from prefetchlab.quiz.markdown import begins_with_words


def rule_faults(document: Document) -> Iterator[Fault]:
    """Everything that breaks a rule, in a document that its schema allows."""
    yield from _objective_faults(document.data)
    yield from repeated_ids(document, entries="questions")
    for n, question in enumerate(document.data["questions"]):
        at = ("questions", n)
        yield from _question_faults(question, at, document.data["objectives"])
        yield from _test_faults(question, at, of_test=document.data["chapter"] == "test")
        for m in range(len(question["options"])):
            yield from _option_faults(document, (*at, "options", m))


def _objective_faults(data: Any) -> Iterator[Fault]:
    chapter = data["chapter"]
    for number in data["objectives"]:
        if chapter not in ("test", number.split(".")[0]):
            what = f"objective {number} is not of chapter {chapter}"
            yield Fault(("objectives", number), what, f"number it {chapter}.n")


def _question_faults(question: Any, at: Place, objectives: Any) -> Iterator[Fault]:
    objective = question["objective"]
    chapter = objective.split(".")[0]
    if objective not in objectives:
        todo = f"use one of: {', '.join(objectives)}"
        yield Fault((*at, "objective"), f"there is no objective {objective!r}", todo)
    elif not question["id"].startswith(f"q{chapter}-"):
        what = "the id does not begin with its chapter"
        yield Fault((*at, "id"), what, f"let it begin with q{chapter}-")
    if not begins_with_words(question["prompt"]):
        what = "the prompt does not begin with words"
        yield Fault((*at, "prompt"), what, "put the question first")
    yield from _choice_faults(question["options"], (*at, "options"))
    yield from _temptation_faults(question, (*at, "options"))


def _test_faults(question: Any, at: Place, *, of_test: bool) -> Iterator[Fault]:
    """The test leads back from each of its questions, and shows no other kind."""
    if of_test and question["kind"] != "test":
        yield Fault((*at, "kind"), "the test has only questions to test", "write `kind: test`")
    if of_test and "section" not in question:
        yield Fault(at, "`section` is missing", "write the heading to go back to in its chapter")
    if not of_test and "section" in question:
        what = "only the test leads back to a section"
        yield Fault((*at, "section"), what, "leave out `section`")


def _choice_faults(options: Any, at: Place) -> Iterator[Fault]:
    """What is wrong with the options as a whole."""
    keys = [m for m, option in enumerate(options, 1) if option.get("correct")]
    if len(keys) != 1:
        what = f"options {keys} are all correct" if keys else "no option is correct"
        yield Fault(at, what, "mark exactly one `correct: true`")
    texts = Counter(option["text"].strip() for option in options)
    if twice := [text for text, times in texts.items() if times > 1]:
        yield Fault(at, f"two options read {twice[0]!r}", "reword one")


def _temptation_faults(question: Any, at: Place) -> Iterator[Fault]:
    """A bet teaches only where what most readers would say is wrong."""
    tempting = [m for m, option in enumerate(question["options"], 1) if option.get("tempting")]
    if question["kind"] != "predict":
        if tempting:
            yield Fault(at, "only a bet has a tempting option", "leave out `tempting`")
    elif len(tempting) != 1:
        what = f"options {tempting} are all tempting" if tempting else "no option is tempting"
        yield Fault(at, what, "mark `tempting: true` what most readers would say")
    elif question["options"][tempting[0] - 1].get("correct"):
        yield Fault(at, "the tempting option is correct", "ask what surprises")


def _option_faults(document: Document, at: Place) -> Iterator[Fault]:
    option = document.at(at)
    if ("proof" in option) == ("source" in option):
        has = "both proof and source" if "proof" in option else "neither proof nor source"
        yield Fault(at, f"it has {has}", "give one: a proof if running can decide")
    if "proof" in option:
        yield from proof_faults(document, (*at, "proof"))
