"""Run-ahead is exact on one core, on a busy machine and behind slow stages, or it is refused."""

import functools
import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prefetchlab import graph
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import (
    Loop,
    RunAhead,
    SourceEndedError,
    Transform,
    run_ahead,
    settling,
    threads,
)
from prefetchlab.measure.source import with_threads_of_its_own
from tools import run_ahead_table as table
from tools.busy import cores_busy
from tools.repository import ROOT
from tools.run_ahead_table import Case, each, plus_one

pytestmark = pytest.mark.long

SLOW = {case.name: case for case in table.SLOW}
IN_ANY_ORDER = tf.data.Options()
IN_ANY_ORDER.deterministic = False
in_both_loops = pytest.mark.parametrize("loop", table.LOOPS)


@in_both_loops
@pytest.mark.parametrize("case", table.QUICK + table.SLOW, ids=lambda case: case.name)
def test_it_counts_exactly_in_both_loops(case: Case, loop: Loop) -> None:
    assert run_ahead(case.build, loop=loop) == case.counts


def test_it_counts_the_same_on_one_core() -> None:
    code = (  # in a process of its own, because TensorFlow makes its threads but once
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from tools import run_ahead_table as table\n"
        "print(table.misses(table.QUICK))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert answer.stdout == "[]\n"


def test_it_counts_the_same_on_a_busy_machine() -> None:
    with cores_busy():
        assert table.misses(table.QUICK, ["eager"]) == []


def test_the_table_tells_a_wrong_count_a_lower_bound_and_a_refusal() -> None:
    parallel = Case("chosen", lambda source: source.map(plus_one, tf.data.AUTOTUNE), (2, 3, 4))
    short = Case("short", lambda source: source.take(2), (1, 2, 3))
    wrong = Case("wrong", lambda source: source, (2, 3, 4))
    told = table.misses([wrong, parallel, short], ["eager"])
    assert [line.split(",")[0] for line in told] == ["wrong", "chosen", "short"]
    assert told[0] == "wrong, eager: (1, 2, 3), and not (2, 3, 4)"


def test_without_a_look_at_the_threads_a_slow_stage_would_be_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads.Threads, "any_works", lambda self: False)
    monkeypatch.setattr(threads.Threads, "leaves_some_out", False)
    assert run_ahead(table.WAITS.build) != table.WAITS.counts


@pytest.mark.parametrize("name", ["waits 0.1 s", "computes 0.4 s"])
def test_it_counts_exactly_where_no_thread_can_be_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_TASKS", "/nowhere")
    assert threads.Threads().any_works() is None
    assert run_ahead(SLOW[name].build) == SLOW[name].counts


def test_it_counts_what_a_large_buffer_holds() -> None:
    assert run_ahead(lambda source: source.prefetch(600)) == (601, 602, 603)


def test_a_pipeline_that_reads_everything_first_is_refused() -> None:
    def eager_list(source: tf.data.Dataset) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices([int(element) for element in source])

    with pytest.raises(SourceEndedError, match="read the source's 512 elements to their end"):
        run_ahead(eager_list)


LATE: dict[str, tuple[Transform, tuple[int, ...]]] = {
    "skips more than the smaller source has": (lambda source: source.skip(600), (601, 602, 603)),
    "batches it": (lambda source: source.batch(300, drop_remainder=True), (300, 600, 900)),
    "keeps more than it has": (lambda source: source.shuffle(1000), (1000, 1001, 1002)),
}


@in_both_loops
@pytest.mark.parametrize("name", LATE)
def test_what_a_smaller_source_cannot_fill_is_counted_on_a_larger_one(
    name: str, loop: Loop
) -> None:
    build, counts = LATE[name]
    assert run_ahead(build, loop=loop) == counts


