"""What a student sees in a real notebook kernel: one message, no stderr, and always an end."""

import os
import re
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
from jupyter_client.manager import KernelManager

pytestmark = pytest.mark.long

SETUP = """
import logging, os, sys, threading, traceback, warnings
logging.basicConfig(force=True)
from prefetchlab.grading import cells
from prefetchlab.grading.cells import for_test_cell
from prefetchlab.grading.mistake import Mistake
import tensorflow as tf

@for_test_cell
def check(answer):
    secret = "the right answer is 42"
    if answer() != 42:
        raise Mistake("That is not right. Look again.")
"""

Output = dict[str, Any]


class Kernel:
    """A kernel as a notebook has it."""

    def __init__(self) -> None:
        # A kernel that believes it is inside pytest does not watch descriptor 2.
        self.manager = KernelManager()
        environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
        self.manager.start_kernel(env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, source: str, *, interrupt_at: str | None = None) -> list[Output]:
        """Run a cell; the outputs, with `output_type`. Interrupt it once it prints so."""
        outputs: list[Output] = []

        def keep(message: Any) -> None:
            content = message["content"]
            if message["msg_type"] in ("stream", "error"):
                outputs.append({"output_type": message["msg_type"], **content})
            if interrupt_at is not None and interrupt_at in content.get("text", ""):
                self.manager.interrupt_kernel()

        self.client.execute_interactive(source, output_hook=keep, timeout=40)
        return outputs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> float:
        """Shut down; how long that took, seconds."""
        start = time.monotonic()
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        return time.monotonic() - start


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Kernel() as kernel:
        assert kernel.run(SETUP) == []
        yield kernel


def text(outputs: list[Output], stream: str) -> str:
    """What was written to a stream."""
    return "".join(o["text"] for o in outputs if o.get("name") == stream)


def message(outputs: list[Output]) -> str:
    """What the notebook shows of the error; '' if there is none."""
    return "\n".join(line for o in outputs for line in o.get("traceback", []))


NOISE = """
def answer():
    {noise}
    return 42
"""
NOISES = [
    pytest.param('print("note", file=sys.stderr)', id="print"),
    pytest.param('kept.write("note")', id="the stream itself, kept from before"),
    pytest.param('logging.warning("note")', id="a handler configured before"),
    pytest.param('tf.get_logger().error("note")', id="the logger of TensorFlow"),
    pytest.param("traceback.print_stack()", id="a stack"),
    pytest.param('warnings.simplefilter("always"); warnings.warn("note")', id="a warning"),
    pytest.param('os.write(2, b"note")', id="descriptor 2"),
    pytest.param('os.system("echo note >&2")', id="another program"),
    pytest.param(
        'thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()',
        id="another thread",
    ),
]  # fmt: skip
LATER = "import time; time.sleep(0.1); sys.stderr.flush()"  # the kernel reads descriptor 2 itself


@pytest.mark.parametrize("noise", NOISES)
def test_what_is_written_to_stderr_is_no_stderr_output(kernel: Kernel, noise: str) -> None:
    kernel.run("kept = sys.stderr" + NOISE.format(noise=noise))
    outputs = kernel.run(f"check(answer)\n{LATER}")
    assert text(outputs, "stderr") == ""
    assert message(outputs) == ""


@pytest.mark.parametrize("noise", NOISES)
def test_outside_a_check_the_same_is_stderr_output(kernel: Kernel, noise: str) -> None:
    kernel.run("kept = sys.stderr" + NOISE.format(noise=noise))
    assert text(kernel.run(f"answer()\n{LATER}"), "stderr") != ""


def test_stderr_works_again_after_a_check(kernel: Kernel) -> None:
    outputs = kernel.run("check(lambda: 42)\nprint('again', file=sys.stderr)")
    assert text(outputs, "stderr") == "again\n"


def test_a_mistake_shows_its_message_and_nothing_else(kernel: Kernel) -> None:
    outputs = kernel.run("check(lambda: 41)")
    assert message(outputs) == "That is not right. Look again."
    assert [output["ename"] for output in outputs] == ["Mistake"]


def test_without_the_decorator_the_check_itself_is_shown(kernel: Kernel) -> None:
    kernel.run("class Plain(AssertionError): pass")
    shown = message(kernel.run("check.__wrapped__.__globals__['Mistake'] = Plain\n"
                               "check.__wrapped__(lambda: 41)"))  # fmt: skip
    kernel.run("check.__wrapped__.__globals__['Mistake'] = Mistake = cells.Mistake")
    assert "secret" in shown


