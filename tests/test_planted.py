"""The faults that `make planted` plants: each still has its place, and tests to notice it.

All of them take some minutes. Here two are planted for real, one of which changes nothing.
"""

from dataclasses import replace

import pytest

from tests.planted import faults, planting
from tests.planted.faults import Fault
from tools.repository import ROOT

EVERY = faults.every()
each_fault = pytest.mark.parametrize("fault", EVERY, ids=lambda one: one.name)


@each_fault
def test_a_fault_has_one_place_and_changes_it(fault: Fault) -> None:
    assert fault.places == 1
    assert fault.new != fault.old


@each_fault
def test_a_fault_names_tests_that_exist(fault: Fault) -> None:
    assert fault.seen_by
    for test in fault.seen_by:
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert name.partition("[")[0].rpartition("::")[2] in text


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