CUT: dict[str, Transform] = {
    "take": lambda source: source.prefetch(2).take(3).repeat().batch(4),
    "take behind parallel calls": lambda source: (
        source.map(plus_one, num_parallel_calls=4).take(3).repeat().batch(4)
    ),
    "zip": lambda source: (
        tf.data.Dataset.zip((source.prefetch(4), tf.data.Dataset.range(2))).repeat().batch(3)
    ),
    "take_while": lambda source: (
        source.prefetch(4).take_while(lambda number: number < 3).repeat().batch(4)
    ),
}
NOT_CUT: dict[str, tuple[Transform, tuple[int, ...]]] = {
    "no pass ends yet": (lambda source: source.prefetch(2).take(50), (3, 4, 5)),
    "nothing works ahead": (lambda source: source.take(3).repeat().batch(4), (4, 8, 12)),
    "a prefetch behind": (lambda source: source.take(3).repeat().prefetch(2), (3, 4, 5)),
}


@in_both_loops
@pytest.mark.parametrize("name", CUT)
def test_a_pass_that_ends_what_works_behind_it_makes_a_lower_bound(name: str, loop: Loop) -> None:
    assert run_ahead(CUT[name], loop=loop).at_least


@in_both_loops
@pytest.mark.parametrize("name", NOT_CUT)
def test_a_pass_that_ends_nothing_in_the_background_stays_exact(name: str, loop: Loop) -> None:
    build, counts = NOT_CUT[name]
    made = run_ahead(build, loop=loop)
    assert made == counts
    assert not made.at_least


def test_where_python_goes_over_the_source_the_counts_are_a_lower_bound() -> None:
    number = tf.TensorSpec((), tf.int64)

    def by_python(source: tf.data.Dataset) -> tf.data.Dataset:
        return tf.data.Dataset.from_generator(source.as_numpy_iterator, output_signature=number)

    def in_both_ways(source: tf.data.Dataset) -> tf.data.Dataset:
        return tf.data.Dataset.zip((source, by_python(source)))

    def in_a_map(source: tf.data.Dataset) -> tf.data.Dataset:
        iterator = iter(source)
        return tf.data.Dataset.range(9).map(each(lambda: next(iterator)))

    for build in (by_python, in_both_ways, in_a_map):
        assert run_ahead(lambda source, build=build: build(source).batch(2)).at_least


def test_a_source_that_is_whole_in_a_file_is_not_counted_again(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="read 512 elements to their end and keeps them in a file"):
        run_ahead(lambda source: source.cache(str(tmp_path / "all")).shuffle(1000))
    in_part = run_ahead(lambda source: source.cache(str(tmp_path / "part")).batch(2))
    assert in_part == (2, 4, 6)


def test_a_source_that_begins_anew_hides_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_TASKS", "/nowhere")
    slow, quick = (each(functools.partial(time.sleep, wait_s)) for wait_s in (1.5, 0.05))
    made = run_ahead(lambda source: source.take(1).map(slow).repeat().prefetch(2).map(quick))
    assert made == (3, 4, 5)


@in_both_loops
def test_a_pipeline_that_would_read_for_ever_and_give_nothing_is_refused(loop: Loop) -> None:
    with pytest.raises(SourceEndedError, match="gave 0 elements, and 3 were to be taken"):
        run_ahead(lambda source: source.repeat().filter(lambda number: number < 0), loop=loop)


@in_both_loops
@pytest.mark.parametrize("elements", [1, 10])
def test_what_is_read_while_it_is_built_is_not_counted(elements: int, loop: Loop) -> None:
    def build(source: tf.data.Dataset) -> tf.data.Dataset:
        iterator = iter(source.prefetch(4))
        for _ in range(elements):
            next(iterator)
        return source.prefetch(1)

    assert run_ahead(build, loop=loop) == (2, 3, 4)


@in_both_loops
def test_an_element_may_have_a_part_that_is_none(loop: Loop) -> None:
    assert run_ahead(lambda source: source.map(lambda one: (one, None)), loop=loop) == (1, 2, 3)


def test_it_is_refused_inside_a_tf_function() -> None:
    with pytest.raises(Exception, match=r"it cannot count inside a tf\.function"):
        tf.function(lambda: run_ahead(lambda source: source))()


