"""The faults that `make planted` plants: each still has its place, and tests to notice it.

All of them take some minutes. Here two are planted for real, one of which changes nothing.
"""

from dataclasses import replace

import pytest

from tests.planted import faults, planting
from tools.repository import ROOT

EVERY = faults.every()


def test_a_fault_has_one_place_and_changes_it() -> None:
    assert [fault.name for fault in EVERY if fault.places != 1 or fault.new == fault.old] == []


def names_a_test(seen_by: str) -> bool:
    file, _, name = seen_by.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    return name.partition("[")[0].rpartition("::")[2] in text


def test_a_fault_names_tests_that_exist() -> None:
    named = [test for fault in EVERY for test in fault.seen_by]
    assert len(named) >= len(EVERY)
    assert [test for test in named if not names_a_test(test)] == []


def test_each_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in EVERY}) == len(EVERY)


def test_a_fault_is_caught_in_a_copy_and_one_that_is_none_is_not() -> None:
    fault = next(one for one in EVERY if one.file == "src/prefetchlab/timeline.py")
    before = (ROOT / fault.file).read_bytes()
    harmless = replace(fault, new=fault.old)
    assert [planting.is_caught(one) for one in (fault, harmless)] == [True, False]
    assert (ROOT / fault.file).read_bytes() == before


def test_tests_that_cannot_run_are_no_catch() -> None:
    fault = replace(EVERY[0], seen_by=("tests/no_such_test.py",))
    with pytest.raises(RuntimeError, match="no_such_test"):
        planting.is_caught(fault)
