"""A tf.data service in processes of its own: what workers deliver, what dies, and what is left."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from prefetchlab import graph, service
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.graph import SHARES, Policy
from prefetchlab.measure import Delivered, delivered, outage, sent_ahead
from prefetchlab.measure.others import cpu_times
from prefetchlab.service import Cluster, nursery

pytestmark = pytest.mark.long

NUMBERS = tf.data.Dataset.range(20)
ONCE, TWICE = [*range(20)], sorted([*range(20)] * 2)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two workers of which the dispatcher knows beforehand."""
    with service.start(workers=2, named=True) as started:
        yield started


@pytest.fixture(scope="module")
def unnamed() -> Iterator[Cluster]:
    """Two workers that have introduced themselves."""
    with service.start(workers=2) as started:
        yield started


def records(folder: Path, files: int) -> tf.data.Dataset:
    """Files with four numbers each: 0 to 3, 4 to 7 and so on."""
    paths = [str(folder / f"{place}.tfrecord") for place in range(files)]
    for place, path in enumerate(paths):
        with tf.io.TFRecordWriter(path) as writer:
            for number in range(4 * place, 4 * place + 4):
                writer.write(str(number))
    texts = tf.data.Dataset.from_tensor_slices(paths).flat_map(tf.data.TFRecordDataset)
    return texts.map(lambda text: tf.strings.to_number(text, tf.int64))


# --- what servers use of the cores ---------------------------------------------------------------


def test_what_servers_compute_is_own_work_and_no_other_programs() -> None:
    def product(number: Any) -> Any:
        square = tf.random.stateless_uniform([700, 700], [number, 0])
        return tf.reduce_sum(tf.linalg.matmul(square, square))

    with service.start(workers=1) as started:
        before, mine_before = service.cpu_s(), time.process_time()
        own_before = cpu_times().own_s
        list(started.distribute(tf.data.Dataset.range(40).map(product)))
        used, mine = service.cpu_s() - before, time.process_time() - mine_before
        assert used > 0.05
        assert cpu_times().own_s - own_before == pytest.approx(used + mine, abs=0.1)
        started.kill(0)
        assert service.cpu_s() >= before + used  # what has ended has worked all the same


def test_without_servers_none_has_used_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.cluster, "_LAST", None)
    assert service.cpu_s() == 0


def test_where_the_system_does_not_tell_a_running_server_counts_as_idle(tmp_path: Path) -> None:
    assert nursery._cpu_s(os.getpid(), processes=tmp_path) == 0
    assert nursery._cpu_s(os.getpid()) > 0.1


# --- processes -----------------------------------------------------------------------------------


