"""What a buffer takes of memory: a slot each and the element in use, measured in a process."""

import importlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prefetchlab.errors import InputError
from prefetchlab.graph import Buffer
from prefetchlab.measure import Growth, Maker, Resident, growth, resident

CHILD: Any = importlib.import_module("prefetchlab.measure.resident_child")
MODULE: Any = importlib.import_module("prefetchlab.measure.resident")  # the package has a function
pytestmark = pytest.mark.long

SIZE = 9_600_000  # bytes
SLOTS = (0, 1, 3)


@pytest.fixture(scope="module")
def mapped() -> tuple[Resident, ...]:
    return resident([SIZE], SLOTS)


def test_a_buffer_takes_a_slot_each_and_the_element_in_use(mapped: tuple[Resident, ...]) -> None:
    assert [(one.element_bytes, one.slots) for one in mapped] == [(SIZE, k) for k in SLOTS]
    assert [one.elements for one in mapped] == pytest.approx([k + 1 for k in SLOTS], rel=0.1)


def test_once_at_rest_each_slot_holds_an_element(mapped: tuple[Resident, ...]) -> None:
    assert [one.buffered for one in mapped] == list(SLOTS)


def test_what_it_took_at_most_is_no_less_than_at_rest(mapped: tuple[Resident, ...]) -> None:
    for one in mapped:
        if one.peak_elements is None:  # a container may not let the system forget the peak
            continue
        assert one.slots + 0.9 <= one.peak_elements <= one.slots + 3


def test_a_batch_of_parts_takes_what_a_whole_element_takes() -> None:
    (one,) = resident([SIZE], [1], maker="batch")
    assert one.elements == pytest.approx(2, rel=0.1)


def test_behind_a_whole_cache_a_slot_takes_nothing_however_many_there_are() -> None:
    few, many = resident([SIZE], [1, 6], maker="cache")
    assert [few.elements, many.elements] == pytest.approx([3, 3], rel=0.1)
    assert many.buffered == 6


def test_a_process_grows_up_to_its_limit_and_is_stopped_there() -> None:
    grown = growth(1_000_000, 2000, limit_bytes=60_000_000)
    assert grown.resident_bytes[-1] >= 60_000_000 > max(grown.resident_bytes[:-1], default=0)
    assert grown.buffered[-1] < 2000
    assert_seen_in_order(grown)


def test_a_buffer_that_fills_before_the_limit_ends_the_watch() -> None:
    grown = growth(1_000_000, 3, limit_bytes=100_000_000)
    assert grown.buffered[-1] == 3 > max(grown.buffered[:-1], default=0)
    assert grown.resident_bytes[-1] < 100_000_000
    assert_seen_in_order(grown)


def assert_seen_in_order(grown: Growth) -> None:
    assert len(grown.seconds) == len(grown.buffered) == len(grown.resident_bytes)
    assert list(grown.seconds) == sorted(grown.seconds)
    assert list(grown.buffered) == sorted(grown.buffered)


