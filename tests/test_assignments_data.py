"""The data of an assignment: a fault in it is named in one line, with its place."""

import shutil
from pathlib import Path

import pytest

from prefetchlab.errors import InputError
from tools import assignments
from tools.repository import ROOT

TRIAL = ROOT / "tests" / "trial_course"
DATA = Path("tests") / "assignments" / "0-trial"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the trial course, to plant faults in."""
    return shutil.copytree(TRIAL, tmp_path / "course")


def test_data_without_a_fault_are_read(course: Path) -> None:
    (trial,) = assignments.every(course)
    assert dict(trial.points) == {"t1-batches-test": 3, "t2-steps-test": 2}
    assert trial.tasks == ["t1-batches", "t2-steps"]
    assert [answer.name for answer in trial.wrong] == ["nothing_ahead"]


@pytest.mark.parametrize(
    ("file", "good", "bad", "named"),
    [
        pytest.param(
            "assignment.yml", "objectives:", "objective:",
            r"assignment.yml:4: unknown key `objective`; use one of: points, objectives",
            id="an unknown key",
        ),
        pytest.param(
            "assignment.yml", "runs_first: [setup]\n", "",
            r"assignment.yml:1: `runs_first` is missing; add it",
            id="a missing key",
        ),
        pytest.param(
            "assignment.yml", "t2-steps-test: 2", "t2-steps-test: two",
            r"assignment.yml:3: points, t2-steps-test: `t2-steps-test`: .two. is not allowed",
            id="points that are no number",
        ),
        pytest.param(
            "assignment.yml", "t2-steps-test", "t2-step-test",
            r"assignment.yml:3: points, t2-step-test: there is no graded cell `t2-step-test`",
            id="points of a cell that is not there",
        ),
        pytest.param(
            "assignment.yml", "[setup]", "[set-up]",
            r"assignment.yml:5: runs_first, 0: there is no cell `set-up`; use one of: intro, setup",
            id="a first cell that is not there",
        ),
        pytest.param(
            "assignment.yml", ": nothing_ahead", ": nothing",
            r"assignment.yml:8: handed_in, wrong: there is no wrong answer `nothing`; use one of",
            id="a wrong answer that is not there",
        ),
        pytest.param(
            "assignment.yml", "left_out: [t2-steps]", "left_out: [t2-step]",
            r"assignment.yml:9: handed_in, left_out: there is no cell for an answer `t2-step`",
            id="a cell left out that is not there",
        ),
        pytest.param(
            "wrong.yml", '    says: "elements are missing"\n    code', "    code",
            r"wrong.yml:7: t1-batches, rest_dropped: `says` is missing; add it",
            id="a wrong answer without says",
        ),
        pytest.param(
            "wrong.yml", "shown: passes", "shown: pass",
            r"wrong.yml:14: t1-batches, always_four: `shown`: .pass. is not allowed; write",
            id="a mark that means nothing",
        ),
        pytest.param(
            "wrong.yml", "\nt2-steps:", "\nt2-step:",
            r"wrong.yml:\d+: there is no task `t2-step`; use one of: t1-batches, t2-steps",
            id="wrong answers to a task that is not there",
        ),
        pytest.param(
            "wrong.yml", "one_too_many:", "rest_forgotten:",
            r"wrong.yml:\d+: the key `rest_forgotten` stands here twice; remove one",
            id="a name that is used twice",
        ),
        pytest.param(
            "right.yml", "    code: |", "    kode: |",
            r"right.yml:3: t2-steps, rounded_up_by_math: unknown key `kode`; use one of",
            id="a misspelled key of a right answer",
        ),
    ],
)  # fmt: skip
def test_a_fault_in_the_data_is_named(
    course: Path, file: str, good: str, bad: str, named: str
) -> None:
    path = course / DATA / file
    text = path.read_text(encoding="utf-8")
    assert good in text
    path.write_text(text.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(InputError, match=named) as fault:
        assignments.load("0-trial", course)
    assert len(str(fault.value).splitlines()) == 1
