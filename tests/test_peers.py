"""tf.data beside its peers: what is told of given numbers, and that other work is refused.

Neither PyTorch nor Grain is needed here: `make peers` has an environment of its own.
"""

import importlib.util
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from packaging.requirements import Requirement
from rich.console import Console

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import Peace
from prefetchlab.measure.others import OTHERS_BOUND
from tools.peers import images as making
from tools.peers import with_tf_data
from tools.peers.__main__ import main, refuse_missing, with_children
from tools.peers.contenders import CONTENDERS, Contender, named
from tools.peers.outcome import Outcome, Row
from tools.peers.runners import Runner, running
from tools.peers.sameness import BOUND, difference, refuse_other_images
from tools.peers.timing import images_per_s
from tools.peers.work import BATCH, CHANNELS_FIRST, CHANNELS_LAST, Images, pixels, with_pillow
from tools.repository import ROOT

pytestmark = pytest.mark.long

TF_DATA = CONTENDERS[0]

# --- what is told --------------------------------------------------------------------------------

QUIET = Peace(work_ratio=1.01, felt_ratio=1.01, others_share=0.0, rounds=3, disturbed=0)
GIVEN = {  # one round of three was disturbed: a mean would tell another order
    "PyTorch, Pillow, in the loop": (900.0, 1000.0, 5000.0),
    "PyTorch, torchvision, 2 processes": (1900.0, 2000.0, 2100.0),
    "Grain, Pillow, 2 threads": (1500.0, 1700.0, 1600.0),
}


def given(rounds: Mapping[str, tuple[float, ...]] = GIVEN) -> Outcome:
    rows = [Row(named(name), speeds, 0.125) for name, speeds in rounds.items()]
    return Outcome(rows, 1500, 1.0, QUIET, {"torch": "2.9.0", "cores": "2"})


def shown(outcome: Outcome) -> list[list[str]]:
    """The cells of the table, row by row."""
    text = io.StringIO()
    Console(file=text, width=200).print(outcome.table())
    lines = [line for line in text.getvalue().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_the_table_tells_the_median_and_the_spread_and_the_best_of_each_peer() -> None:
    assert shown(given()) == [
        ["PyTorch", "Pillow", "in the loop", "1000", "900 – 5000", "0.12", ""],
        ["PyTorch", "torchvision", "2 processes", "2000", "1900 – 2100", "0.12", "yes"],
        ["Grain", "Pillow", "2 threads", "1600", "1500 – 1700", "0.12", "yes"],
    ]


def test_another_best_is_told_when_the_numbers_are_others() -> None:
    first, second, _ = GIVEN
    turned = given(GIVEN | {first: GIVEN[second], second: GIVEN[first]})
    assert [row[-1] for row in shown(turned)] == ["yes", "", "yes"]


def test_the_json_holds_rounds_work_versions_and_peace() -> None:
    stored = json.loads(json.dumps(given().to_dict()))
    assert set(stored) == {"unit", "work", "rows", "differs", "versions", "peace"}
    assert stored["versions"] == {"torch": "2.9.0", "cores": "2"}
    assert stored["peace"]["quiet"] is True
    assert stored["work"]["batch"] == BATCH
    assert stored["rows"][0] == {
        "peer": "PyTorch",
        "decoder": "Pillow",
        "way": "in the loop",
        "stored": "JPEG files",
        "median": 1000.0,
        "least": 900.0,
        "most": 5000.0,
        "rounds": [900.0, 1000.0, 5000.0],
        "pixel_difference": 0.125,
        "best_of_its_peer": False,
    }


def test_the_notes_tell_of_a_machine_that_was_disturbed() -> None:
    disturbed = replace(given(), peace=replace(QUIET, others_share=0.5, disturbed=2))
    assert any(note.startswith("Measured in peace") for note in given().notes())
    assert any("Not measured in peace: other programs" in note for note in disturbed.notes())


# --- who takes part ------------------------------------------------------------------------------


def test_each_contender_has_a_name_of_its_own() -> None:
    assert len({contender.name for contender in CONTENDERS}) == len(CONTENDERS)
    assert [named(contender.name) for contender in CONTENDERS] == list(CONTENDERS)


@pytest.mark.parametrize(
    ("peer", "decoder"), [("PyTorch", "Pillow"), ("PyTorch", "torchvision"), ("Grain", "Pillow")]
)
def test_each_peer_is_tried_with_no_worker_and_with_one_and_two(peer: str, decoder: str) -> None:
    ways = {who.way for who in CONTENDERS if (who.peer, who.decoder) == (peer, decoder)}
    assert ways >= {"in the loop", "1 process", "2 processes"}


def test_the_process_of_a_peer_loads_neither_tensorflow_nor_another_peer() -> None:
    script = "import sys, tools.peers.child; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {"tensorflow", "torch", "grain"}.isdisjoint(done.stdout.split())


# --- the work is the same ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """Two batches, as TFRecord shards and as files."""
    folder = tmp_path_factory.mktemp("peers")
    making.draw(folder, 2 * BATCH)
    return Images(folder)


def wanted(images: Images) -> Any:
    return np.stack([with_pillow(path) for path in images.files])


def made(batches: Iterator[Any]) -> Any:
    return np.concatenate([pixels(batch) for batch in islice(batches, 2)])


def test_files_and_shards_hold_the_same_bytes_in_one_order(drawn: Images) -> None:
    records = [
        tf.train.Example.FromString(record).features.feature["image/encoded"].bytes_list.value[0]
        for record in tf.data.TFRecordDataset(list(map(str, drawn.shards))).as_numpy_iterator()
    ]
    assert records == [path.read_bytes() for path in drawn.files]
    assert len(records) == 2 * BATCH


@pytest.mark.parametrize("resize", with_tf_data.RESIZES)
def test_tf_data_makes_the_images_of_pillow(drawn: Images, resize: str) -> None:
    batches = with_tf_data.batches(drawn, resize=with_tf_data.RESIZES[resize])
    assert refuse_other_images("tf.data", made(batches), wanted(drawn)) < BOUND / 2


def not_smoothed(image: Any) -> Any:
    return tf.image.resize(image, [128, 128])


def darkening(image: Any) -> Any:
    return with_tf_data.convolved(image) / with_tf_data._AT_EDGES


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        pytest.param({"resize": not_smoothed}, r"by \d\.\d\d levels", id="it does not smooth"),
        pytest.param({"dct_method": ""}, r"by \d\.\d\d levels", id="it decodes less accurately"),
        pytest.param({"resize": darkening}, r"in one place by \d\d levels", id="it darkens edges"),
    ],
)
def test_other_work_by_tf_data_is_refused(drawn: Images, fault: dict[str, Any], how: str) -> None:
    with pytest.raises(InputError, match=rf"^tf\.data: its images differ from Pillow's {how}"):
        refuse_other_images("tf.data", made(with_tf_data.batches(drawn, **fault)), wanted(drawn))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda made: made[::-1], id="another order"),
        pytest.param(lambda made: made[..., ::-1], id="blue for red"),
        pytest.param(lambda made: made.transpose(0, 2, 1, 3), id="down for across"),
        pytest.param(lambda made: made[:BATCH], id="too few"),
        pytest.param(lambda made: np.concatenate([made[:1] + 1, made[1:]]), id="one is lighter"),
    ],
)
def test_other_images_are_refused(drawn: Images, fault: Callable[[Any], Any]) -> None:
    right = wanted(drawn)
    assert difference(right, right) == 0
    with pytest.raises(InputError, match="so its work is not the same"):
        refuse_other_images("a peer", fault(right), right)


