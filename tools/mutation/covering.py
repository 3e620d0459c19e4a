"""Which tests run a line of the laboratory, and how long each of them takes."""

import itertools
import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from coverage import CoverageData

from tools.repository import ROOT

LAYERS = ("theory", "timeline.py", "graph", "measure", "grading", "figures")
# The tests of the six layers that run in their own process: a change here reaches no other. What
# only another test would notice, of an experiment for example, counts as not noticed.
TESTS = (
    "assignments", "bad_inputs", "buffers", "calibration", "collect", "exposed_wait", "figures*",
    "gate", "grading_parts", "graph*", "in_flight", "loop_forms", "machine", "meanwhile", "measure",
    "mistakes_told*", "peace", "profile", "resident", "run_ahead", "stage_costs", "submissions",
    "theory*", "timeline",
)  # fmt: skip
SELECTED = (
    *sorted(str(path) for name in TESTS for path in (ROOT / "tests").glob(f"test_{name}.py")),
    *(f"src/prefetchlab/{layer}" for layer in LAYERS),
    "--doctest-modules",
    *("-k", "not one_core and not cores_are_busy and not figures_browser"),  # in others, too
)
# They look at all of the laboratory, and run no line of it.
ALWAYS = ("tests/test_architecture.py::test_a_result_cannot_be_changed_once_it_is_there",)
_PHASE = "|run"  # a context of coverage ends with what a test does: setup, run or teardown


@dataclass
class Seen:
    """What was seen of the tests.

    Attributes:
        took_s: how long each test took, by its id, seconds.
        tests: the tests that run a line, by the file and the line's number.
    """

    took_s: dict[str, float] = field(default_factory=dict)
    tests: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def of(self, file: str, line: int) -> list[str]:
        """The tests that run a line, the quick ones first.

        What runs as its module is imported, a default for example, runs in no test: those count
        that run anything of its file.
        """
        lines = self.tests.get(file, {})
        found = set(lines.get(line) or itertools.chain(*lines.values()))
        quick_first = sorted(found, key=lambda test: self.took_s.get(test, 0.0))
        return [*ALWAYS, *quick_first] if quick_first else []


class _Took:
    """A plugin for pytest that notes how long each test took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


def watch(folder: Path) -> Seen:
    """Run the tests, and see which lines each of them runs; kept in a folder."""
    took, data = _Took(), folder / "coverage"
    os.environ["COVERAGE_FILE"] = str(data)
    counted = ["--cov", "--cov-context=test", "--cov-report="]
    pytest.main(["-q", "-n", "2", *counted, *SELECTED], plugins=[took])
    seen = Seen(dict(took.seconds), _tests_by_line(data))
    (folder / "seen.json").write_text(json.dumps(vars(seen)), encoding="utf-8")
    return seen


def read(folder: Path) -> Seen:
    """What `watch` has kept."""
    kept = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    by_line = {
        file: {int(line): tests for line, tests in lines.items()}
        for file, lines in kept["tests"].items()
    }
    return Seen(kept["took_s"], by_line)


def _tests_by_line(path: Path) -> dict[str, dict[int, list[str]]]:
    data = CoverageData(str(path))
    data.read()
    found = {}
    for file in data.measured_files():
        lines = data.contexts_by_lineno(file)
        found[Path(file).relative_to(ROOT).as_posix()] = {
            line: sorted({test.removesuffix(_PHASE) for test in tests if test.endswith(_PHASE)})
            for line, tests in lines.items()
        }
    return found
