"""A pipeline with more and more changes made: what is compared, and what the table tells."""

import importlib
import io
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from prefetchlab import experiments, graph, pipelines
from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.experiments import Ladder, Pace, catalogue
from prefetchlab.experiments.cores import Cores
from prefetchlab.experiments.protocol import TrainAlone, Variant
from prefetchlab.experiments.slots import Slots
from prefetchlab.measure import Peace, Result
from prefetchlab.workloads import (
    ImageData,
    ImageFolder,
    RecordShards,
    make_shards,
    open_images,
)

pytestmark = pytest.mark.long

MODULE: Any = importlib.import_module("prefetchlab.experiments.ladder")  # it has a function, too
TINY = Pace(steps=2, repeats=2, again=False)
RUNGS = {
    "naive": (),
    "cache": ("cache",),
    "a slot": ("cache", "prefetch"),
    "uint8": ("cache", "prefetch", "smaller types"),
}
CONTRACT = {
    "name", "measured_s", "predicted_s", "limit_s", "efficiency", "run_ahead", "versions"
}  # fmt: skip


def drawn(folder: Path) -> ImageData:
    """48 images to train on: a batch and a half."""
    make_shards(folder, count=64, size=64, shards=4)
    return open_images(folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ImageData:
    return drawn(tmp_path_factory.mktemp("drawn") / "images")


def photos(folder: Path) -> ImageData:
    """A folder of the reader's own images, which differ in size."""
    (folder / "cats").mkdir()
    for place in range(45):
        Image.effect_noise((20 + place, 20), 80).save(folder / "cats" / f"{place}.png")
    return open_images(folder)


# --- what is compared ----------------------------------------------------------------------------


@dataclass
class Step:
    """Stands for Keras training, and tells on what it was called.

    Attributes:
        size, classes: what it was built for.
        trained: the pixels of each batch.
    """

    size: int
    classes: int
    name: str = "a step"
    trained: list[str] = field(default_factory=list)

    def __call__(self, batch: tuple[tf.Tensor, tf.Tensor]) -> None:
        self.trained.append(batch[0].dtype.name)


@dataclass
class Compared:
    """What a ladder gives to `compare`; each rung is answered with a planted result."""

    steps: list[Step] = field(default_factory=list)
    trained_before: list[str] = field(default_factory=list)
    variants: dict[str, Variant] = field(default_factory=dict)
    loads: dict[str, Any] = field(default_factory=dict)
    trains: dict[str, TrainAlone] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)

    def step(self, size: int, classes: int) -> Step:
        self.steps.append(Step(size, classes))
        return self.steps[-1]

    def __call__(
        self, variants: Sequence[Variant], *, loads: Any, trains: Any, **others: Any
    ) -> tuple[Result, ...]:
        self.trained_before = list(self.steps[0].trained)
        self.variants = {variant.name: variant for variant in variants}
        self.loads, self.trains, self.others = loads, trains, others
        return tuple(rung(variant.name) for variant in variants)


CORES = Cores(3, 2.5)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    return nothing_is_timed(monkeypatch)


def nothing_is_timed(patch: pytest.MonkeyPatch) -> Compared:
    planted = Compared()
    patch.setattr(MODULE, "compare", planted)
    patch.setattr(MODULE, "KerasStep", planted.step)
    patch.setattr(Cores, "at_work", lambda: CORES)
    return planted


Planned = tuple[Compared, Ladder]


@pytest.fixture(scope="module")
def planned(data: ImageData) -> Planned:
    """What is compared for `RUNGS`, and what comes of it."""
    with pytest.MonkeyPatch.context() as patch:
        return nothing_is_timed(patch), experiments.ladder(data, TINY, rungs=RUNGS)


def stages(dataset: tf.data.Dataset) -> str:
    """The stages that run; with the rewrites off they are those that were written."""
    assert graph.runs(dataset) == graph.written(dataset)
    return str(graph.written(dataset))


NAIVE = "TFRecord → Map → Take → Map → Repeat → Batch(32)"
CACHED = "TFRecord → Map → Take → Map → Cache → Map → Repeat → Batch(32)"