def test_a_batch_with_channels_first_is_turned() -> None:
    batch = np.arange(np.prod(CHANNELS_FIRST)).reshape(CHANNELS_FIRST).astype(np.uint8)
    assert pixels(batch).shape == CHANNELS_LAST
    assert (pixels(batch)[3, 5, 7] == batch[3, :, 5, 7]).all()


@pytest.mark.parametrize(
    ("shape", "kind"), [((31, 128, 128, 3), "uint8"), (CHANNELS_LAST, "float32")]
)
def test_a_batch_of_another_form_is_refused_while_it_is_timed(
    shape: tuple[int, ...], kind: str
) -> None:
    batch = np.zeros(shape, kind)
    with pytest.raises(ValueError, match=rf"a batch is {kind} of shape \({shape[0]}, 128"):
        images_per_s(iter([batch] * 20), warm_s=0, timed_s=0)


# --- images a second, by a clock that is given ---------------------------------------------------


class Given:
    """Batches that come at given times, and the clock that shows them."""

    def __init__(self, takes_s: Sequence[float]) -> None:
        self.now_s, self._takes_s = 0.0, takes_s

    def clock(self) -> float:
        return self.now_s

    def __iter__(self) -> Iterator[Any]:
        for take_s in self._takes_s:
            self.now_s += take_s
            yield SimpleNamespace(shape=CHANNELS_LAST, dtype="uint8")


def speed(takes_s: Sequence[float], timed_s: float = 2.0) -> float:
    batches = Given(takes_s)
    return images_per_s(iter(batches), warm_s=1.0, timed_s=timed_s, clock=batches.clock)


def test_images_a_second_are_those_of_the_batches_that_were_timed() -> None:
    assert speed([0.25] * 50) == BATCH / 0.25


