"""Ledger and banks with each TensorFlow: what is tried, kept, told and stored."""

import json
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from prefetchlab import claims, quiz
from prefetchlab.claims import Finding
from prefetchlab.errors import InputError
from prefetchlab.proofs import Answer, Outcome
from prefetchlab.quiz import Ruling, Verdict, Verdicts
from tools import outcomes, releases
from tools.outcomes import Line, Stated
from tools.repository import ROOT

CLAIM = claims.load().claims[0]
BANK = quiz.load("3-overlap")

# --- which releases ------------------------------------------------------------------------------


def test_the_newest_patch_of_each_minor_release_is_tried_and_no_candidate() -> None:
    told = "tensorflow (2.22.1)\nAvailable versions: 2.22.1, 2.22.0, 2.21.0, 2.20.0, 2.19.9\n"
    assert releases.newest_patches(told) == ["2.20.0", "2.21.0", "2.22.1"]
    told = "Available versions: 3.0.0, 2.100.0, 2.22.0rc1, 2.9.3, 2.20.0.post1, 2.20.2, 2.20.10\n"
    assert releases.newest_patches(told) == ["2.20.10", "2.100.0", "3.0.0"]
    assert releases.newest_patches("ERROR: nothing\n") == []


def test_what_pip_says_is_told_in_one_line_if_it_finds_no_release(
    child: Callable[[str], None],
) -> None:
    child("echo 'ERROR: No matching distribution found for tensorflow' >&2; exit 1")
    with pytest.raises(InputError, match=r"^tensorflow: No matching distribution found"):
        releases.offered()
    child("exit 1")
    with pytest.raises(InputError, match=r"^tensorflow: pip finds no release$"):
        releases.offered()
    child("echo Available versions: 2.21.0")
    assert releases.offered() == ["2.21.0"]


def test_only_the_bounds_of_tensorflow_are_replaced() -> None:
    listed = (ROOT / "requirements" / "laboratory.txt").read_text(encoding="utf-8")
    lines = list(zip(listed.splitlines(), pinned(listed).splitlines(), strict=True))
    ((before, after),) = [(one, other) for one, other in lines if one != other]
    assert before.startswith("tensorflow>=") and after.startswith("tensorflow==2.20.0 ")


def pinned(listed: str) -> str:
    return releases.requirements("2.20.0", listed)


@pytest.mark.parametrize("listed", ["numpy>=1\n", "tensorflow>=2\ntensorflow<3\n"])
def test_a_list_without_one_line_for_tensorflow_is_refused(listed: str) -> None:
    with pytest.raises(InputError, match="no line for tensorflow, or several"):
        pinned(listed)


# --- environments --------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course whose environments hold a Python that notes how it was called."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "laboratory.txt").write_text("tensorflow>=2.20,<2.22\n")

    def create(folder: Path, **_: Any) -> None:
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        python = folder / "bin" / "python"
        python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n. {tmp_path}/script\n')
        python.chmod(python.stat().st_mode | stat.S_IXUSR)

    monkeypatch.setattr("venv.create", create)
    monkeypatch.setattr(releases, "ROOT", tmp_path)
    (tmp_path / "script").write_text("exit 0\n")
    return tmp_path


def calls(course: Path) -> list[str]:
    return (course / "calls").read_text(encoding="utf-8").splitlines()


def test_an_environment_is_made_once_and_anew_for_another_list(course: Path) -> None:
    folder = releases.environment("2.20.1")
    assert folder == course / ".venv-releases" / "2.20"
    assert len(calls(course)) == 2 and "--no-deps" in calls(course)[1]
    assert (folder / "requirements.txt").read_text().startswith("tensorflow==2.20.1")
    releases.environment("2.20.1")
    assert len(calls(course)) == 2
    releases.environment("2.20.2")
    assert len(calls(course)) == 4


def test_what_pip_cannot_install_is_named_in_one_line_and_tried_again(course: Path) -> None:
    (course / "script").write_text("echo 'ERROR: no space left' >&2; exit 1\n")
    for _ in range(2):
        with pytest.raises(InputError) as caught:
            releases.environment("2.20.1")
        log = ".venv-releases/2.20/pip.log"
        assert str(caught.value) == f"tensorflow 2.20.1: no space left; all of it is in {log}"
    assert "no space left" in (course / log).read_text()