# --- the process that is measured ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param("echo one >&2; echo Error: no >&2; exit 1", "Error: no", id="error"),
        pytest.param("printf 'a\\033b\\n' >&2; exit 1", "a\\x1bb", id="a colour"),
        pytest.param("echo '[]'; exit 3", "exit status 3", id="silent"),
        pytest.param("kill -9 $$", "exit status -9", id="killed"),
    ],
)  # fmt: skip
def test_a_process_that_fails_is_told_in_one_line(
    child: Callable[[str], None], script: str, told: str
) -> None:
    child(script)
    for what, ask in (
        ("resident", lambda: resident([SIZE], [1])),
        ("growth", lambda: growth(SIZE, 1, limit_bytes=SIZE)),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        assert str(caught.value) == f"{what}: the process that was measured failed: {told}"


def test_it_is_asked_in_a_process_with_the_settings_of_the_docstring(
    child: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT", "as it was")
    child("env > env; echo \"$@\" > words; cat > given; echo a log; echo '[]'")
    assert resident([SIZE, 2 * SIZE], [0, 1], maker="batch") == ()
    environment = (tmp_path / "env").read_text().splitlines()
    assert {"TF_ENABLE_ONEDNN_OPTS=0", "MALLOC_MMAP_THRESHOLD_=65536"} <= set(environment)
    assert "KEPT=as it was" in environment
    assert (tmp_path / "words").read_text().split()[-1] == "resident"
    given = '{"element_bytes": [9600000, 19200000], "slots": [0, 1], "maker": "batch"}'
    assert (tmp_path / "given").read_text() == given


def test_a_system_that_does_not_tell_is_named_and_nothing_is_started(
    child: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child("touch started; echo '[]'")
    monkeypatch.setattr(MODULE, "Path", lambda _: tmp_path / "no such file")
    for what, ask in (
        ("resident", lambda: resident([SIZE], [1])),
        ("growth", lambda: growth(SIZE, 1, limit_bytes=SIZE)),
    ):
        said = f"^{what}: .* does not tell what a process takes; use Linux$"
        with pytest.raises(InputError, match=said):
            ask()
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("sizes", "slots", "maker", "said"),
    [
        pytest.param([999_999], [1], "map", "element_bytes: 999999 is too small", id="small"),
        pytest.param([1e7], [1], "map", "element_bytes: 10000000.0 is not a whole", id="float"),
        pytest.param([3 * 10**9], [0], "map", "element_bytes: 3000000000 is too large", id="large"),
        pytest.param([SIZE], [-1], "map", "slots: -1 is too small", id="minus one"),
        pytest.param([SIZE], [True], "map", "slots: True is not a whole number", id="True"),
        pytest.param([SIZE], [1], "list", "maker: 'list' is unknown; give one of map, ba", id="?"),
        pytest.param([], [1], "map", "(element_bytes|slots): it is empty", id="no element"),
        pytest.param([SIZE], [], "map", "(element_bytes|slots): it is empty", id="no slots"),
        pytest.param([SIZE], [1, 206], "map", "element_bytes, slots: together over 2", id="2 GB"),
        pytest.param([SIZE, 10**9], [0], "batch", "element_bytes, slots: together", id="one of 2"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_started(
    child: Callable[[str], None], tmp_path: Path, sizes: Any, slots: Any, maker: Maker, said: str
) -> None:
    child("touch started; echo '[]'")
    with pytest.raises(InputError, match=f"^{said}"):
        resident(sizes, slots, maker=maker)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("size", "slots", "maker"),
    [
        pytest.param(1_000_000, 0, "map", id="the smallest"),
        pytest.param(20_000_000, 97, "map", id="2 GB, with three beside the slots"),
        pytest.param(1_000_000, 100_000, "cache", id="most slots"),
    ],
)
def test_what_lies_on_a_bound_is_measured_and_one_more_is_refused(
    child: Callable[[str], None], size: int, slots: int, maker: Maker
) -> None:
    child("echo '[]'")
    assert resident([size], [slots], maker=maker) == ()
    if slots:
        with pytest.raises(InputError, match=r"together over 2 GB|is too large"):
            resident([size], [slots + 1], maker=maker)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param((999_999, 1, SIZE), "element_bytes: 999999 is too small", id="small"),
        pytest.param((SIZE, 0, SIZE), "slots: 0 is too small; give at least 1", id="no slot"),
        pytest.param((SIZE, 2**31, SIZE), "slots: 2147483648 is too large", id="many slots"),
        pytest.param((SIZE, 1, SIZE - 1), "limit_bytes: 9599999 is too small", id="at once"),
        pytest.param((SIZE, 1, 2 * 10**9 + 1), "limit_bytes: 2000000001 is too", id="over 2 GB"),
    ],
)
def test_a_growth_that_cannot_be_watched_is_refused(
    child: Callable[[str], None], tmp_path: Path, given: tuple[int, int, int], said: str
) -> None:
    child("touch started; echo '[]'")
    size, slots, limit = given
    with pytest.raises(InputError, match=f"^{said}"):
        growth(size, slots, limit_bytes=limit)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("size", "slots", "limit"),
    [(1_000_000, 1, 1_000_000), (1_000_000, 2**31 - 1, 2 * 10**9)],
)
def test_a_growth_on_its_bounds_is_watched(
    child: Callable[[str], None], size: int, slots: int, limit: int
) -> None:
    told = {"seconds": [0.5], "buffered": [1], "resident_bytes": [7]}
    child(f"echo '{json.dumps([told])}'")
    assert growth(size, slots, limit_bytes=limit) == Growth(
        size, slots, seconds=(0.5,), buffered=(1,), resident_bytes=(7,), limit_bytes=limit
    )


@dataclass
class Source:
    """A source that notes whether anybody waited for it."""

    ended: bool
    waited: bool = False

    def settled(self) -> None:
        self.waited = True


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize(("slots", "looks"), [(0, 1), (2, 3), (None, 1)])
def test_it_waits_for_a_full_buffer_and_a_source_still_read(
    ended: bool, slots: int | None, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, source = itertools.count(), Source(ended)
    monkeypatch.setattr(
        "prefetchlab.graph.buffers", lambda _: (Buffer("Prefetch", slots, next(made), 0),)
    )
    CHILD._come_to_rest(iter([]), source)
    assert next(made) == looks
    assert source.waited is not ended