def test_a_slow_start_and_batches_that_lay_ready_are_not_timed() -> None:
    slow_start = [30.0, *[0.0] * 8, *[0.25] * 50]
    assert speed(slow_start) == BATCH / 0.25


def test_a_stall_while_it_is_timed_counts() -> None:
    assert speed([*[0.25] * 7, 2.0, *[0.25] * 50]) < BATCH / 0.25 / 2


def test_a_slow_contender_is_timed_for_whole_batches() -> None:
    assert speed([0.75] * 50, timed_s=0.1) == BATCH / 0.75


# --- the processes -------------------------------------------------------------------------------


def runner(folder: Path, script: str, patience_s: float = 60) -> Runner:
    """A process that runs a script where a contender's would."""
    return Runner(TF_DATA, [sys.executable, "-c", script], folder / "log", patience_s)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import os; os._exit(3)", "it ended with 3; it said nothing"),
        ("raise OSError('no\\n wheel\\n')", "it ended with 1; its last words:  wheel"),
        ('input(); print(\'{"error": "OSError: two\\\\nlines"}\')', "OSError: two"),
        ("import time; input(); time.sleep(60)", "no answer within 0.5 s"),
    ],
)
def test_a_contender_that_fails_is_told_in_one_line(tmp_path: Path, script: str, says: str) -> None:
    patience_s = 0.5 if "no answer" in says else 60
    failing = runner(tmp_path, script, patience_s)
    try:
        failing.order("time")
        with pytest.raises(InputError) as told:
            failing.answer()
    finally:
        failing.end()
    assert str(told.value) == f"{TF_DATA.name}: {says}"


def test_a_contender_answers_in_a_process_of_its_own(drawn: Images, tmp_path: Path) -> None:
    file = tmp_path / "pixels.npy"
    with running(drawn, [TF_DATA]) as (only,):
        only.order("pixels", file=str(file), batches=2)
        only.answer()
        assert difference(np.load(file), wanted(drawn)) < BOUND
        before_s = only.cpu_s
        only.order("time", warm_s=0, timed_s=0)
        assert only.answer() > 0
        assert only.cpu_s > before_s
        only.order("pixels", file=str(tmp_path / "no folder" / "pixels.npy"), batches=1)
        with pytest.raises(InputError, match=f"^{re.escape(TF_DATA.name)}: FileNotFoundError: "):
            only.answer()


def test_what_the_processes_used_is_not_taken_for_the_work_of_others() -> None:
    used: Any = [SimpleNamespace(cpu_s=1000.0), SimpleNamespace(cpu_s=500.0)]
    assert with_children(used).own_s - with_children([]).own_s == pytest.approx(1500, abs=10)


# --- what cannot be measured ---------------------------------------------------------------------


def test_a_package_that_is_missing_is_named_in_one_line() -> None:
    refuse_missing(["json", "numpy"])
    with pytest.raises(InputError, match=r"^no_such, nor_this: not in this .*; run: make peers$"):
        refuse_missing(["json", "no_such", "nor_this"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "no_such: not in this environment; run: make peers"),
        (["--json", "no/such/folder.json"], "no/such/folder.json: its folder does not exist; "),
        (["--json", "."], ".: cannot be written there: it is no regular file; "),
    ],
)
def test_bad_input_ends_with_one_line_before_anything_is_measured(
    words: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tools.peers.__main__.refuse_missing", partial(refuse_missing, ["no_such"]))
    assert main(words) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"peers: {says}")
    assert error.count("\n") == 1


# --- the target ----------------------------------------------------------------------------------

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
NEEDS = (ROOT / "requirements" / "peers.txt").read_text(encoding="utf-8")


def rule(target: str) -> str:
    """A rule of the Makefile: its target, what it needs, and its commands."""
    (found,) = re.findall(rf"^{re.escape(target)}:.*\n(?:\t.*\n)*", MAKEFILE, re.MULTILINE)
    return str(found)