def test_each_rung_runs_its_changes_and_is_drained_without_a_last_prefetch(
    planned: Planned,
) -> None:
    compared, _ = planned
    assert {name: stages(each.dataset()) for name, each in compared.variants.items()} == {
        "naive": NAIVE,
        "cache": f"{CACHED} → Skip",
        "a slot": f"{CACHED} → Prefetch(1) → Skip",
        "uint8": f"{CACHED} → Prefetch(1) → Skip",
    }
    assert {name: stages(make()) for name, make in compared.loads.items()} == {
        "no change": NAIVE,
        "cache": f"{CACHED} → Skip",
        "cache + smaller types": f"{CACHED} → Skip",
    }
    assert [each.load for each in compared.variants.values()] == [
        "no change", "cache", "cache", "cache + smaller types"
    ]  # fmt: skip
    assert {each.run_ahead for each in compared.variants.values()} == {None}


def test_each_rung_is_predicted_by_its_slots_and_by_training_on_its_pixels(
    planned: Planned,
) -> None:
    compared, _ = planned
    rungs = compared.variants.values()
    assert [each.slots for each in rungs] == [Slots.exactly(k) for k in (0, 0, 1, 1)]
    assert [each.fed for each in rungs] == ["float32"] * 3 + ["uint8"]
    for each in rungs:
        assert each.dataset().element_spec[0].dtype.name == each.fed
    assert list(compared.trains) == ["float32", "uint8"]
    for pixels, alone in compared.trains.items():
        ready = alone.ready()
        assert stages(ready) == "Tensor → Repeat"
        assert [batch[0].dtype.name for batch in ready.take(3)] == [pixels] * 3


def test_one_step_is_compiled_for_all_pixels_before_anything_is_timed(planned: Planned) -> None:
    compared, _ = planned
    (step,) = compared.steps
    assert (step.size, step.classes) == (pipelines.EDGE, 10)
    assert compared.trained_before == ["float32", "uint8"]
    assert all(alone.step is step for alone in compared.trains.values())


def test_what_a_batch_takes_is_told_for_each_rung(planned: Planned) -> None:
    pixels, labels = 32 * 128 * 128 * 3, 32 * 8
    assert planned[1].batch_bytes == (4 * pixels + labels,) * 3 + (pixels + labels,)


def test_the_pace_the_cores_and_the_progress_are_passed_on(
    data: ImageData, compared: Compared
) -> None:
    def progress(*_: object) -> None: ...

    experiments.ladder(data, TINY, rungs={"naive": ()}, progress=progress)
    assert compared.others == {"pace": TINY, "cores": CORES, "progress": progress}


@pytest.mark.parametrize(("allowed", "calls"), [(3, 3), (1.6, 2), (1, 1), (0.25, 1)])
def test_as_many_calls_are_made_as_there_are_cores_and_one_at_least(
    data: ImageData,
    compared: Compared,
    monkeypatch: pytest.MonkeyPatch,
    allowed: float,
    calls: int,
) -> None:
    monkeypatch.setattr(Cores, "at_work", lambda: Cores(allowed))
    experiments.ladder(data, TINY, rungs={"both": ["parallel map", "parallel read"]})
    assert stages(compared.variants["both"].dataset()) == (
        f"TensorSlice → ParallelInterleave({calls})[TFRecord] → Map → Take → ParallelMap({calls}) "
        "→ Repeat → Batch(32)"
    )


def test_a_cache_is_full_once_the_first_element_came_and_in_later_runs(
    tmp_path: Path, compared: Compared
) -> None:
    experiments.ladder(drawn(tmp_path / "images"), TINY, rungs=RUNGS)
    made = {name: each.dataset for name, each in compared.variants.items()} | compared.loads
    running = {name: iter(make()) for name, make in made.items()}
    for iterator in running.values():
        next(iterator)
    for path in (tmp_path / "images").iterdir():
        path.unlink()
    full = [name for name, iterator in running.items() if goes_on(iterator)]
    assert full == ["cache", "a slot", "uint8", "cache + smaller types"]
    assert [name for name, make in made.items() if goes_on(iter(make()))] == full


