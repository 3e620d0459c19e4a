"""An experiment on fewer cores: what runs in the new process, and what comes back from it."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prefetchlab import measure
from prefetchlab.errors import InputError
from prefetchlab.experiments import Pace, on_cores
from prefetchlab.measure.machine import cores

pytestmark = pytest.mark.long


def allowed() -> list[int]:
    return sorted(os.sched_getaffinity(0))


# --- in a real process, each of which loads TensorFlow -------------------------------------------


def test_it_sees_so_many_cores_and_answers_without_what_it_prints() -> None:
    several = (
        "(__import__('os').write(1, b'a log line'), print('another'), "
        "__import__('os').sched_getaffinity(0), "
        "__import__('prefetchlab.measure').measure.cores())"
    )
    before = allowed()
    answer: Any = on_cores(1, eval, several)
    assert answer == (len("a log line"), None, set(before[:1]), min(1.0, measure.cores()))
    assert allowed() == before


def test_bad_input_to_the_experiment_is_told_as_if_it_had_run_here() -> None:
    with pytest.raises(InputError, match=r"^steps: 0 is too small; give at least 2$"):
        on_cores(1, Pace, steps=0, repeats=1)


# --- what is asked of the process, and what it may answer ----------------------------------------


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param("echo Traced >&2; echo OSError: no >&2; exit 1", "OSError: no", id="error"),
        pytest.param("printf 'a\\033b\\n\\n' >&2; exit 1", "a\\x1bb", id="a colour"),
        pytest.param("printf 'x\\351' >&2; exit 1", "x\ufffd", id="no UTF-8"),
        pytest.param("exit 3", "exit status 3", id="silent"),
        pytest.param("kill -9 $$", "exit status -9", id="killed"),
    ],
)  # fmt: skip
def test_a_process_that_ends_without_an_answer_is_told_in_one_line(
    child: Callable[[str], None], script: str, told: str
) -> None:
    child(script)
    with pytest.raises(InputError) as caught:
        on_cores(1, cores)
    assert str(caught.value) == f"on_cores: the process of the experiment ended: {told}"


@pytest.mark.parametrize("answer", [1.0, None, ("two", 2), Pace(2, 1)], ids=repr)
def test_what_the_process_answers_is_returned(
    child: Callable[[str], None], tmp_path: Path, answer: object
) -> None:
    (tmp_path / "answer").write_bytes(pickle.dumps(answer))
    child("echo a warning >&2; cat answer")
    assert on_cores(1, cores) == answer


def test_it_is_kept_to_the_first_cores_before_anything_is_imported(
    child: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5, 3, 9, 4})
    (tmp_path / "answer").write_bytes(pickle.dumps(0))
    child('echo "$2" > code; cat > call; cat answer')
    on_cores(3, Pace, 4, repeats=2)
    first, second, third, *_ = (tmp_path / "code").read_text().split("\n")[1:]
    assert (first, second) == ("import os", "os.sched_setaffinity(0, [3, 4, 5])")
    assert third.startswith("from prefetchlab")
    assert pickle.loads((tmp_path / "call").read_bytes()) == (Pace, (4,), {"repeats": 2})


# --- what is refused before a process is started -------------------------------------------------


@pytest.fixture
def started(child: Callable[[str], None], tmp_path: Path) -> Path:
    """A file that is there once a process was started."""
    child("touch started; exit 1")
    return tmp_path / "started"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        pytest.param(0, "count: 0 is too small; give at least 1", id="none"),
        pytest.param(1.5, "count: 1.5 is not a whole number", id="a part"),
        pytest.param(True, "count: True is not a whole number", id="True"),
        pytest.param(3, "count: 3 cores, and this process may use 2; ask less$", id="too many"),
    ],
)
def test_a_number_of_cores_that_it_cannot_have_is_refused(
    started: Path, monkeypatch: pytest.MonkeyPatch, count: Any, said: str
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 7})
    with pytest.raises(InputError, match=f"^{said}"):
        on_cores(count, cores)
    assert not started.exists()


def test_a_system_that_keeps_no_process_to_some_cores_is_named(
    started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    with pytest.raises(InputError, match=r"^on_cores: this system cannot keep .*; use Linux$"):
        on_cores(1, cores)
    assert not started.exists()


@pytest.mark.parametrize(
    ("experiment", "given"),
    [
        pytest.param(lambda _: 1, 1, id="a lambda"),
        pytest.param(cores, (each for each in "ab"), id="a generator"),
        pytest.param(cores, os, id="a module"),
    ],
)
def test_a_call_that_cannot_be_sent_is_refused(started: Path, experiment: Any, given: Any) -> None:
    with pytest.raises(
        InputError, match=r"^on_cores: the call cannot be sent to a .*; give a func"
    ):
        on_cores(1, experiment, given)
    assert not started.exists()


def test_a_function_within_a_function_cannot_be_sent(started: Path) -> None:
    def within() -> None: ...

    with pytest.raises(InputError, match=r"^on_cores: the call cannot be sent to a .*within"):
        on_cores(1, within)
    assert not started.exists()
