"""What a question bank is: frozen data, and nothing that is done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prefetchlab.errors import InputError
from prefetchlab.proofs import Proof


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Attributes:
        text: inline Markdown.
        correct: whether it is the key.
        tempting: whether it is what most readers would say; each bet has one, and it is wrong.
        because: Markdown; what to believe after choosing it.
        proof: shows by running whether this option is true, or None.
        source: a citation where running cannot decide, or None.
        where: the file and line of the option, "FILE:LINE".
    """

    text: str
    correct: bool
    tempting: bool
    because: str
    proof: Proof | None
    source: str | None
    where: str


@dataclass(frozen=True)
class Question:
    """One question with exactly one key.

    Attributes:
        id: unique; begins with q and the chapter.
        objective: the number of the objective it examines, "3.2" for example.
        item: its id in the curriculum, or None.
        section: the heading, in its chapter, to go back to after a wrong answer; None outside of
            the test.
        level: "easy", "medium" or "hard".
        kind: "practice", "test" or "predict".
        prompt: Markdown that begins with a paragraph.
        options: in the order in which they are shown.
        hint: Markdown.
        steps: the solution, Markdown, one entry a step.
    """

    id: str
    objective: str
    item: str | None
    section: str | None
    level: str
    kind: str
    prompt: str
    options: tuple[Option, ...]
    hint: str
    steps: tuple[str, ...]

    @property
    def chapter(self) -> str:
        """The number of the chapter that its objective belongs to, as text."""
        return self.objective.partition(".")[0]

    @property
    def key(self) -> int:
        """The number of the correct option, from 1."""
        return 1 + next(n for n, option in enumerate(self.options) if option.correct)


@dataclass(frozen=True)
class Bank:
    """The questions of one chapter, or of the test.

    Attributes:
        path: the file they come from.
        chapter: the chapter's number as text, or "test".
        title: the chapter's title.
        objectives: a sentence for each objective's number.
        questions: in the order of the file.
    """

    path: Path
    chapter: str
    title: str
    objectives: Mapping[str, str]
    questions: tuple[Question, ...]

    def question(self, id: str) -> Question:
        """The question of this id.

        **Raises:** `InputError` that names the questions there are.
        """
        for question in self.questions:
            if question.id == id:
                return question
        known = ", ".join(question.id for question in self.questions)
        raise InputError(f"{self.path}: no question {id!r}; use one of: {known}")
