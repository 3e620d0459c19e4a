"""Proofs: True and False are answers, and every way of showing nothing has a name."""

import contextlib
import importlib.util
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from prefetchlab.errors import InputError
from prefetchlab.proofs import (
    Answer,
    Outcome,
    Proof,
    keeper,
    linux,
    message,
    run_proofs,
    runner,
)

LINE = 18


def proof_of(code: str, *, timeout_s: float = 30.0) -> Proof:
    return Proof(code, file=Path("bank.yml"), line=LINE, timeout_s=timeout_s)


def answers(proofs: Sequence[Proof], *, workers: int = 2) -> list[Answer]:
    """The answers in the order of the proofs."""
    return [answer for _, answer in sorted(run_proofs(proofs, workers=workers), key=lambda a: a[0])]


def answer_to(code: str, *, timeout_s: float = 30.0) -> Answer:
    (answer,) = answers([proof_of(code, timeout_s=timeout_s)])
    return answer


def test_a_proof_answers_true_or_false() -> None:
    assert answers([proof_of("1 + 1 == 2"), proof_of("1 + 1 == 3")]) == [
        Answer(Outcome.TRUE),
        Answer(Outcome.FALSE),
    ]


def test_an_answer_without_truth_has_none() -> None:
    truths = [Answer(outcome).truth for outcome in Outcome]
    assert truths == [True, False, None, None, None, None]


@pytest.mark.parametrize(
    ("code", "outcome", "words"),
    [
        pytest.param("import os\nos._exit(0)\nTrue", "crashed", "exit code 0", id="it leaves"),
        pytest.param(
            "import os\nos.closerange(3, 256)\nos._exit(3)\nTrue",
            "crashed",
            "exit code 3",
            id="it leaves after it closed all",
        ),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\nTrue",
            "crashed",
            "killed by SIGSEGV",
            id="it dies of a signal",
        ),
        pytest.param(
            "x = 1\n1 / (x - 1) == 0", "raised", f"line {LINE + 1}: ZeroDivision", id="it raises"
        ),
        pytest.param("import sys\nsys.exit(0)\nTrue", "raised", "SystemExit", id="it exits"),
        pytest.param("assert 1 == 2\nTrue", "raised", "AssertionError", id="an assertion fails"),
        pytest.param("x = 1", "raised", "does not end in an expression", id="it has no end"),
        pytest.param(
            "class Mute(Exception):\n    def __str__(self): return 1\nraise Mute\nTrue",
            "raised",
            "Mute: it cannot be told in words",
            id="it raises what has no words",
        ),
        pytest.param(
            "import os\nos.kill(os.getpid(), 40)\nTrue",
            "crashed",
            "killed by signal 40",
            id="it dies of a signal without a name",
        ),
        pytest.param("{}[True]", "raised", "KeyError: True", id="it looks for what is not there"),
        pytest.param("1", "not a bool", "it gave int", id="it gives a number"),
        pytest.param("print(1)", "not a bool", "it gave NoneType", id="it gives nothing"),
        pytest.param("np.bool_(True)", "not a bool", "it gave bool", id="it gives NumPy's truth"),
        pytest.param(
            "tf.constant(True)", "not a bool", "it gave EagerTensor", id="it gives a tensor"
        ),
        pytest.param(
            "class Yes:\n    def __eq__(self, other): return True\nYes()",
            "not a bool",
            "it gave Yes",
            id="it gives what equals True",
        ),
    ],
)
def test_a_broken_proof_shows_nothing(code: str, outcome: str, words: str) -> None:
    answer = answer_to(code)
    assert (answer.outcome, answer.truth) == (outcome, None)
    assert words in answer.message


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("while True: pass\nTrue", id="a loop"),
        pytest.param(
            "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
            "time.sleep(600)\nTrue",
            id="a sleep that only the last signal ends",
        ),
    ],
)
def test_a_proof_that_does_not_end_is_killed(code: str) -> None:
    answer = answer_to(code, timeout_s=3.0)
    assert answer.outcome == "timed out"
    assert "3 s" in answer.message


def test_no_proof_sees_what_another_did() -> None:
    meddle = (
        "import builtins, pathlib, prefetchlab.theory\n"
        "builtins.left = tf.data.Dataset.prefetch = prefetchlab.theory.replay = None\n"
        'pathlib.Path("left.txt").write_text("x")\nTrue'
    )
    look = (
        "import builtins, pathlib\nfrom prefetchlab.theory import replay\n"
        'hasattr(builtins, "left") or replay is None or pathlib.Path("left.txt").exists()\n'
    )
    proofs = [proof_of(meddle), proof_of(look), proof_of("tf.data.Dataset.prefetch is None")]
    assert [answer.truth for answer in answers(proofs, workers=1)] == [True, False, False]


def test_what_a_proof_starts_does_not_outlive_it() -> None:
    words = sleep_of_its_own()
    code = f"import subprocess\nsubprocess.Popen({words}).poll() is None"
    assert answer_to(code).truth
    assert not is_running(words)


def sleep_of_its_own() -> list[str]:
    """Words that start a process which no other test starts."""
    return ["sleep", f"{random.SystemRandom().randint(10**6, 10**9)}"]


def is_running(words: Sequence[str]) -> bool:
    started = "\0".join(words).encode() + b"\0"
    for lines in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if lines.read_bytes() == started:
                return True
    return False


