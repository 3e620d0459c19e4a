"""Which loop finds the next element ready, when nothing is written: counted in each form."""

import os
import subprocess
import sys

import pytest

from prefetchlab._tensorflow import tf
from prefetchlab.errors import InputError
from prefetchlab.measure import RunAhead, Transform, run_ahead_by_loop, run_ahead_in
from prefetchlab.measure.loop_forms import FORMS, Form, Hold
from tools.repository import ROOT

pytestmark = pytest.mark.long

BEHIND = {"tf.function: for x in dataset", "tf.function: for n, x in enumerate(dataset)"}
IN_FRONT = FORMS.keys() - BEHIND


def nothing(source: tf.data.Dataset) -> tf.data.Dataset:
    return source


def one_slot(source: tf.data.Dataset) -> tf.data.Dataset:
    return source.prefetch(1)


def drawn(source: tf.data.Dataset) -> tf.data.Dataset:
    """A map with state: TensorFlow keeps it serial."""
    return source.map(lambda number: tf.random.uniform([]))


def forms_of(counts: tuple[int, ...], table: dict[str, RunAhead]) -> set[str]:
    return {form for form, made in table.items() if made == counts}


@pytest.mark.parametrize("build", [nothing, drawn])
def test_only_a_graph_loop_over_the_dataset_itself_is_serial_by_default(build: Transform) -> None:
    table = run_ahead_by_loop(build)
    assert forms_of((1, 2, 3), table) == BEHIND
    assert forms_of((2, 3, 4), table) == IN_FRONT


def test_as_written_every_form_is_serial() -> None:
    assert set(run_ahead_by_loop(nothing, as_written=True).values()) == {(1, 2, 3)}


def test_a_written_slot_makes_every_form_run_one_ahead() -> None:
    assert set(run_ahead_by_loop(one_slot).values()) == {(2, 3, 4)}


def test_a_map_of_stateless_operations_runs_ahead_in_every_form() -> None:
    table = run_ahead_by_loop(lambda source: source.map(lambda number: number + 1))
    assert all(made.at_least and made > (1, 2, 3) for made in table.values())


def test_the_forms_count_the_same_on_one_core() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from tests.test_loop_forms import BEHIND, forms_of, nothing, run_ahead_by_loop\n"
        "table = run_ahead_by_loop(nothing)\n"
        "assert forms_of((1, 2, 3), table) == BEHIND, table\n"
        "assert forms_of((2, 3, 4), table) == table.keys() - BEHIND, table\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT}/src:{ROOT}"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=environment)


def fit_by_fours(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
    model = tf.keras.Model()
    model.train_step = lambda data: {"loss": tf.constant(0.0)}
    model.compile(steps_per_execution=4)
    held = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: hold())
    model.fit(dataset, steps_per_epoch=4 * count, shuffle=False, callbacks=[held], verbose=0)


def under(strategy: tf.distribute.Strategy) -> Form:
    def loop(dataset: tf.data.Dataset, hold: Hold, count: int) -> None:
        shared = iter(strategy.experimental_distribute_dataset(dataset))
        for _ in range(count):
            next(shared)
            hold()

    return loop


@pytest.mark.parametrize(
    ("loop", "none", "one"),
    [
        pytest.param(fit_by_fours, (4, 8, 12), (5, 9, 13), id="four steps a call"),
        pytest.param(under(tf.distribute.get_strategy()), (1, 2, 3), (2, 3, 4), id="default"),
        pytest.param(
            under(tf.distribute.OneDeviceStrategy("CPU:0")), (3, 4, 5), (4, 5, 6), id="one device"
        ),
        pytest.param(
            under(tf.distribute.MirroredStrategy(["CPU:0"])), (3, 4, 5), (4, 5, 6), id="mirrored"
        ),
    ],
)
def test_as_written_other_loops_hold_what_they_bring_themselves(
    loop: Form, none: tuple[int, ...], one: tuple[int, ...]
) -> None:
    assert run_ahead_in(loop, nothing) == none
    assert run_ahead_in(loop, one_slot) == one


@pytest.mark.parametrize("form", FORMS)
def test_a_form_holds_after_each_element_and_ends_where_it_is_told(form: str) -> None:
    held: list[str] = []
    FORMS[form](tf.data.Dataset.range(9), lambda: held.append(form), 3)
    to_its_end = form == "tf.function: dataset.reduce(0, step)"
    assert len(held) == (9 if to_its_end else 3)


def test_a_pipeline_with_too_few_elements_is_named_before_any_loop_ends() -> None:
    with pytest.raises(InputError, match="gave 2 elements, and 3 were to be taken"):
        run_ahead_by_loop(lambda source: source.take(2))
