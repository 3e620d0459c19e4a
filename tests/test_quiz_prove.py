"""Proofs: what is true stands, and every way of not being proven has a name and a place."""

import os
import time
from pathlib import Path

import pytest

from prefetchlab import quiz
from prefetchlab.errors import InputError
from prefetchlab.quiz import proofs

BANKS = sorted(Path("book/quizzes").glob("*.yml"))
KEY_LINE, KEY_PROOF_LINE = 14, 18


def bank_text(key="1 + 1 == 2", distractor="1 + 1 == 3", third="proof: 1 + 1 == 4"):
    """A bank of one question; the key's proof begins on line 18."""
    key, distractor = (code.replace("\n", "\n          ") for code in (key, distractor))
    return f"""\
chapter: 3
title: Overlap
objectives:
  3.1: Tell it.
questions:
  - id: q3-sum
    objective: 3.1
    level: easy
    kind: practice
    prompt: What is 1 + 1?
    hint: Count.
    steps: [One.]
    options:
      - text: "2"
        correct: true
        because: Yes.
        proof: |
          {key}
      - text: "3"
        because: No.
        proof: |
          {distractor}
      - text: "4"
        because: No.
        {third}
"""


@pytest.fixture
def prove(tmp_path):
    def run(timeout_s=30.0, **parts):
        path = tmp_path / "bank.yml"
        path.write_text(bank_text(**parts))
        return quiz.prove([quiz.load(path)], timeout_s=timeout_s)

    return run


def outcomes(verdicts):
    return [verdict.outcome for verdict in verdicts.verdicts]


def test_a_true_key_is_proven_and_a_false_distractor_refuted(prove):
    verdicts = prove()
    assert outcomes(verdicts) == ["proven", "refuted", "refuted"]
    assert verdicts.ok and verdicts.faults == ()


def test_every_option_of_the_course_stands():
    verdicts = quiz.prove([quiz.load(path) for path in BANKS])
    assert [str(verdict) for verdict in verdicts.faults] == []
    assert verdicts.count("proven") >= 7


def test_a_key_that_is_false_is_a_wrong_key(prove):
    verdicts = prove(key="1 + 1 == 11")
    assert outcomes(verdicts) == ["wrong key", "refuted", "refuted"]
    assert not verdicts.ok


def test_a_distractor_that_is_true_is_named(prove):
    verdicts = prove(distractor="1 + 1 == 2")
    assert outcomes(verdicts) == ["proven", "true distractor", "refuted"]
    assert not verdicts.ok


def test_a_citation_is_listed_and_not_run(prove):
    verdicts = prove(third="source: Peano, 1889")
    assert outcomes(verdicts) == ["proven", "refuted", "cited"]
    assert verdicts.verdicts[2].message == "Peano, 1889"
    assert verdicts.ok


def test_a_fault_is_named_with_file_line_question_and_option(prove, tmp_path):
    (fault,) = prove(key="1 + 1 == 11").faults
    place = f"{tmp_path / 'bank.yml'}:{KEY_LINE}: question q3-sum, option 1: wrong key: "
    assert str(fault).startswith(place)