def test_what_autograph_writes_lies_in_the_folder_that_goes_with_the_proof() -> None:
    code = (
        "import pathlib\ndef larger(x):\n    if x > 1:\n        x = x + 1\n    return x\n"
        "list(tf.data.Dataset.range(3).map(larger))\n"
        'any(pathlib.Path().glob("__autograph*"))'
    )
    assert [answer.outcome for answer in answers([proof_of(code)])] == [Outcome.TRUE]


def test_closing_the_run_kills_what_still_runs() -> None:
    words = sleep_of_its_own()
    run = run_proofs(
        [proof_of("1 == 1"), proof_of(f"import subprocess\nsubprocess.run({words})\nTrue")]
    )
    assert next(run) == (0, Answer(Outcome.TRUE))
    while not is_running(words):
        time.sleep(0.01)
    run.close()
    assert not is_running(words)


def test_a_folder_thousands_deep_goes_with_its_proof() -> None:
    name = sleep_of_its_own()[1]
    code = f"import os\nos.mkdir('{name}')\nfor _ in range(5000):\n    os.mkdir('d')\n"
    assert answer_to(code + "    os.chdir('d')\n1 == 2") == Answer(Outcome.FALSE)
    assert not list(Path(tempfile.gettempdir()).glob(f"prefetchlab-*/{name}"))


def test_where_no_folder_can_be_made_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    receive, send = multiprocessing.Pipe()
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    monkeypatch.setattr(os, "setsid", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(linux, "adopt_orphans", lambda: None)
    keeper.keep(send, proof_of("1 == 1"))
    told = message.decode(receive.recv_bytes())
    assert told and told.outcome == "crashed"
    assert "there is no place for its folder" in told.message


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_a_proof_may_start_processes_of_pythons_own(way: str) -> None:
    code = (
        "import multiprocessing\n"
        f"with multiprocessing.get_context({way!r}).Pool(1) as pool:\n"
        "    total = pool.apply(sum, [[1, 2]])\n"
        "total == 3"
    )
    assert answer_to(code) == Answer(Outcome.TRUE)


def test_a_proof_may_define_graph_functions() -> None:
    code = (
        "@tf.function\ndef total(dataset):\n    result = tf.constant(0, tf.int64)\n"
        "    for element in dataset:\n        result += element\n    return result\n"
        "int(total(tf.data.Dataset.range(4))) == 6"
    )
    assert answer_to(code).truth


def test_a_proof_looks_for_garbage_only_in_what_it_has_made() -> None:
    assert answer_to("import gc\ngc.get_freeze_count() > 100_000").outcome == "true"


def test_a_proof_that_writes_where_its_answer_goes_counts_as_crashed() -> None:
    code = (
        "import contextlib, gc, socket\n"
        "for each in [thing for thing in gc.get_objects() if isinstance(thing, socket.socket)]:\n"
        "    with contextlib.suppress(OSError):\n"
        "        each.send(b'maybe')\n"
        "True"
    )
    assert answer_to(code).outcome == "crashed"


def test_the_words_of_an_exception_stay_on_one_plain_line() -> None:
    answer = answer_to("raise ValueError('red \\x1b[31m and\\nbroken')\nTrue")
    assert answer.message == f"line {LINE}: ValueError: red [31m and broken"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Outcome.TRUE),
        Answer(Outcome.FALSE),
        Answer(Outcome.RAISED, "line 3: KeyError: 'x: y'"),
        Answer(Outcome.NOT_BOOL, "it gave int"),
    ],
    ids=lambda answer: answer.outcome,
)
def test_an_answer_passes_through_the_pipe_unchanged(answer: Answer) -> None:
    assert message.decode(message.encode(answer)) == answer


@pytest.mark.parametrize("data", [b"", b"True", b"truetrue", b"true: x", b"timed out", b"\xff"])
def test_what_is_no_answer_stands_for_none(data: bytes) -> None:
    assert message.decode(data) is None


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("inf"), float("nan"), 1e6])
def test_a_time_that_is_no_time_is_refused(timeout_s: float) -> None:
    with pytest.raises(InputError, match=r"timeout_s: \S+ s is no time for a proof; use"):
        proof_of("1 == 1", timeout_s=timeout_s)


def test_no_worker_is_too_few() -> None:
    with pytest.raises(InputError, match=r"workers: 0 .*; give at least 1"):
        answers([proof_of("1 == 1")], workers=0)


def test_a_system_that_cannot_fork_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(InputError, match="WSL"):
        answer_to("1 == 1")


def test_a_folder_of_temporary_files_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from prefetchlab import cli; raise SystemExit(cli.main(['quiz', 'prove']))",
        ],
        env=os.environ | {"TMPDIR": str(long)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "set TMPDIR to a folder with a short path" in done.stderr


# --- the server that proofs are forked from ------------------------------------------------------


def say_what_is_loaded(pipe: Connection) -> None:
    import sys

    pipe.send([name for name in runner.PRELOAD if name in sys.modules])


def test_the_server_has_imported_what_proofs_need() -> None:
    answer_to("1 == 1")  # it starts the server, if no test before did
    receive, send = multiprocessing.get_context("forkserver").Pipe(duplex=False)
    process = multiprocessing.get_context("forkserver").Process(
        target=say_what_is_loaded, args=(send,)
    )
    process.start()
    assert receive.poll(60)
    assert receive.recv() == list(runner.PRELOAD)
    process.join()


def unknown(modules: Sequence[str]) -> list[str]:
    return [name for name in modules if importlib.util.find_spec(name) is None]


def test_every_module_that_the_server_is_given_exists() -> None:
    assert unknown(runner.PRELOAD) == []
    assert unknown(["prefetchlab.quiz.gone"]) == ["prefetchlab.quiz.gone"]