def runs(pid: int) -> bool:
    """Whether a process is there, and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int], within_s: float = 20.0) -> bool:
    """Whether all processes end in this time."""
    deadline = time.monotonic() + within_s
    while any(map(runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(runs, pids))


def test_each_worker_is_a_process_of_its_own(cluster: Cluster) -> None:
    assert len({os.getpid(), *cluster.pids}) == 3
    assert all(map(runs, cluster.pids))


def test_a_cluster_that_is_stopped_beside_another_leaves_no_process_and_says_so(
    unnamed: Cluster,
) -> None:
    started = service.start(workers=1)
    pids = [*started.pids, started._dispatcher.pid]
    started.stop()
    assert gone(pids)
    started.stop()
    for act in (started.add, lambda: started.distribute(NUMBERS)):
        with pytest.raises(InputError, match="it was stopped; start another one"):
            act()


ABANDONED = """
import os, signal, sys
from prefetchlab import service
cluster = service.start(workers=1)
print(*cluster.pids, cluster._dispatcher.pid, cluster._nursery._process.pid, flush=True)
os.kill(os.getpid(), int(sys.argv[1]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_whatever_ends_the_program_ends_the_servers(how: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABANDONED, str(int(how))], capture_output=True, text=True
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 3, done.stderr
    assert gone(pids)


def test_when_the_process_of_the_servers_is_killed_they_end_and_it_is_said() -> None:
    code = """
from prefetchlab import service
from prefetchlab.errors import InputError
import os, signal
cluster = service.start(workers=1)
print(*cluster.pids, cluster._dispatcher.pid, flush=True)
os.kill(cluster._nursery._process.pid, signal.SIGKILL)
try:
    cluster.add()
except InputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    pids, said = done.stdout.splitlines()
    assert said.startswith("service: the process of its servers")
    assert gone([int(pid) for pid in pids.split()])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda one: service.start(workers=0), "workers: 0 is too small; give at least 1"),
        (lambda one: service.start(workers=17), "workers: 17 is too large; give at most 16"),
        (lambda one: one.kill(2), "worker: 2 is too large; give at most 1"),
        (lambda one: one.restart(0), "worker: 0 runs; kill it first"),
        (lambda one: one.distribute(NUMBERS, "SOME"), "policy: 'SOME' is unknown; give one of OFF"),
        (lambda one: one.distribute([1], "OFF"), "no tf.data.Dataset"),
        (lambda one: delivered(one, [1], "OFF"), "no tf.data.Dataset"),
        (lambda one: outage(one, "OFF", after=0), "after: 0 is too small; give at least 1"),
        (lambda one: sent_ahead(one, taken=0), "taken: 0 is too small; give at least 1"),
        (lambda one: sent_ahead(one, behind=lambda d: d.take(1)), "it ended after 1 elements"),
        (lambda one: service.start(journal=cast(str, 5)), "journal: 5 is no folder; make an empt"),
        (lambda one: service.start(journal="tests"), "journal: tests is not empty"),
        (lambda one: graph.slowed(NUMBERS, -1), "wait_s: -1.0 is no time"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(unnamed: Cluster, act: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        act(unnamed)  # type: ignore[operator]


def test_a_service_whose_workers_are_named_takes_no_other(cluster: Cluster) -> None:
    with pytest.raises(InputError, match="started with named=True; start one with more workers"):
        cluster.add()
    assert delivered(cluster, NUMBERS, "DATA").count == 20


def test_an_interrupt_leaves_the_next_service_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["prefetchlab.service.cluster"], "_LAST", None)
    with service.start(workers=1) as one:  # it shares no process with those of the other tests
        nursery = one._nursery

        def interrupted() -> object:
            raise KeyboardInterrupt

        monkeypatch.setattr(nursery, "_hear", interrupted)
        with pytest.raises(KeyboardInterrupt):
            one.add()
        with pytest.raises(InputError, match="has ended; start another one"):
            one.distribute(NUMBERS)
    with service.start(workers=1) as other:
        assert delivered(other, NUMBERS).count == 20


@pytest.mark.parametrize(
    "more", [lambda one: one.add(), lambda one: one.restart(0)], ids=["add", "restart"]
)
def test_a_worker_for_a_dispatcher_that_has_ended_is_refused_at_once(more: Any) -> None:
    with service.start(workers=1) as started:
        started.kill(0)
        os.kill(started._dispatcher.pid, signal.SIGKILL)
        begun = time.monotonic()
        for _ in range(2):
            with pytest.raises(InputError, match=r"a server (ended before it answered|has ended)"):
                more(started)
        assert time.monotonic() - begun < 20


def test_a_server_that_does_not_answer_is_ended_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_ANSWERED_S", 0.2)
    servers = nursery._Nursery()
    silent = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    silent.start()
    ask, _answer = multiprocessing.Pipe()
    servers._asked[1], servers._processes[1] = ask, silent  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match=r"did not answer within 0\.2 s"):
        servers.ask(1, "workers")
    assert silent.exitcode == -signal.SIGKILL
    with pytest.raises(RuntimeError, match="a server has ended"):
        servers.ask(1, "workers")


def test_a_loop_begun_while_a_worker_is_dead_ends_when_it_is_back() -> None:
    came: dict[Policy, list[int]] = {"DYNAMIC": [], "DATA": [], "OFF": []}
    with service.start(workers=2, named=True) as started:
        started.kill(1)
        assert started.running == (0,)

        def loop(policy: Policy) -> None:
            for number in started.distribute(NUMBERS, policy):
                came[policy].append(int(number))

        loops = [threading.Thread(target=loop, args=(one,), daemon=True) for one in came]
        for each in loops:
            each.start()
        loops[0].join(5)
        assert [len(numbers) for numbers in came.values()] == [20, 10, 20]
        assert all(each.is_alive() for each in loops)
        started.restart(1)
        for each in loops:
            each.join(60)
        assert [sorted(numbers) for numbers in came.values()] == [ONCE, ONCE, TWICE]


def test_while_a_worker_is_dead_what_would_not_end_is_refused() -> None:
    told: list[str] = []
    with service.start(workers=2) as started:
        started.kill(1)

        def ask() -> None:
            try:
                delivered(started, NUMBERS)
            except InputError as error:
                told.append(str(error))

        asking = threading.Thread(target=ask, daemon=True)  # not refused, it would wait for ever
        asking.start()
        asking.join(20)
    assert told == ["worker: 1 does not run; restart it first"]


def test_a_worker_that_is_added_is_known_at_once_and_takes_part() -> None:
    with service.start(workers=1) as started:
        started.add()
        assert started._nursery.ask(started._dispatcher, "workers") == 2
        assert delivered(started, NUMBERS, "OFF").by_worker == (tuple(ONCE), tuple(ONCE))


# --- who makes what ------------------------------------------------------------------------------


def test_off_gives_everything_once_for_each_worker(unnamed: Cluster) -> None:
    got = delivered(unnamed, NUMBERS, "OFF")
    assert sorted(got.elements) == TWICE
    assert got.by_worker == (tuple(ONCE), tuple(ONCE))
    assert got.more_than_once == tuple(ONCE)


def test_dynamic_gives_everything_once(unnamed: Cluster) -> None:
    got = delivered(unnamed, NUMBERS, "DYNAMIC")
    assert sorted(got.elements) == ONCE
    assert (got.count, got.distinct, got.more_than_once) == (20, 20, ())


def test_data_shares_elements_and_file_shares_files(cluster: Cluster, tmp_path: Path) -> None:
    source = records(tmp_path, files=3)
    evens, odds = tuple(range(0, 12, 2)), tuple(range(1, 12, 2))
    assert {*delivered(cluster, source, "DATA").by_worker} == {evens, odds}
    for policy in ("FILE", "FILE_OR_DATA"):
        shares = {*delivered(cluster, source, policy).by_worker}
        assert shares == {(0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7)}


def test_hint_shares_where_it_is_marked_and_not_at_all_without(cluster: Cluster) -> None:
    hint = tf.data.experimental.SHARD_HINT
    assert sorted(delivered(cluster, NUMBERS.shard(hint, hint), "HINT").elements) == ONCE
    assert sorted(delivered(cluster, NUMBERS, "HINT").elements) == TWICE


@pytest.mark.parametrize("policy", SHARES)
def test_a_share_needs_a_dispatcher_that_was_told(unnamed: Cluster, policy: Policy) -> None:
    with pytest.raises(InputError, match=f"policy: {policy} needs .* named=True"):
        delivered(unnamed, NUMBERS, policy)


def test_tensorflow_itself_finds_no_share_without_being_told() -> None:
    with service.start(workers=1) as other:  # TensorFlow's dispatcher takes no worker after that
        elements = graph.distribute(NUMBERS, other._dispatcher.address, "DATA")
        with pytest.raises(tf.errors.NotFoundError):
            next(iter(elements))
        with pytest.raises(InputError, match="a server ended before it answered"):
            other.add()
        with service.start(workers=1) as another:
            assert delivered(another, NUMBERS).count == 20


def test_data_shares_at_the_end_so_a_shuffle_doubles_and_loses(cluster: Cluster) -> None:
    assert any(delivered(cluster, NUMBERS.shuffle(20), "DATA").more_than_once for _ in range(5))
    got = delivered(cluster, NUMBERS.shuffle(20), "DYNAMIC")
    assert (got.count, got.distinct) == (20, 20)


def test_stages_that_count_count_on_each_worker(unnamed: Cluster) -> None:
    many = tf.data.Dataset.range(1000)
    assert delivered(unnamed, many.take(10)).count == 20
    assert delivered(unnamed, many, behind=lambda dataset: dataset.take(10)).count == 10


def test_pairs_of_two_sources_come_apart_and_those_of_one_do_not(unnamed: Cluster) -> None:
    def wrong(dataset: tf.data.Dataset) -> int:
        return sum(one != other for one, other in delivered(unnamed, dataset).elements)

    two = tf.data.Dataset.zip(tf.data.Dataset.range(200), tf.data.Dataset.range(200))
    assert any(wrong(two) for _ in range(5))
    assert wrong(tf.data.Dataset.from_tensor_slices((range(200), range(200)))) == 0


def test_python_is_not_sent_to_workers(unnamed: Cluster) -> None:
    python = NUMBERS.map(lambda n: tf.numpy_function(lambda each: each, [n], tf.int64))
    with pytest.raises(tf.errors.InvalidArgumentError):
        delivered(unnamed, python, "OFF")


def test_a_dataset_of_several_parts_is_delivered_as_tuples(unnamed: Cluster) -> None:
    pairs = tf.data.Dataset.from_tensor_slices(([1, 2], [[3, 4], [5, 6]]))
    got = delivered(unnamed, pairs, "OFF")
    assert {*got.elements} == {(1, (3, 4)), (2, (5, 6))}
    assert (got.count, got.distinct) == (4, 2)


def test_elements_with_a_shape_are_told_apart() -> None:
    assert Delivered(((1, 2), (1, 2), (3,)), (0, 1, 0), workers=2).distinct == 2


def test_of_joined_elements_nobody_can_tell_who_made_which(unnamed: Cluster) -> None:
    with pytest.raises(InputError, match="behind: it joins elements"):
        delivered(unnamed, NUMBERS, behind=lambda dataset: dataset.batch(4))


# --- what dies -----------------------------------------------------------------------------------


def test_when_a_worker_dies_dynamic_loses_what_it_had_ready(unnamed: Cluster) -> None:
    seen = outage(unnamed, "DYNAMIC")
    assert seen.waited and seen.ended
    assert seen.lost and seen.doubled == () and seen.later == ()
    assert sorted((*seen.before, *seen.after, *seen.lost)) == [*range(200)]


def test_when_a_worker_dies_off_loses_nothing_and_begins_anew(unnamed: Cluster) -> None:
    seen = outage(unnamed, "OFF")
    assert seen.waited and seen.ended
    assert seen.missing == () and sorted(seen.later) == [*range(200)]


def test_when_a_worker_dies_data_misses_its_share_until_it_is_back(cluster: Cluster) -> None:
    seen = outage(cluster, "DATA")
    assert seen.waited and seen.ended
    assert seen.missing and seen.lost == ()
    assert len(seen.later) == 100 and seen.doubled and {*seen.doubled} < {*seen.later}


def restarted_in_its_place(cluster: Cluster) -> None:
    """Restart the dispatcher; at another address, all that knows it would wait for ever."""
    before = cluster._dispatcher
    cluster.restart_dispatcher()
    assert cluster._dispatcher.address == before.address
    assert cluster._dispatcher.pid != before.pid


def test_a_dispatcher_without_a_journal_does_not_know_its_loops_any_more() -> None:
    source = graph.slowed(tf.data.Dataset.range(200), 0.002)
    with service.start(workers=2) as forgetful:
        loop = iter(forgetful.distribute(source))
        for _ in range(40):
            next(loop)
        restarted_in_its_place(forgetful)
        with pytest.raises(tf.errors.NotFoundError):
            for _ in loop:
                pass


def test_a_dispatcher_goes_on_from_its_journal(tmp_path: Path) -> None:
    source = graph.slowed(tf.data.Dataset.range(200), 0.002)
    with service.start(workers=2, journal=tmp_path) as lasting:
        loop = iter(lasting.distribute(source))
        first = [int(next(loop)) for _ in range(40)]
        restarted_in_its_place(lasting)
        came = [*first, *map(int, loop)]
    # What it dealt out in its last moment, one element a worker, may have reached nobody.
    assert len(set(came)) == len(came) >= 198 and {*came} <= {*range(200)}


# --- how far ahead -------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [1, 4])
def test_a_prefetch_behind_the_service_adds_its_slots(cluster: Cluster, slots: int) -> None:
    without = sent_ahead(cluster)
    with_it = sent_ahead(cluster, behind=lambda dataset: dataset.prefetch(slots))
    assert min(without) > 3
    assert [more - less for less, more in zip(without, with_it, strict=True)] == [slots] * 3