RAISED = [
    pytest.param(
        "def answer():\n    return undefined.size",
        "Your code raised NameError: name 'undefined' is not defined. "
        "Look at line 2 of your cell, in answer: return undefined.size",
        id="a name that is not there",
    ),
    pytest.param(
        "def answer():\n    raise NotImplementedError",
        "There is no answer yet: your function raises NotImplementedError. "
        "Put your code in place of that line, and run its cell.",
        id="an untouched stub",
    ),
    pytest.param(
        "@tf.function\ndef answer():\n    for number in range(tf.data.Dataset.range(3)):\n"
        "        pass\n",
        "Your code raised TypeError: .* "
        "Look at line 3 of your cell, in answer: for number in range.*",
        id="inside a tf.function",
    ),
    pytest.param(
        "def answer():\n    files = tf.data.Dataset.from_tensors('no image')\n"
        "    return list(files.map(tf.io.decode_jpeg))",
        "Your code raised InvalidArgumentError: Unknown image file format.* "
        "Look at line 3 of your cell, in answer: return list.*",
        id="inside a pipeline",
    ),
    pytest.param(
        "def answer():\n    sys.exit(0)",
        "Your code raised SystemExit: 0. Look at line 2 of your cell, in answer: .*",
        id="an exit",
    ),
    pytest.param(
        "def answer():\n    raise KeyboardInterrupt",
        "Your code raised KeyboardInterrupt. Look at line 2 of your cell, in answer: .*",
        id="an interrupt that no user made",
    ),
]


@pytest.mark.parametrize(("answer", "shown"), RAISED)
def test_what_the_students_code_raises_becomes_one_line(
    kernel: Kernel, answer: str, shown: str
) -> None:
    kernel.run(answer)
    found = message(kernel.run("check(answer)"))
    assert re.fullmatch(shown, found), found


STOPPED = "was given up"
RUNS_CHECKS = "print([thread.name for thread in threading.enumerate() if thread.name == 'check'])"
ENDLESS_PYTHON = [
    pytest.param("def answer():\n    while True:\n        pass", id="a loop of Python"),
    pytest.param(
        "def answer():\n    while True:\n        try:\n            raise ValueError\n"
        "        except Exception:\n            pass",
        id="a loop that catches",
    ),
    pytest.param(
        "import time\ndef answer():\n    end = time.monotonic() + 4\n"
        "    while time.monotonic() < end:\n        try:\n            time.sleep(0.01)\n"
        "        except BaseException:\n            pass\n    while True:\n        pass",
        id="a loop that for some seconds catches all",
    ),
    pytest.param(
        "@tf.function\ndef answer():\n    return len(list(tf.data.Dataset.range(9)))",
        id="a list of a dataset while TensorFlow traces",
    ),
    pytest.param(
        "def numbers():\n    yield 1\n    while True:\n        pass\n\n"
        "def answer():\n    kind = tf.TensorSpec((), tf.int64)\n"
        "    return list(tf.data.Dataset.from_generator(numbers, output_signature=kind))",
        id="a generator in a thread of TensorFlow",
    ),
]


@pytest.mark.parametrize("answer", ENDLESS_PYTHON)
def test_endless_python_is_stopped_with_a_message(kernel: Kernel, answer: str) -> None:
    kernel.run(answer)
    assert STOPPED in message(kernel.run("cells.LIMIT_S = 1\ncheck(answer)"))
    assert text(kernel.run(RUNS_CHECKS), "stdout") == "[]\n"
    assert kernel.run("cells.LIMIT_S = 60\ncheck(lambda: 42)") == []


def test_an_interrupt_by_the_user_stops_a_check(kernel: Kernel) -> None:
    kernel.run("def answer():\n    print('begun', flush=True)\n    while True:\n        pass")
    outputs = kernel.run("check(answer)", interrupt_at="begun")
    assert [o["ename"] for o in outputs if o["output_type"] == "error"] == ["KeyboardInterrupt"]
    assert text(kernel.run(RUNS_CHECKS), "stdout") == "[]\n"


def test_after_endless_cpp_the_next_cells_are_graded() -> None:
    with Kernel() as kernel:
        kernel.run(SETUP)
        kernel.run(
            "def answer():\n    numbers = tf.data.Dataset.range(9).repeat()\n"
            "    return numbers.reduce(tf.constant(0, tf.int64), lambda total, number: total)"
        )
        assert STOPPED in message(kernel.run("cells.LIMIT_S = 1\ncheck(answer)"))
        assert text(kernel.run(RUNS_CHECKS), "stdout") == "['check']\n"
        counted = (
            "cells.LIMIT_S = 60\nfrom prefetchlab.grading import vocabulary\n"
            "vocabulary.runs_ahead(lambda numbers: numbers.prefetch(1), counts=(2,))\nprint('ok')"
        )
        assert text(kernel.run(counted), "stdout") == "ok\n"