def test_it_is_refused_where_no_stage_may_run_ahead_of_python() -> None:
    code = (
        "from prefetchlab._tensorflow import tf\n"
        "from prefetchlab.errors import InputError\n"
        "from prefetchlab.measure import run_ahead\n"
        "tf.config.experimental.enable_op_determinism()\n"
        "try:\n"
        "    run_ahead(lambda source: source.prefetch(2))\n"
        "except InputError as refused:\n"
        "    print(refused)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert answer.stdout.startswith("run_ahead: enable_op_determinism is on")


@in_both_loops
def test_a_pipeline_that_never_comes_to_rest_is_refused(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling.Settling.__init__, "__kwdefaults__", {"patience_s": 0.2})
    with pytest.raises(InputError, match=r"a thread still works, and in 0\.2 s the source made"):
        run_ahead(lambda source: source.map(each(lambda: time.sleep(1))).prefetch(1), loop=loop)


@pytest.mark.parametrize(
    ("build", "as_written"),
    [
        (lambda source: source.map(plus_one, num_parallel_calls=tf.data.AUTOTUNE), True),
        (lambda source: source.batch(4, num_parallel_calls=tf.data.AUTOTUNE).prefetch(1), True),
        (lambda source: source.map(plus_one).batch(4), False),
        (lambda source: source.prefetch(tf.data.AUTOTUNE).batch(16), True),
        (lambda source: source.interleave(lambda _: tf.data.Dataset.range(3)), True),
        (lambda source: source.map(plus_one, num_parallel_calls=2).batch(4), False),
        (
            lambda source: source.map(plus_one, num_parallel_calls=2, deterministic=False).filter(
                lambda x: x % 2 == 0
            ),
            True,
        ),
        (
            lambda source: source.map(plus_one, num_parallel_calls=2).with_options(IN_ANY_ORDER),
            True,
        ),
    ],
    ids=[
        "parallel map",
        "parallel batch",
        "map and batch, rewritten",
        "a prefetch that is emptied in bursts",
        "an interleave",
        "map and batch, rewritten, with a parallelism",
        "a stage that need not keep the order",
        "an option that lets stages lose the order",
    ],
)
def test_counts_that_depend_on_what_tensorflow_chooses_say_so(
    build: Transform, as_written: bool
) -> None:
    counts = run_ahead(build, as_written=as_written)
    assert counts.at_least
    assert repr(counts).startswith("at least (")


def test_counts_with_a_parallelism_that_was_written_are_exact() -> None:
    two_calls = run_ahead(lambda source: source.map(plus_one, num_parallel_calls=2))
    assert repr(two_calls) == "(3, 4, 5)"


def test_by_default_an_eager_loop_gets_a_prefetch() -> None:
    assert run_ahead(lambda source: source, as_written=False) == (2, 3, 4)


def test_a_graph_loop_over_a_dataset_gets_none_in_front_of_its_body() -> None:
    assert run_ahead(lambda source: source, as_written=False, loop="graph") == (1, 2, 3)


def test_an_explicit_prefetch_works_inside_a_tf_function() -> None:
    one = run_ahead(lambda source: source.prefetch(1), as_written=False, loop="graph")
    assert one == (2, 3, 4)


def test_a_parallel_map_runs_ahead_in_a_graph_loop_by_itself() -> None:
    counts = run_ahead(lambda source: source.map(plus_one), as_written=False, loop="graph")
    assert counts.at_least
    assert counts[0] > 1


def test_a_build_that_drops_its_dataset_is_named() -> None:
    with pytest.raises(InputError, match="returned NoneType, not a"):
        run_ahead(lambda source: None)


@pytest.mark.parametrize("build", [5, None, tf.data.Dataset.range(3)])
def test_a_build_that_is_no_function_is_named(build: Any) -> None:
    with pytest.raises(InputError, match=r"build: .* is no function; give one"):
        run_ahead(build)


@in_both_loops
def test_a_pipeline_with_too_few_elements_is_named(loop: Loop) -> None:
    with pytest.raises(InputError, match="gave 2 elements, and 3 were to be taken"):
        run_ahead(lambda source: source.take(2), loop=loop)


@in_both_loops
@pytest.mark.parametrize("taken", [0, -1, 1.5, True, "3", None])
def test_a_number_of_elements_that_is_none_is_named(taken: Any, loop: Loop) -> None:
    with pytest.raises(InputError, match=r"taken: .* is no number of elements; give 1 or more"):
        run_ahead(lambda source: source, taken=taken, loop=loop)


@pytest.mark.parametrize("loop", ["lazy", [], None])
def test_an_unknown_loop_is_named(loop: Any) -> None:
    with pytest.raises(InputError, match='is unknown; give "eager" or "graph"'):
        run_ahead(lambda source: source, loop=loop)


def test_counts_are_a_tuple_that_says_whether_it_is_exact() -> None:
    counts = RunAhead((1, 2, 3))
    assert not counts.at_least
    assert counts == (1, 2, 3)


def test_a_thread_that_sleeps_or_computes_works_and_one_that_waits_does_not() -> None:
    code = (
        "import threading, time\n"
        "from prefetchlab.measure.threads import Threads\n"
        "watched, go, end = Threads(), threading.Event(), threading.Event()\n"
        "def worker(work):\n"
        "    go.wait(); work(); end.wait()\n"
        "def compute():\n"
        "    while not end.is_set(): pass\n"
        "works = {}\n"
        "for name, work in dict(waits=list, sleeps=lambda: time.sleep(1), computes=compute,\n"
        "        waits_for_a_time=lambda: end.wait(1)).items():\n"
        "    go.clear(); end.clear()\n"
        "    thread = threading.Thread(target=worker, args=[work]); thread.start()\n"
        "    go.set(); time.sleep(0.2); watched.any_works(); time.sleep(0.05)\n"
        "    works[name] = watched.any_works()\n"
        "    end.set(); thread.join()\n"
        "print(works)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert eval(answer.stdout) == {
        "waits": False,
        "sleeps": True,
        "computes": True,
        "waits_for_a_time": True,
    }


def test_a_thread_that_worked_before_the_pipeline_is_none_of_it() -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import threading, time\n"
            "threading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
            "from prefetchlab.measure import run_ahead\n"
            "print(run_ahead(lambda source: source.prefetch(1)))\n",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "(2, 3, 4)\n"


def test_the_counting_source_shows_no_stage_of_its_own() -> None:
    from prefetchlab.measure import CountingSource

    assert "Options" not in graph.written(CountingSource().dataset).names


CALLS = {  # as Linux writes them: a number, the arguments, and where the thread stands
    "a wait of this process": ("202 0x7f 0x89 0x2 0x0 0x0 0x0 0x7e 0x7d", True),
    "a wait of TensorFlow with a limit": ("202 0x7f 0x80 0x2 0x7c 0x0 0x0 0x7e 0x7d", True),
    "a wait of Python with a limit": ("202 0x7f 0x189 0x0 0x7c 0x0 0x0 0x7e 0x7d", False),
    "a wait for another process": ("202 0x7f 0x9 0x2 0x0 0x0 0x0 0x7e 0x7d", False),
    "no more than what a futex is given": ("202 0x7f 0x80 0x2 0x0", True),
    "less than what a futex is given": ("202 0x7f 0x80 0x2", False),
    "a read": ("0 0x7f 0x80 0x2 0x0 0x0 0x0 0x7e 0x7d", False),
    "work": ("running", False),
}


@pytest.mark.parametrize("name", CALLS)
def test_who_waits_to_be_woken_rests_and_nobody_else(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, rests = CALLS[name]
    monkeypatch.setattr(threads, "_FUTEX", b"202")
    assert threads._waits_to_be_woken(line.encode().split()) is rests


def test_every_thread_is_looked_at_but_ones_own_and_the_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeps = "230 0x0 0x0 0x7f 0x7f 0x0 0x0 0x7e 0x7d"
    tasks = {
        str(threading.get_native_id()): {"syscall": "running", "schedstat": "9 0 1"},
        "one": {"syscall": "202 0x7f 0x80 0x2 0x0 0x0 0x0 0x7e 0x7d", "schedstat": "77 5 6"},
        "two": {"syscall": sleeps, "schedstat": "78 5 6"},
        "three": {"syscall": sleeps.replace("230 0x0", "230 0x1")},
        "ended": {},
    }
    for thread, files in tasks.items():
        (tmp_path / thread).mkdir()
        for name, text in files.items():
            (tmp_path / thread / name).write_text(f"{text}\n")
    monkeypatch.setattr(threads, "_TASKS", str(tmp_path))
    monkeypatch.setattr(threads, "_FUTEX", b"202")
    monkeypatch.setattr(threads, "_SLEEP", b"230")
    assert threads._looks() == {
        "one": threads._Look(rests=True, ran=b"77"),
        "two": threads._Look(rests=False, ran=b"78", sleeps=True),
        "three": threads._Look(rests=False, ran=b""),
    }


def looks(monkeypatch: pytest.MonkeyPatch, *told: dict[str, tuple[bool, int]]) -> threads.Threads:
    """Threads as they are told: whether each rests, and how long it ran; the last for ever."""
    rest = itertools.chain(told, itertools.repeat(told[-1]))

    def look() -> dict[str, threads._Look]:
        return {
            name: threads._Look(rests, b"%d" % ran) for name, (rests, ran) in next(rest).items()
        }

    monkeypatch.setattr(threads, "_looks", look)
    return threads.Threads()


def test_what_moves_after_two_looks_at_rest_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads.Threads, "any_works", lambda self: False)
    monkeypatch.setattr(threads.Threads, "leaves_some_out", False)
    made = itertools.chain([1, 1, 1, 2, 2, 2], itertools.repeat(3))
    assert settling.Settling().wait(lambda: next(made)) == 3
    at_rest = itertools.chain([1, 1, 1, 1], itertools.repeat(2))
    assert settling.Settling().wait(lambda: next(at_rest)) == 1


@pytest.mark.parametrize(("begins_s", "rests_s"), [([], 1.0), ([100], 1.0), ([100, 102], 8.0)])
def test_what_goes_before_a_pipeline_is_no_pause_of_its_own(
    begins_s: list[int], rests_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr(settling, "time", SimpleNamespace(monotonic=lambda: now_s, sleep=sleep))
    monkeypatch.setattr(threads.Threads, "any_works", lambda self: None)
    waiting = settling.Settling()
    for begin_s in begins_s:
        now_s = float(begin_s)
        waiting.begin()
    before_s = now_s
    assert waiting.wait(lambda: 7) == 7
    assert now_s - before_s == pytest.approx(rests_s, abs=0.05)


@pytest.mark.parametrize(("at_work", "looked"), [(0, 3), (1, 21)])
def test_more_looks_come_before_a_pipeline_where_some_thread_works_already(
    at_work: int, looked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = itertools.count()

    def look() -> dict[str, threads._Look]:
        ran = next(rest)
        return {"1": threads._Look(rests=False, ran=b"%d" % ran)} if at_work else {}

    monkeypatch.setattr(threads, "_looks", look)
    threads.Threads()
    assert next(rest) == looked


def test_two_that_wait_for_each_other_before_a_pipeline_are_none_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_turn = [{"1": (n % 2 == 0, n), "2": (n % 2 == 1, n)} for n in range(200)]
    seen = looks(monkeypatch, *in_turn)
    assert not any(seen.any_works() for _ in range(100))


def test_one_that_comes_later_is_seen_and_one_that_was_there_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = looks(
        monkeypatch, *[{"1": (False, n)} for n in range(50)], {"1": (True, 50), "2": (False, 1)}
    )
    assert any(later.any_works() for _ in range(50))
    baseline, rest = [{"1": (False, n)} for n in range(30)], [{"1": (True, 30)}] * 40
    again = looks(monkeypatch, *baseline, *rest, {"1": (False, 31)})
    assert not any(again.any_works() for _ in range(60))
    assert again.leaves_some_out


SLEEPERS = {
    "of C++, asleep all the time": ([(True, 7)] * 2, False),
    "of C++, and it ran meanwhile": ([(True, 7), (True, 8)], True),
    "of Python": ([(False, 7)] * 2, True),
}


@pytest.mark.parametrize("name", SLEEPERS)
def test_a_thread_that_only_sleeps_in_cpp_feeds_no_stage(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, feeds = SLEEPERS[name]
    rest = itertools.chain(told, itertools.repeat(told[-1]))

    def look() -> dict[str, threads._Look]:
        sleeps, ran = next(rest)
        return {"1": threads._Look(rests=False, ran=b"%d" % ran, sleeps=sleeps)}

    monkeypatch.setattr(threads, "_looks", look)
    seen = threads.Threads()
    assert not seen.any_works()
    assert seen.leaves_some_out is feeds


def test_what_tensorflow_starts_with_a_first_pipeline_feeds_no_stage() -> None:
    code = (
        "from prefetchlab._tensorflow import tf\n"
        "from prefetchlab.measure import threads\n"
        "list(tf.data.Dataset.range(1))\n"
        "while not any(look.sleeps for look in threads._looks().values()): pass\n"
        "print(threads.Threads().leaves_some_out)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert answer.stdout == "False\n"


@pytest.mark.parametrize(
    ("cores", "brings", "gets"), [(0.5, 0, 2), (2.5, 0, 3), (2.5, 2, 3), (1, 7, 7)]
)
def test_a_pipeline_gets_two_threads_the_cores_or_what_it_brings(
    cores: float, brings: int, gets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prefetchlab.measure.source.cores", lambda: cores)
    options = tf.data.Options()
    options.threading.private_threadpool_size = brings
    dataset = with_threads_of_its_own(tf.data.Dataset.range(1).with_options(options))
    assert dataset.options().threading.private_threadpool_size == gets


def test_a_pipeline_that_brings_one_thread_gets_enough_of_them() -> None:
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1

    def build(source: tf.data.Dataset) -> tf.data.Dataset:
        return source.batch(4).prefetch(2).with_options(options)

    assert run_ahead(build, loop="graph") == (12, 16, 20)


def test_a_pipeline_on_a_device_is_refused() -> None:
    with pytest.raises(InputError, match="copied to a device, and what runs there cannot be"):
        run_ahead(lambda source: graph.prefetch_to_device(source.batch(4), "CPU:0"))


OTHER_THREADS = {
    "a pool of processes": (
        "import multiprocessing\n"
        "pool = multiprocessing.get_context('fork').Pool(1)\n"
        "work = lambda: pool.apply(time.sleep, [0.3])\n"
    ),
    "a thread that feeds": (
        "import queue, threading\n"
        "fed = queue.Queue(1)\n"
        "def feed():\n"
        "    while True:\n"
        "        time.sleep(0.3)\n"
        "        fed.put(None)\n"
        "threading.Thread(target=feed, daemon=True).start()\n"
        "work = fed.get\n"
    ),
    "a semaphore of another process": (
        "import multiprocessing\n"
        "fork = multiprocessing.get_context('fork')\n"
        "turn = fork.Semaphore(0)\n"
        "def release():\n"
        "    while True:\n"
        "        time.sleep(0.3)\n"
        "        turn.release()\n"
        "fork.Process(target=release, daemon=True).start()\n"
        "work = turn.acquire\n"
    ),
}


@pytest.mark.parametrize("name", OTHER_THREADS)
def test_it_waits_for_a_stage_whose_work_others_do(name: str) -> None:
    code = (
        f"import time\n{OTHER_THREADS[name]}time.sleep(0.1)\n"
        "from tools.run_ahead_table import each, run_ahead\n"
        "print(run_ahead(lambda source: source.map(each(work)).prefetch(3)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert answer.stdout == "(4, 5, 6)\n"


@pytest.mark.parametrize("hidden", ["schedstat", "syscall"])
def test_it_counts_exactly_where_a_file_of_the_threads_cannot_be_read(
    hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = threads._read

    def denied(thread: str, name: str) -> bytes:
        if name == hidden:
            raise PermissionError(name)
        return read(thread, name)

    monkeypatch.setattr(threads, "_read", denied)
    assert run_ahead(SLOW["waits 0.1 s"].build) == SLOW["waits 0.1 s"].counts
