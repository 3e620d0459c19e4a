"""The figures that the course promises, measured in one run: `make bench`.

Prints a table of measure, bar and figure, and writes bench.json with machine and versions. Exits
with 1 if a bar is missed. Seconds belong here and not in the tests: a test must not fail because
the machine was busy.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from prefetchlab import experiments, measure, pipelines
from prefetchlab.timeline import Recorder, Timeline
from prefetchlab.workloads import KINDS, ImageData, load_times, make_shards, open_images
from tools.busy import cores_busy
from tools.repository import ROOT

LOAD_S = TRAIN_S = 0.010


@dataclass(frozen=True)
class Measured:
    """One line of the bench.

    Attributes:
        measure: what was measured.
        bar: what was promised, in words.
        figure: what came out, in words with units.
        met: whether the bar is met; None where there is no bar.
    """

    measure: str
    bar: str
    figure: str
    met: bool | None


def overlap_on_waits() -> Iterator[Measured]:
    waits = experiments.overlap(LOAD_S, TRAIN_S, experiments.FULL)
    serial, one_slot = waits.result("serial"), waits.result("prefetch(1)")
    off = serial.measured_s / (LOAD_S + TRAIN_S) - 1
    yield Measured("serial against L + T", "within 5 %", f"{off:+.1%}", abs(off) <= 0.05)
    over = one_slot.measured_s / one_slot.limit_s
    yield Measured("one slot against its limit", "at most 1.08", f"{over:.3f}", over <= 1.08)
    gain = serial.measured_s / one_slot.measured_s
    yield Measured("speed-up of one slot", "at least 1.8", f"{gain:.2f}", gain >= 1.8)
    for result in (serial, one_slot):
        yield Measured(
            f"prediction, {result.name}, {len(result.repeats_s)} repeats", "within 3 %",
            f"{result.error:+.1%}", abs(result.error) <= 0.03,
        )  # fmt: skip
    without, loop, repaired = waits.measured_s("default", "graph loop", "graph loop, prefetch(1)")
    gain = without / one_slot.measured_s
    yield Measured("one slot against the default", "below 1.2", f"{gain:.2f}", gain < 1.2)
    gain = loop / repaired
    yield Measured("prefetch(1) in a graph loop", "at least 1.7", f"{gain:.2f}", gain >= 1.7)
    yield from _waiting(waits.timelines)


def _waiting(timelines: Mapping[str, Timeline]) -> Iterator[Measured]:
    serial, one_slot = (timelines[name].idle_share("train") for name in ("serial", "prefetch(1)"))
    yield Measured(
        "training waits, serial", "35 to 65 % of the time", f"{serial:.0%}", 0.35 < serial < 0.65
    )
    yield Measured("training waits, one slot", "under 25 %", f"{one_slot:.0%}", one_slot < 0.25)


def uneven_loads() -> Iterator[Measured]:
    waits = experiments.overlap([0.005, 0.015], TRAIN_S, experiments.FULL, loops=False)
    for name in ("serial", "prefetch(1)"):
        error = waits.result(name).error
        yield Measured(
            f"loads of 5 and 15 ms, prediction, {name}", "within 15 %", f"{error:+.1%}",
            abs(error) <= 0.15,
        )  # fmt: skip
    efficiency = waits.result("prefetch(1)").efficiency
    yield Measured(
        "loads of 5 and 15 ms, efficiency of one slot", "below 0.93", f"{efficiency:.2f}",
        efficiency < 0.93,
    )  # fmt: skip


def speedups() -> Iterator[Measured]:
    loads_s = [0.002, 0.005, 0.010, 0.020, 0.040]
    measured = experiments.speedups(loads_s, TRAIN_S, experiments.FULL).measured
    best, best_load_s = max(zip(measured, loads_s, strict=True))
    yield Measured(
        "load with the largest speed-up", "10 ms", f"{best_load_s * 1e3:g} ms",
        best_load_s == TRAIN_S,
    )  # fmt: skip
    yield Measured("largest speed-up of one slot", "at most 2.2", f"{best:.2f}", best <= 2.2)


def overlap_on_images() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        make_shards(Path(folder) / "images")
        data = open_images(Path(folder) / "images")
        real = experiments.overlap_on_images(data, experiments.Pace(steps=30, repeats=5))
    for result in real.results:
        yield Measured(
            f"JPEG and Keras, {result.name}", "as it is",
            f"{result.measured_s * 1e3:.1f} ms, predicted {result.predicted_s * 1e3:.1f}, "
            f"limit {result.limit_s * 1e3:.1f} by {result.limit_set_by}", None,
        )  # fmt: skip


def stage_by_stage() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        make_shards(Path(folder) / "images", count=1280, shards=10)
        data = open_images(Path(folder) / "images")
        stages = experiments.pipeline(pipelines.grown(data), experiments.FULL)
    off = stages.costs.sum_s / stages.costs.whole_s - 1
    yield Measured(
        "stages of a pipeline against the whole", "within 5 %", f"{off:+.1%}", abs(off) <= 0.05
    )
    for stage in stages.costs.stages:
        spread = stage.time_spread_s
        yield Measured(
            f"stage {stage.name}", "as it is",
            f"{stage.time_s * 1e3:.2f} ms ({spread.least * 1e3:.2f} to {spread.most * 1e3:.2f})",
            None,
        )  # fmt: skip


def sizes_of_the_buffer() -> Iterator[Measured]:
    pace = experiments.FULL
    loads = {kind: load_times(kind, 0.0064, pace.steps + 1) for kind in KINDS}
    sweep = experiments.buffer(loads, 0.008, pace)
    middle, worst = statistics.median(sweep.errors), max(sweep.errors)
    told = f"predictions of {len(sweep.errors)} loads and sizes"
    yield Measured(f"{told}, median", "within 2 %", f"{middle:.1%}", middle <= 0.02)
    yield Measured(f"{told}, worst", "within 6 %", f"{worst:.1%}", worst <= 0.06)


def memory_of_the_buffer() -> Iterator[Measured]:
    sizes = {"4.8 MB": 4_816_896, "9.6 MB": 9_633_792, "38.5 MB": 38_535_168, "154 MB": 154_140_672}
    worst = max(experiments.memory(sizes, slots=[1, 2, 4, 8]).errors)
    yield Measured(
        "memory of a buffer, 4 elements and 4 sizes", "within 10 %", f"{worst:.1%}", worst <= 0.1
    )


def ladder_on_images() -> Iterator[Measured]:
    with _photos() as data:
        found = experiments.ladder(data, replace(experiments.FULL, steps=20))
    fast, middle = found.times_as_fast[-1], statistics.median(found.errors)
    share = found.results[-1].efficiency
    yield Measured("ladder, first rung over last", "at least 5", f"{fast:.1f}", fast >= 5)
    yield Measured("ladder, last rung", "0.9 of its limit", f"{share:.2f}", share >= 0.9)
    yield Measured("ladder, predictions, median", "within 8 %", f"{middle:.1%}", middle <= 0.08)


def cores_that_are_shared() -> Iterator[Measured]:
    cached = pipelines.LADDER["cache"]
    rungs = {
        "no cache": (),
        "no cache, prefetch": ("prefetch",),
        "cache": cached,
        "cache, prefetch": (*cached, "prefetch"),
    }
    pace = replace(experiments.FULL, steps=40)  # long runs, because a machine is not steady
    with _photos() as data:
        for cores in (1, 2):
            found = experiments.on_cores(cores, experiments.ladder, data, pace, rungs=rungs)
            middle = statistics.median(found.errors)
            told = f"{middle:.1%}, worst {max(found.errors):.1%}"
            yield Measured(
                f"JPEG and Keras on {cores} cores, predictions, median", "within 8 %", told,
                middle <= 0.08,
            )  # fmt: skip


@contextmanager
def _photos() -> Iterator[ImageData]:
    with tempfile.TemporaryDirectory() as folder:
        make_shards(Path(folder) / "photos", count=320, size=512, shards=5)
        yield open_images(Path(folder) / "photos")


_RUNS = {
    "pipeline": (20, 120),
    "stall": (20, 120),
    "overlap": (20, 120),
    "buffer": (25, 180),
    "combine": (25, 180),
    "internals": (25, 180),
}


def quick_runs() -> Iterator[Measured]:
    command = Path(sys.executable).parent / "prefetchlab"
    for name, bars_s in _RUNS.items():
        for options, bar_s in zip(("--quick", None), bars_s, strict=True):
            seconds = _run(command, "run", name, *filter(None, [options]))
            yield Measured(
                f"run {name} {options or ''}".strip(), f"under {bar_s} s", f"{seconds:.1f} s",
                seconds < bar_s,
            )  # fmt: skip


def help_text() -> Iterator[Measured]:
    command = Path(sys.executable).parent / "prefetchlab"
    seconds = _run(command, "--help")
    yield Measured("prefetchlab --help", "well under 1 s", f"{seconds:.2f} s", seconds < 0.5)


def recording() -> Iterator[Measured]:
    recorder, count = Recorder(), 100_000

    def record() -> None:
        for index in range(count):
            start = recorder.now()
            recorder.add("train", index, start, recorder.now())

    share = _seconds(record) / count / 0.010
    yield Measured("recording, of a 10 ms step", "under 2 %", f"{share:.3%}", share < 0.02)


def run_ahead() -> Iterator[Measured]:
    from tools.run_ahead_table import LONG, QUICK, SLOW, misses

    cases = QUICK + SLOW + LONG
    for state, load in (("idle", nullcontext), ("both cores busy", cores_busy)):
        with load():
            exact = sum(not misses(cases) for _ in range(20))
        yield Measured(
            f"run_ahead of {len(cases)} pipelines in 2 loops, {state}", "20 of 20 exact",
            f"{exact} of 20", exact == 20,
        )  # fmt: skip


def verdicts() -> Iterator[Measured]:
    from tools.verdicts import cases, misses

    for state, load in (("idle", nullcontext), ("both cores busy", cores_busy)):
        with load():
            right = sum(not misses() for _ in range(20))
        yield Measured(
            f"verdicts on {len(cases())} loops, {state}", "20 of 20 right", f"{right} of 20",
            right == 20,
        )  # fmt: skip


def grades() -> Iterator[Measured]:
    from tools.grading_matrix import all_cases, surprises

    cases = all_cases()
    found = [surprises(cases) for _ in range(10)]
    with cores_busy():
        found += [surprises(cases) for _ in range(10)]
    right = sum(not surprise for surprise in found)
    yield Measured(
        f"grades of right and wrong answers ({len(cases)}), 10 idle and 10 busy runs",
        "as expected", f"{right} of 20 as expected", right == 20,
    )  # fmt: skip


def site() -> Iterator[Measured]:
    (ROOT / "book" / "index.ipynb").touch()
    seconds = _run("make", "site")
    yield Measured("rebuild of the site", "under 20 s", f"{seconds:.1f} s", seconds < 20)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _run(*words: str | Path) -> float:
    """Run a command at the root and throw its output away; the seconds that it took."""
    return _seconds(lambda: subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL))


PARTS = (help_text, recording, overlap_on_waits, uneven_loads, speedups, overlap_on_images,
         stage_by_stage, sizes_of_the_buffer, memory_of_the_buffer, ladder_on_images,
         cores_that_are_shared, quick_runs, site, run_ahead,
         verdicts, grades)  # fmt: skip


def main(chosen: list[str]) -> int:
    """Run all parts, or those named; show and store the figures."""
    console = Console(width=120)
    figures: list[Measured] = []
    for part in PARTS:
        if not chosen or part.__name__ in chosen:
            console.print(f"… {part.__name__}", style="dim")
            figures += part()
    table = Table("measure", "bar", "figure", "met", title="prefetchlab bench")
    for figure in figures:
        met = {True: "yes", False: "NO", None: "–"}[figure.met]
        table.add_row(figure.measure, figure.bar, figure.figure, met)
    labels = measure.versions()
    console.print(table, ", ".join(f"{name} {value}" for name, value in labels.items()))
    stored = {"versions": labels, "figures": [asdict(figure) for figure in figures]}
    (ROOT / "bench.json").write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    return int(any(figure.met is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