def test_make_peers_stores_its_result_in_the_repository_and_make_test_does_without() -> None:
    assert "-m tools.peers --json book/peers.json" in rule("peers")
    everything = " ".join(rule(name) for name in ("check", "test", "coverage", "$(ENVIRONMENT)"))
    assert "tools.peers" not in everything
    assert "$(filter-out requirements/peers.txt " in rule("$(ENVIRONMENT)")
    assert "peers" not in (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_its_environment_is_its_own_and_ignored() -> None:
    assert "-r requirements/peers.txt" in rule("$(PEERS)")
    assert ".venv-peers/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert importlib.util.find_spec("torch") is None
    assert importlib.util.find_spec("grain") is None


def unbounded(text: str) -> list[str]:
    """The requirements of a list that lack a least or a first version that is too new."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    needed = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    return [
        each.name for each in needed if {bound.operator for bound in each.specifier} != {">=", "<"}
    ]


def test_all_that_it_needs_is_bounded() -> None:
    assert unbounded(NEEDS) == []
    assert unbounded(NEEDS + "jax\nflax>=0.10\n") == ["jax", "flax"]


def stored_faults(stored: dict[str, Any]) -> list[str]:
    """What a stored measurement lacks of what a reader must be told."""
    rows = stored["rows"]
    checks = {
        "another set of contenders": [f"{r['peer']}, {r['decoder']}, {r['way']}" for r in rows]
        == [contender.name for contender in CONTENDERS],
        "too few rounds": all(len(row["rounds"]) >= 5 for row in rows),
        "other images": all(row["pixel_difference"] <= BOUND for row in rows),
        "no version": {"torch", "torchvision", "grain", "tensorflow", "cores", "machine"}
        <= set(stored["versions"]),
        # The cores may vary by less than what is told of the peers; others may not take them.
        "not in peace": stored["peace"]["felt_ratio"] <= 1.1
        and stored["peace"]["others_share"] <= OTHERS_BOUND,
    }
    return [fault for fault, fine in checks.items() if not fine]


def everyone(contenders: Sequence[Contender] = CONTENDERS, rounds: int = 5) -> Outcome:
    rows = [Row(contender, (1000.0,) * rounds, 0.1) for contender in contenders]
    packages = ("torch", "torchvision", "grain", "tensorflow", "cores", "machine")
    return Outcome(rows, 1500, 1.0, QUIET, dict.fromkeys(packages, "1"))


STORED = json.loads((ROOT / "book" / "peers.json").read_text(encoding="utf-8"))


def test_what_is_stored_was_measured_whole_and_in_peace() -> None:
    assert stored_faults(STORED) == []


def chapter_on_peers() -> str:
    chapter = (ROOT / "book" / "5-combining.ipynb").read_text(encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(chapter)["cells"]]
    (told,) = [cell for cell in cells if "make peers" in cell]
    return told


def told_of_peers(text: str) -> list[tuple[str, str]]:
    """The rows of the table in a chapter: who and how, and how many images a second."""
    rows = re.findall(r"^\| (tf\.data|PyTorch|Grain) \| (.*) \| (\d+) \|$", text, re.MULTILINE)
    return [(f"{peer}, {way}", images) for peer, way, images in rows]


def stored_of_peers(stored: dict[str, Any]) -> dict[str, float]:
    """By who and how the median; what decodes is said where a library lets you choose."""
    return {
        ", ".join((row["peer"], row["decoder"], row["way"])).replace(", TensorFlow", ""): row[
            "median"
        ]
        for row in stored["rows"]
    }


def test_the_table_of_the_chapter_is_what_is_stored() -> None:
    told, stored = told_of_peers(chapter_on_peers()), stored_of_peers(STORED)
    assert told == [(name, f"{stored[name]:.0f}") for name, _ in told]
    best = {f"{row['median']:.0f}" for row in STORED["rows"] if row["best_of_its_peer"]}
    assert len(best) == 3 and best <= {images for _, images in told}
    assert told == sorted(told, key=lambda row: -int(row[1]))


def test_what_the_chapter_says_of_the_table_holds() -> None:
    told, of = chapter_on_peers(), stored_of_peers(STORED)
    pillow = of["PyTorch, Pillow, 2 processes"]
    assert f"{of['Grain, Pillow, 2 threads'] / pillow - 1:.0%} apart".replace("%", " %") in told
    for better, other in (
        (of["PyTorch, torchvision, 2 processes"], pillow),
        (of["tf.data, AUTOTUNE, convolution"], of["tf.data, AUTOTUNE, tf.image.resize"]),
    ):
        assert f"{better / other:.1f}" == "1.4"
    assert f"varied by {STORED['peace']['work_ratio'] - 1:.0%}".replace("%", " %") in told
    for package, text in {"torch": "torch", "tensorflow": "TensorFlow", "grain": "Grain"}.items():
        assert f"{text} {STORED['versions'][package]}" in told


@pytest.mark.parametrize(
    ("planted", "faults"),
    [
        (everyone(), []),
        (everyone(CONTENDERS[1:]), ["another set of contenders"]),
        (everyone(rounds=2), ["too few rounds"]),
        (replace(everyone(), labels={"torch": "1"}), ["no version"]),
        (replace(everyone(), peace=replace(QUIET, felt_ratio=1.11)), ["not in peace"]),
        (replace(everyone(), peace=replace(QUIET, others_share=0.06)), ["not in peace"]),
    ],
)
def test_a_stored_measurement_that_tells_too_little_is_found(
    planted: Outcome, faults: list[str]
) -> None:
    assert stored_faults(planted.to_dict()) == faults