BROKEN = {
    "it leaves": ("import os\nos._exit(0)\nTrue", "crashed", "exit code 0"),
    "it leaves after it closed all": (
        "import os\nos.closerange(3, 256)\nos._exit(3)\nTrue",
        "crashed",
        "exit code 3",
    ),
    "it dies of a signal": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\nTrue",
        "crashed",
        "killed by SIGSEGV",
    ),
    "it raises": ("x = 1\n1 / (x - 1) == 0", "raised", f"line {KEY_PROOF_LINE + 1}: ZeroDivision"),
    "it exits as Python does": ("import sys\nsys.exit(0)\nTrue", "raised", "SystemExit"),
    "an assertion in it fails": ("assert 1 == 2\nTrue", "raised", "AssertionError"),
    "it gives a number": ("1", "not a bool", "it gave int"),
    "it gives nothing": ("print(1)", "not a bool", "it gave NoneType"),
    "it gives a NumPy truth value": ("np.bool_(True)", "not a bool", "it gave bool"),
    "it gives a tensor": ("tf.constant(True)", "not a bool", "it gave EagerTensor"),
    "it gives what equals True": (
        "class Yes:\n    def __eq__(self, other): return True\nYes()",
        "not a bool",
        "it gave Yes",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_proof_fails_closed_with_a_name_of_its_own(prove, case):
    proof, outcome, words = BROKEN[case]
    verdicts = prove(key=proof)
    assert outcomes(verdicts) == [outcome, "refuted", "refuted"]
    assert words in verdicts.verdicts[0].message
    assert not verdicts.ok


@pytest.mark.parametrize(
    "proof",
    [
        "while True: pass\nTrue",
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "time.sleep(600)\nTrue",
    ],
    ids=["a loop", "a sleep that no signal but the last wakes"],
)
def test_a_proof_that_does_not_end_is_killed(prove, proof):
    verdicts = prove(timeout_s=3.0, key=proof)
    assert outcomes(verdicts)[0] == "timed out"
    assert "3 s" in verdicts.verdicts[0].message


def test_a_broken_distractor_is_not_taken_for_a_refuted_one(prove):
    assert outcomes(prove(distractor="raise ValueError\nFalse"))[1] == "raised"


def test_no_proof_sees_what_another_did(prove):
    meddle = (
        "import builtins, pathlib, prefetchlab.theory\n"
        "builtins.left = tf.data.Dataset.prefetch = prefetchlab.theory.replay = None\n"
        'pathlib.Path("left.txt").write_text("x")\nTrue'
    )
    check = (
        "import builtins, pathlib\nfrom prefetchlab.theory import replay\n"
        'hasattr(builtins, "left") or replay is None or pathlib.Path("left.txt").exists()\n'
    )
    verdicts = prove(key=meddle, distractor=check, third="proof: tf.data.Dataset.prefetch is None")
    assert outcomes(verdicts) == ["proven", "refuted", "refuted"]


def test_what_a_proof_starts_does_not_outlive_it(prove, tmp_path):
    note = tmp_path / "pid"
    proof = (
        "import pathlib, subprocess\n"
        'child = subprocess.Popen(["sleep", "600"])\n'
        f'pathlib.Path("{note}").write_text(str(child.pid))\nTrue'
    )
    assert prove(key=proof).ok
    deadline = time.monotonic() + 10
    while is_running(int(note.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(int(note.read_text()))


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_a_proof_may_define_graph_functions(prove):
    proof = (
        "@tf.function\ndef total(dataset):\n    result = tf.constant(0, tf.int64)\n"
        "    for element in dataset:\n        result += element\n    return result\n"
        "int(total(tf.data.Dataset.range(4))) == 6"
    )
    assert outcomes(prove(key=proof))[0] == "proven"


def test_each_verdict_is_reported_as_it_falls(tmp_path):
    path = tmp_path / "bank.yml"
    path.write_text(bank_text())
    seen = []
    verdicts = quiz.prove([quiz.load(path)], workers=1, progress=seen.append)
    assert tuple(seen) == verdicts.verdicts


def test_an_answer_that_is_neither_true_nor_false_counts_as_a_crash(prove):
    proof = (
        "import gc, os\nfrom multiprocessing.connection import Connection\n"
        "for pipe in [thing for thing in gc.get_objects() if isinstance(thing, Connection)]:\n"
        "    os.write(pipe.fileno(), b'maybe')\n"
        "True"
    )
    assert outcomes(prove(key=proof))[0] == "crashed"


def test_the_command_ends_with_0_only_if_all_stand(tmp_path, capsys):
    path = tmp_path / "bank.yml"
    path.write_text(bank_text())
    assert quiz.prove_command([path]) == 0
    path.write_text(bank_text(key="1 == 2"))
    assert quiz.prove_command([path]) == 1
    output = capsys.readouterr().out
    assert "all stand" in output
    assert f"{path}:{KEY_LINE}: question q3-sum, option 1: wrong key" in output


def test_the_command_refuses_a_file_that_is_no_bank(tmp_path):
    with pytest.raises(InputError, match="give a readable file"):
        quiz.prove_command([tmp_path / "none.yml"])


def test_a_system_that_cannot_fork_is_told_so(monkeypatch, prove):
    monkeypatch.setattr(proofs.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(InputError, match="WSL"):
        prove()
