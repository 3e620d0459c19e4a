"""Whatever is wrong with what is given is refused in one line that names it, at once."""

import importlib
import inspect
import itertools
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from prefetchlab import cli, experiments, service
from prefetchlab.errors import InputError
from prefetchlab.workloads import make_shards, open_images
from tests.bad_inputs import commands, functions

MOST_S = 20  # on a busy machine; alone each is refused in milliseconds
LONGEST = 500  # characters of a line; a name alone may have 300
# What tells how, or where to, and cannot make a result wrong.
NOT_LOOKED_AT = {
    "again",
    "arguments",
    "as_written",
    "computes",
    "hand_over",
    "labels",
    "loops",
    "name",
    "named",
    "note",
    "options",
    "progress",
    "quick",
    "record",
    "recorder",
    "repeat",
    "stamped",
    "taken",
    "title",
    "unit",
    "watch",
}


@contextmanager
def ended_soon() -> Iterator[None]:
    """Fail what is not refused, and works on or hangs."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"not refused within {MOST_S} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(MOST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def shown(value: object) -> str:
    """A value as a message shows it, if it does."""
    return str(InputError(str(value)))[:20]


def fault(call: Callable[[], object], argument: str, wrong: object) -> str | None:
    """What is wrong with how a call is refused; None if nothing is."""
    try:
        with ended_soon():
            returned = call()
    except InputError as error:
        line = str(error)
        is_named = argument in line or (isinstance(wrong, str) and shown(wrong) in line)
        return None if is_named and len(line) <= LONGEST else f"it says: {line}"
    except BaseException as error:  # of TensorFlow, and what ends a process
        return f"{type(error).__name__}: {str(error)[:80]}"
    return f"accepted: {str(returned)[:80]}"


# --- functions -----------------------------------------------------------------------------------

BY_FUNCTION = {
    name: list(group)
    for name, group in itertools.groupby(functions.cases(), key=lambda case: case.function)
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """The arguments that take long to make."""
    folder = tmp_path_factory.mktemp("made") / "images"
    make_shards(folder, count=100, size=16, shards=2)
    with service.start(workers=1) as cluster:
        yield {"data": open_images(folder), "cluster": cluster}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("function", BY_FUNCTION)
def test_a_function_refuses_each_wrong_argument_in_one_line(
    function: str, made: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    good = made if function != "experiments.run" else {}  # its data is the name of a folder
    faults = {
        str(case): found
        for case in BY_FUNCTION[function]
        if (found := fault(lambda case=case: case.call(**good), case.argument, case.wrong))  # type: ignore[misc]
    }
    assert faults == {}
    assert capfd.readouterr() == ("", "")


QUICK_LAYERS = {"theory", "timeline", "traces", "service"}
CASE_OF_EACH = {
    name: cases[0] for name, cases in BY_FUNCTION.items() if name.split(".")[0] in QUICK_LAYERS
}


@pytest.mark.parametrize("function", [*CASE_OF_EACH])
def test_the_same_call_works_where_nothing_is_wrong(function: str, made: dict[str, object]) -> None:
    layer, _, name = function.partition(".")
    case = CASE_OF_EACH[function]
    good = functions.LAYERS[layer][name][case.argument].good
    replace(case, wrong=made.get(case.argument, good)).call(**made)


def public_functions() -> Iterator[tuple[str, str]]:
    """Each public function that takes something, and each of its parameters."""
    for layer in functions.LAYERS:
        module = importlib.import_module(f"prefetchlab.{layer}")
        for name in getattr(module, "__all__", ()):
            function = getattr(module, name)
            if inspect.isfunction(function):
                for parameter in inspect.signature(function).parameters:
                    yield f"{layer}.{name}", parameter


# What takes what another function returned, and nothing that a reader writes.
OF_RESULTS = {"claims.table", "quiz.table"}
OF_PROOFS = "proofs."  # what quiz and claims are made of


def test_each_argument_of_each_public_function_is_given_wrong() -> None:
    given = {(case.function, case.argument) for case in functions.cases()}
    missing = {
        (function, parameter)
        for function, parameter in public_functions()
        if parameter not in NOT_LOOKED_AT
        and function not in OF_RESULTS
        and not function.startswith(OF_PROOFS)
    } - given
    assert missing == set()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        pytest.param(lambda: 5, "accepted: 5", id="accepts"),
        pytest.param(lambda: [][0], "IndexError: list index", id="an error of Python"),
        pytest.param(lambda: int("x"), "ValueError: invalid", id="an error of a conversion"),
    ],
)
def test_what_is_no_refusal_is_found(call: Callable[[], object], told: str) -> None:
    assert str(fault(call, "steps", 0)).startswith(told)


@pytest.mark.parametrize("line", ["too small; give at least 1", "steps: " + "0 " * LONGEST])
def test_a_line_that_names_nothing_or_is_too_long_is_found(line: str) -> None:
    def refuse() -> None:
        raise InputError(line)

    assert fault(refuse, "steps", 0) == f"it says: {line}"


def test_what_hangs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.MOST_S", 1)
    assert fault(lambda: [None for _ in iter(int, 1)], "steps", 0) == (
        "TimeoutError: not refused within 1 s"
    )


# --- commands ------------------------------------------------------------------------------------


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was measured though it should be refused: nothing real, and at once."""
    runs: list[str] = []
    run = experiments.run

    def noted(name: str, **options: object) -> list[experiments.Outcome]:
        if name == "stall" and options.get("data") is None:
            runs.append(name)
            return []
        return run(name, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(experiments, "run", noted)
    return runs


def what_is_there(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[path.name] = (status.st_mode, status.st_size)
    return found


@pytest.mark.parametrize("case", [*commands.cases()], ids=str)
def test_a_command_refuses_it_in_one_line_and_touches_nothing(
    case: commands.Case, here: Path, measured: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    if case.make is not None:
        case.make(here / commands.FILE)
    before = what_is_there(here)
    with ended_soon():
        assert cli.main(case.words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.isprintable() or err[:-1].isprintable()
    assert len(err) <= LONGEST
    assert what_is_there(here) == before
    assert measured == []


def test_there_are_600_and_more() -> None:
    assert len([*functions.cases(), *commands.cases()]) >= 600