def test_its_programs_come_first_and_variables_of_python_do_not_reach_it(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    variables = releases.environment_of(course)
    assert variables["PATH"].startswith(f"{course}/bin:")
    assert [name for name in variables if name.startswith("PYTHON")] == ["PYTHONWARNINGS"]


# --- what a claim or a question came to ----------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(Outcome.TRUE), "stands"),
        (Answer(Outcome.FALSE), "refuted"),
        (Answer(Outcome.TIMED_OUT, "no answer"), "timed out: no answer"),
        (Answer(Outcome.RAISED, "in /some/where/a.py,\n3/4 of x/y"), "raised: in a.py, 3/4 of x/y"),
        (Answer(Outcome.RAISED, "see https://a.example/b/c"), "raised: see https://a.example/b/c"),
    ],
)
def test_what_a_claim_came_to_is_said_without_folders(answer: Answer, told: str) -> None:
    assert outcomes.claim_outcome(Finding(CLAIM, answer)) == told


def test_a_long_message_is_cut_and_what_tensorflow_writes_around_it_is_left_out() -> None:
    before = "Graph execution error: Detected at node N defined at (x): <stack traces unavailable> "
    behind = " Traceback (most recent call last): File"
    assert outcomes.short(f"raised: {before}SomeError: y{behind}") == "raised: SomeError: y"
    assert len(outcomes.short("x" * 1000)) <= 200


def test_a_question_stands_if_all_its_options_do() -> None:
    right = Verdict("q", 1, Ruling.PROVEN, "f:1", "the key is true")
    wrong = Verdict("q", 2, Ruling.TRUE_DISTRACTOR, "f:2", "running shows it true")
    assert outcomes.question_outcome(Verdicts((right,))) == "stands"
    told = outcomes.question_outcome(Verdicts((right, wrong)))
    assert told == "option 2: true distractor: running shows it true"


def test_a_digest_changes_with_what_is_run_and_with_nothing_else() -> None:
    other = replace(CLAIM, check=replace(CLAIM.check, code="1 > 2"))
    assert replace(CLAIM, told="x", where="y:1").digest == CLAIM.digest != other.digest
    assert len({replace(CLAIM, verdict=each).digest for each in claims.Verdict}) == 3
    question = BANK.questions[0]
    first, *rest = question.options
    turned = replace(question, options=(replace(first, correct=not first.correct), *rest))
    digest = outcomes.digest_of(question)
    assert outcomes.digest_of(replace(question, hint="x")) == digest
    assert outcomes.digest_of(turned) != digest


def test_every_claim_and_question_is_run_or_the_claims_that_are_named() -> None:
    found = outcomes.all_stated()
    ids = [each.id for each in found]
    banks = [quiz.load(path) for path in quiz.find()]
    all_claims = [claim.id for claim in claims.load().claims]
    assert ids[: len(all_claims)] == all_claims
    assert {question.id for bank in banks for question in bank.questions} < set(ids)
    assert len(set(ids)) == len(ids)
    assert [each.id for each in outcomes.all_stated([ids[1]])] == [ids[1]]


# --- a run that is interrupted -------------------------------------------------------------------


def claim_of(id: str, digest: str = "d") -> Stated:
    return Stated("claim", id, digest, CLAIM)