def goes_on(batches: Any) -> bool:
    try:
        return len(list(itertools.islice(batches, 4))) == 4
    except tf.errors.NotFoundError:
        return False


@pytest.mark.parametrize(("most", "images"), [(512, 48), (40, 40)])
def test_no_more_images_are_trained_on_than_fit_into_several_caches(
    data: ImageData,
    compared: Compared,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    images: int,
) -> None:
    monkeypatch.setattr(MODULE, "_MOST_IMAGES", most)
    experiments.ladder(data, TINY, rungs={"naive": (), "first": ("batch first", "cache")})
    in_files = [int(label) for _, label in data.read("train")]
    for each in compared.variants.values():
        labels = [int(label) for _, label in each.dataset().unbatch().take(3 * 32)]
        start = 0 if each.name == "naive" else (images // 32 + 1) * 32  # an epoch, and a bit of one
        assert labels == [in_files[(start + k) % images] for k in range(3 * 32)]


def test_the_rungs_are_those_of_the_course_if_none_are_named(
    data: ImageData, compared: Compared
) -> None:
    found = experiments.ladder(data, TINY)
    assert [each.name for each in found.results] == list(compared.variants)
    assert list(compared.variants) == list(pipelines.LADDER)
    assert found.title == "JPEG records: 64 images in 10 classes, batches of 32, and a step"


@pytest.mark.parametrize(
    ("rungs", "said"),
    [
        pytest.param({}, "^rungs: it is empty; give at least one$", id="none"),
        pytest.param({"x": ["cash"]}, "^changes: 'cash' is unknown; there are par", id="unknown"),
    ],
)
def test_rungs_that_cannot_be_measured_are_refused_before_anything_is_timed(
    data: ImageData, compared: Compared, rungs: Any, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        experiments.ladder(data, TINY, rungs=rungs)
    assert not compared.variants


def test_too_few_images_and_images_of_several_sizes_are_refused(
    tmp_path: Path, compared: Compared
) -> None:
    make_shards(tmp_path / "few", count=30, size=16, shards=3)
    with pytest.raises(InputError, match="20 images in split train, and one batch needs 32"):
        experiments.ladder(open_images(tmp_path / "few"), TINY)
    (tmp_path / "photos").mkdir()
    with pytest.raises(InputError, match="'batch first' batches images before they are resized"):
        experiments.ladder(photos(tmp_path / "photos"), TINY)
    assert not compared.variants


# --- measured ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(data: ImageData) -> Ladder:
    return experiments.ladder(data, TINY, rungs=RUNGS)


def test_every_rung_is_measured_as_often_as_asked_and_labelled(measured: Ladder) -> None:
    assert [result.name for result in measured.results] == list(RUNGS)
    for result in measured.results:
        assert len(result.repeats_s) == len(result.limit_repeats_s) == TINY.repeats
        assert {"tensorflow", "device", "cores", "cores_together"} <= set(result.versions)
        assert min(result.predicted_s, result.limit_s, result.work_s or 0) > 0
        assert result.peace is not None
    assert "Keras training on" in measured.title and "simulated" not in measured.title


def test_results_become_json_with_the_keys_of_the_contract(measured: Ladder) -> None:
    rows = json.loads(json.dumps(measured.to_dict()))
    assert [row["name"] for row in rows] == list(RUNGS)
    for row, size in zip(rows, measured.batch_bytes, strict=True):
        assert CONTRACT | {"peace", "work_s", "limit_set_by"} <= set(row)
        assert (row["experiment"], row["batch_bytes"]) == (measured.title, size)
        assert row["efficiency"] == row["limit_s"] / row["measured_s"]


def test_a_rung_that_is_missing_is_named_with_those_there_are(measured: Ladder) -> None:
    assert [measured[name].name for name in RUNGS] == list(RUNGS)
    with pytest.raises(InputError, match=r"^typo: no rung has this name; there are naive, cache, "):
        measured["typo"]


# --- shown ---------------------------------------------------------------------------------------


def rung(
    name: str,
    *,
    step_ms: Sequence[float] = (10,),
    predicted_ms: tuple[float, float] = (10, 10),
    limit_ms: float = 10,
    set_by: str = "training",
    work_ms: float | None = 10,
) -> Result:
    return Result(
        name,
        repeats_s=tuple(each / 1e3 for each in step_ms),
        predicted_range_s=(predicted_ms[0] / 1e3, predicted_ms[1] / 1e3),
        limit_repeats_s=(limit_ms / 1e3,),
        limit_set_by=set_by,
        run_ahead=None,
        versions={"tensorflow": "2.0", "cores": "2"},
        work_s=None if work_ms is None else work_ms / 1e3,
    )


PLANTED = Ladder(
    "Images",
    (
        rung("naive", step_ms=(50, 45, 40), predicted_ms=(40, 44), limit_ms=20, set_by="cores",
             work_ms=80.1),
        rung("a < b", step_ms=(15,), predicted_ms=(18, 18), limit_ms=9, set_by="loading",
             work_ms=None),
        rung("last", step_ms=(12,), predicted_ms=(12, 12), limit_ms=11.5, work_ms=22),
    ),
    batch_bytes=(6_291_712, 6_291_712, 1_573_120),
)  # fmt: skip
ROWS = [
    ["naive", "45.0", "1.0 ×", "42.0", "80.1", "6.3 MB", "20.0 cores", "44%"],
    ["a < b", "15.0", "3.0 ×", "18.0", "0.0", "6.3 MB", "9.0 loading", "60%"],
    ["last", "12.0", "3.8 ×", "12.0", "22.0", "1.6 MB", "11.5 training", "96%"],
]
TOLD = (
    "No rung has a lower limit than 9.0 ms, set by loading: the last rung reaches 75% of it. "
    "Measured on cores: 2, TensorFlow 2.0."
)


def printed(found: Ladder) -> str:
    console = Console(width=150, record=True, file=io.StringIO())
    console.print(found)
    return console.export_text()


def test_gains_are_told_against_the_first_rung_and_errors_as_shares() -> None:
    assert PLANTED.times_as_fast == pytest.approx((1, 3, 3.75))
    assert PLANTED.errors == pytest.approx((3 / 45, 0.2, 0))


def test_plain_lines_show_every_rung_and_what_the_least_limit_is() -> None:
    heading, *lines = repr(PLANTED).splitlines()
    assert heading == (
        "Images (rung, step, times as fast, predicted, CPU work, bytes a batch, limit, of it)"
    )
    assert lines[:-1] == [", ".join(row) for row in ROWS]
    assert TOLD in lines[-1]


def test_a_terminal_shows_every_rung_and_what_the_least_limit_is() -> None:
    shown = printed(PLANTED)
    cells = [re.split(r"\s*│\s*", line.strip("│ ")) for line in shown.splitlines() if "│" in line]
    assert cells == ROWS
    assert TOLD in " ".join(shown.split())


def test_a_page_shows_four_columns_and_below_each_number_another() -> None:
    html = PLANTED._repr_html_()
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["rung", "step", "CPU work", "limit"]
    assert re.findall(r'<th scope="row">(.*?)</th>', html) == ["naive", "a &lt; b", "last"]
    assert re.findall(r"<td>(.*?)<br><small>(.*?)</small></td>", html) == [
        ("45.0", "1.0 ×"), ("80.1", "6.3 MB"), ("20.0 cores", "44%"),
        ("15.0", "3.0 ×"), ("0.0", "6.3 MB"), ("9.0 loading", "60%"),
        ("12.0", "3.8 ×"), ("22.0", "1.6 MB"), ("11.5 training", "96%"),
    ]  # fmt: skip
    assert f"<small>{TOLD}</small>" in html


def test_a_page_escapes_names_and_titles() -> None:
    odd = replace(PLANTED, title="<i> & co", results=(rung("<b>"),), batch_bytes=(12,))
    html = odd._repr_html_()
    assert "<i>" not in html and "<b>" not in html
    assert "&lt;i&gt; &amp; co" in html and "&lt;b&gt;" in html


def test_a_ladder_that_was_not_measured_in_peace_says_so_everywhere_and_unfolded() -> None:
    peace = Peace(work_ratio=1.34, felt_ratio=1.34, others_share=0.26, rounds=4, disturbed=2)
    disturbed = replace(
        PLANTED, results=tuple(replace(each, peace=peace) for each in PLANTED.results)
    )
    unfolded = re.sub(r"<details>.*?</details>", "", disturbed._repr_html_())
    for shown in (repr(disturbed), unfolded, printed(disturbed)):
        assert "Not measured in peace: a fixed piece of work" in " ".join(shown.split())


def test_a_ladder_draws_itself_with_every_rung() -> None:
    for drawing in (PLANTED.figure(), experiments.draw_all([PLANTED])):
        assert "naive: measured 45.0 ms a step, predicted 40.0 to 44.0 ms" in drawing.alt
        assert "last: measured 12.0 ms a step" in drawing.alt
        assert drawing.note.startswith("Measured on ")


# --- by name -------------------------------------------------------------------------------------

Ran = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Experiments that measure nothing, and note that they were run: on which images, how long."""
    noted: Ran = []

    def note(name: str) -> Any:
        def run(*given: Any, **options: Any) -> str:
            (pace,) = (each for each in given if isinstance(each, Pace))
            size = next(
                (each.size for each in given if isinstance(each, RecordShards | ImageFolder)), None
            )
            noted.append((name, {"steps": pace.steps, "size": size} | options))
            return name

        return run

    for name in (
        "pipeline", "stall", "delays_on_images", "overlap", "overlap_on_images", "buffer",
        "buffer_on_images", "ladder", "hand_over", "sides", "device", "served", "sent",
    ):  # fmt: skip
        monkeypatch.setattr(catalogue, name, note(name))
    monkeypatch.setattr(catalogue, "_SAMPLE", 60)
    monkeypatch.setattr(catalogue, "QUICK", Pace(steps=15, repeats=1))
    return noted


def test_combine_climbs_all_rungs_on_large_images_in_fewer_steps(
    ran: Ran,
) -> None:
    def progress(*_: object) -> None: ...

    experiments.run("combine", quick=True, progress=progress)
    options = {"rungs": pipelines.LADDER, "record": False, "progress": progress}
    assert ran == [("ladder", {"steps": 5, "size": 512} | options)]


def test_all_runs_every_experiment_in_the_order_of_the_chapters(ran: Ran) -> None:
    outcome: list[Any] = experiments.run("all", quick=True)
    assert outcome == [name for name, _ in ran]
    assert [name for name, _ in ran] == [
        "pipeline", "stall", "delays_on_images", "overlap", "overlap_on_images", "buffer",
        "buffer_on_images", "ladder", "hand_over", "sides", "device", "buffer", "served", "sent",
    ]  # fmt: skip
    assert {name: noted["size"] for name, noted in ran if noted["size"]} == {
        "delays_on_images": 160, "overlap_on_images": 160, "buffer_on_images": 160, "ladder": 512,
    }  # fmt: skip


def test_no_other_experiment_runs_the_ladder(ran: Ran) -> None:
    for name in experiments.NAMES:
        if name not in ("combine", "all"):
            experiments.run(name, quick=True)
    assert ran and "ladder" not in dict(ran)


def test_the_readers_images_are_not_batched_first_where_they_differ_in_size(
    ran: Ran, tmp_path: Path
) -> None:
    photos(tmp_path)
    experiments.run("combine", quick=True, data=tmp_path)
    ((_, noted),) = ran
    assert noted["size"] == 160
    assert noted["rungs"] == {
        name: changes for name, changes in pipelines.LADDER.items() if name != "batch first"
    }


@pytest.mark.parametrize("record", [True, False])
def test_what_is_not_recorded_anyway_is_recorded_for_a_trace_alone(record: bool, ran: Ran) -> None:
    experiments.run("all", quick=True, record=record)
    asked = {name: noted["record"] for name, noted in ran if "record" in noted}
    named = ("pipeline", "delays_on_images", "buffer", "buffer_on_images", "ladder")
    assert asked == dict.fromkeys(named, record)


def test_it_is_named_where_an_experiment_is_unknown() -> None:
    with pytest.raises(
        InputError, match=r"nonsense: no experiment .*, buffer, combine, internals, service, all$"
    ):
        experiments.run("nonsense")