STATED = [claim_of(f"c{n}") for n in range(30)] + [Stated("question", "q", "d", BANK)]


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every claim and question stand; the ids that were run."""
    ran: list[str] = []

    def stand(group: Sequence[Stated], *, workers: int = 2) -> list[str]:
        ran.extend(each.id for each in group)
        return ["stands"] * len(group)

    monkeypatch.setattr(outcomes, "outcomes", stand)
    monkeypatch.setattr(outcomes, "all_stated", lambda ids=(): STATED)
    monkeypatch.setattr(outcomes, "head", lambda: {"laboratory": "l", "versions": {}})
    return ran


def interrupted_at(number: int) -> Callable[..., list[str]]:
    left = [number]

    def stand(group: Sequence[Stated], *, workers: int = 2) -> list[str]:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return ["stands"] * len(group)

    return stand


def test_a_run_goes_on_where_it_was_interrupted(
    tmp_path: Path, running: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lines"
    with monkeypatch.context() as during:
        during.setattr(outcomes, "outcomes", interrupted_at(2))
        assert outcomes.main([str(file)]) == 130
    known = outcomes.read(file)[1]
    assert 0 < len(known) < 30
    assert outcomes.main([str(file)]) == 0
    assert running == [each.id for each in STATED][len(known) :]
    assert [line.id for line in outcomes.read(file)[1]] == [each.id for each in STATED]
    assert outcomes.main([str(file)]) == 0 and len(running) == 31 - len(known)


def test_a_line_that_was_broken_off_is_run_again(tmp_path: Path, running: list[str]) -> None:
    file = tmp_path / "lines"
    outcomes.write_missing(file)
    file.write_text(file.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    running.clear()
    outcomes.write_missing(file)
    assert running == ["q"] and len(outcomes.read(file)[1]) == len(STATED)


def test_lines_of_another_laboratory_or_release_are_worth_nothing(
    tmp_path: Path, running: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lines"
    outcomes.write_missing(file)
    monkeypatch.setattr(outcomes, "head", lambda: {"laboratory": "other", "versions": {}})
    running.clear()
    outcomes.write_missing(file)
    assert len(running) == len(STATED) == len(outcomes.read(file)[1])


def test_what_was_changed_meanwhile_is_missing() -> None:
    known = [Line("claim", "c0", "other", "stands"), Line("claim", "c1", "d", "refuted")]
    left = [each.id for group in outcomes.missing(STATED[:3], known) for each in group]
    assert left == ["c0", "c2"]


def test_a_group_holds_one_kind() -> None:
    for group in outcomes.missing(STATED, []):
        assert len({each.kind for each in group}) == 1


def test_what_does_not_stand_is_run_once_more_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], int]] = []
    told = iter([["stands", "timed out: x", "refuted"], ["stands"], ["refuted"]])

    def one_after_the_other(group: Sequence[Stated], *, workers: int = 2) -> list[str]:
        asked.append(([each.id for each in group], workers))
        return next(told)

    monkeypatch.setattr(outcomes, "outcomes", one_after_the_other)
    lines = list(outcomes.run(STATED[:3]))
    assert asked == [(["c0", "c1", "c2"], 2), (["c1"], 1), (["c2"], 1)]
    assert [(line.outcome, line.first) for line in lines] == [
        ("stands", None),
        ("stands", "timed out: x"),
        ("refuted", "refuted"),
    ]


# --- what is told and stored ---------------------------------------------------------------------

VERSIONS = {"machine": "Linux", "cores": "2", "device": "CPU", "python": "3.11", "tensorflow": "t"}


def found(release: str, **told: str) -> releases.Found:
    """What a release came to: all stands, but for what is told."""
    lines = [Line(s.kind, s.id, s.digest, told.get(s.id, "stands")) for s in STATED]
    return releases.Found(release, VERSIONS | {"tensorflow": release, "keras": "3"}, lines)


def test_each_fault_is_told_in_a_line_below_the_counts() -> None:
    assert list(releases.told_of(found("2.20.0", c1="refuted", q="option 2: x"))) == [
        "2.20.0: 29 of 30 claims stand, 0 of 1 questions stand",
        "2.20.0: claim c1: refuted",
        "2.20.0: question q: option 2: x",
    ]
    assert len(list(releases.told_of(found("2.20.0")))) == 1


def test_what_stood_in_its_second_run_is_told_and_is_no_fault() -> None:
    again = releases.Found("2.20.0", VERSIONS, [Line("claim", "c", "d", "stands", "timed out: x")])
    assert list(releases.told_of(again))[1:] == [
        "2.20.0: claim c: stands in its second run; timed out: x"
    ]
    assert again.faults == []


def test_the_json_holds_date_machine_versions_digests_and_outcomes() -> None:
    both = [found("2.20.0"), found("2.21.0", c1="refuted")]
    stored = json.loads(json.dumps(releases.to_dict(both, STATED, "2026-01-02")))
    assert set(stored) == {"date", "machine", "digests", "releases"}
    assert stored["machine"] == {name: VERSIONS[name] for name in list(VERSIONS)[:4]}
    assert stored["digests"] == {f"c{n}": "d" for n in range(30)}
    old, new = stored["releases"]
    assert (old["release"], new["release"]) == ("2.20.0", "2.21.0")
    assert new["versions"] == {"tensorflow": "2.21.0", "keras": "3"}
    assert (old["claims"]["c1"], new["claims"]["c1"]) == ("stands", "refuted")
    assert new["questions"] == {"q": "stands"} and new["second_run"] == {}


def test_what_is_known_of_a_claim_that_was_changed_is_left_out() -> None:
    now = [claim_of("c1"), claim_of("c0", "other")]
    assert [line.id for line in releases.current(found("2.20.0"), now).lines] == ["c1"]


# --- the whole run -------------------------------------------------------------------------------


@pytest.fixture
def tried(course: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, releases.Found]:
    """Two releases, and what each comes to; their files of lines are there."""
    all_found = {name: found(name) for name in ("2.20.0", "2.21.0")}

    def found_with(release: str, file: Path, ids: Sequence[str] = ()) -> releases.Found:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("lines")
        return all_found[release]

    monkeypatch.setattr(releases, "offered", lambda: list(all_found))
    monkeypatch.setattr(releases, "environment", lambda release: None)
    monkeypatch.setattr(releases, "all_stated", lambda ids=(): STATED)
    monkeypatch.setattr(releases, "found_with", found_with)
    return all_found


def files_of_lines(course: Path) -> list[Path]:
    return list((course / ".venv-releases").rglob("*.jsonl"))


def test_if_all_stands_the_file_is_written_and_the_exit_code_is_0(
    course: Path, tried: dict[str, releases.Found]
) -> None:
    file = course / "out.json"
    assert releases.main(["--json", str(file)]) == 0
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert [each["release"] for each in stored["releases"]] == ["2.20.0", "2.21.0"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", stored["date"])
    assert files_of_lines(course) == []


def test_what_does_not_stand_is_written_and_the_exit_code_is_1(
    course: Path, tried: dict[str, releases.Found], capsys: pytest.CaptureFixture[str]
) -> None:
    tried["2.20.0"] = found("2.20.0", c3="refuted")
    file = course / "out.json"
    assert releases.main(["--json", str(file)]) == 1
    assert json.loads(file.read_text())["releases"][0]["claims"]["c3"] == "refuted"
    assert "2.20.0: claim c3: refuted" in capsys.readouterr().out.splitlines()


def test_a_run_of_some_claims_writes_nothing(course: Path, tried: dict[str, Any]) -> None:
    file = course / "out.json"
    assert releases.main(["--json", str(file), "c1"]) == 0
    assert not file.exists() and files_of_lines(course) == []


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "releases: interrupted; the next run goes on from here\n"),
        (InputError("tensorflow 2.21.0: no"), 2, "releases: tensorflow 2.21.0: no\n"),
    ],
)
def test_what_was_found_is_kept_if_a_later_release_cannot_be_tried(
    course: Path,
    tried: dict[str, releases.Found],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    says: str,
) -> None:
    first = releases.found_with

    def fails_later(release: str, file: Path, ids: Sequence[str] = ()) -> releases.Found:
        if release == "2.21.0":
            raise error
        return first(release, file, ids)

    monkeypatch.setattr(releases, "found_with", fails_later)
    file = course / "out.json"
    file.write_text("before")
    assert releases.main(["--json", str(file)]) == code
    assert capsys.readouterr().err.endswith(says)
    assert file.read_text() == "before" and len(files_of_lines(course)) == 1


def test_a_file_that_cannot_be_written_is_refused_before_anything_runs(
    tried: dict[str, releases.Found], capsys: pytest.CaptureFixture[str]
) -> None:
    tried.clear()  # nothing could run
    assert releases.main(["--json", "no/such/folder.json"]) == 2
    assert "its folder does not exist" in capsys.readouterr().err


def test_the_python_of_the_release_runs_what_is_missing(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = course / "lines"
    head = {"laboratory": "l", "versions": VERSIONS | {"tensorflow": "2.20.0"}}
    line = Line("claim", "c0", "d", "stands")
    text = f"{json.dumps(head)}\n{json.dumps(asdict(line))}\n"
    (course / "written").write_text(text, encoding="utf-8")
    releases.environment("2.20.0")
    folder = course / ".venv-releases" / "2.20"
    monkeypatch.setattr(releases, "environment", lambda release: folder)
    (course / "script").write_text(f"cp {course}/written {file}\n")
    assert releases.found_with("2.20.0", file, ["c0"]).lines == [line]
    assert calls(course)[-1].endswith(f"{file} c0")
    with pytest.raises(InputError, match=r"^tensorflow 2\.20\.1: 2\.20\.0 ran instead$"):
        releases.found_with("2.20.1", file)
    (course / "script").write_text("exit 3\n")
    with pytest.raises(InputError, match=r"^tensorflow 2\.20\.0: the run ended with exit code 3$"):
        releases.found_with("2.20.0", file)
    (course / "script").write_text("exit 130\n")
    with pytest.raises(KeyboardInterrupt):
        releases.found_with("2.20.0", file)


def test_the_program_that_is_started_is_the_one_of_this_course() -> None:
    namespace: dict[str, Any] = {"__name__": "started"}
    with pytest.raises(SystemExit) as ended:
        program = releases._OUTCOMES.replace("sys.argv[1:]", "['--help']")
        exec(program, namespace)
    assert ended.value.code == 0 and namespace["main"] is outcomes.main


# --- the target ----------------------------------------------------------------------------------

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def rule(target: str) -> str:
    """A rule of the Makefile: its target, what it needs, and its commands."""
    (rule,) = re.findall(rf"^{re.escape(target)}:.*\n(?:\t.*\n)*", MAKEFILE, re.MULTILINE)
    return str(rule)


def test_make_releases_stores_its_result_in_the_book_and_make_test_does_without() -> None:
    assert "-m tools.releases --json book/releases.json" in rule("releases")
    everything = " ".join(rule(name) for name in ("check", "test", "coverage", "$(ENVIRONMENT)"))
    assert "releases" not in everything
    assert ".venv-releases/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_tools_load_no_tensorflow() -> None:
    script = "import sys, tools.releases; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "tools.outcomes" in loaded and "tensorflow" not in loaded


# --- what is stored ------------------------------------------------------------------------------

STORED = ROOT / "book" / "releases.json"


def stored_faults(stored: dict[str, Any]) -> list[str]:
    """What a stored run lacks of what the ledger's page tells of it."""
    digests, tried = stored["digests"], stored["releases"]
    checks = {
        "no release": len(tried) >= 2,
        "an old release": all(each["release"] >= "2.20" for each in tried),
        "another release ran": all(e["versions"]["tensorflow"] == e["release"] for e in tried),
        "a claim is missing": all(set(each["claims"]) >= set(digests) for each in tried),
        "no question": all(each["questions"] for each in tried),
        "no machine": {"machine", "cores", "device", "python"} <= set(stored["machine"]),
    }
    return [fault for fault, fine in checks.items() if not fine]


def test_what_is_stored_is_whole() -> None:
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in [STORED] if path.exists()]
    assert [fault for each in stored for fault in stored_faults(each)] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda stored: stored["releases"].pop(), "no release"),
        (lambda stored: stored["releases"][0]["claims"].popitem(), "a claim is missing"),
        (lambda stored: stored["releases"][0]["questions"].clear(), "no question"),
        (lambda stored: stored["machine"].pop("cores"), "no machine"),
        (
            lambda stored: stored["releases"][1]["versions"].update(tensorflow="2.20.0"),
            "another release ran",
        ),
    ],
)
def test_a_stored_run_that_lacks_something_is_found(
    change: Callable[[dict[str, Any]], object], fault: str
) -> None:
    stored = releases.to_dict([found("2.20.0"), found("2.21.0")], STATED, "2026-01-02")
    assert stored_faults(stored) == []
    change(stored)
    assert stored_faults(stored) == [fault]
