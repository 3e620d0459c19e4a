"""The public functions, a call of each that works, and of what kind each argument is."""

import importlib
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from prefetchlab import experiments, graph, measure, theory, timeline, workloads
from tests.bad_inputs import values
from tests.bad_inputs.values import Wrong

QUICK = experiments.Pace(steps=4, repeats=1, again=False)
ONE = timeline.Timeline.of([timeline.Event(0.0, 0.01, "load", 0)])
SIDE = theory.Side([0.01, 0.01], 0.0)
NUMBERS = tf.data.Dataset.range(8)


@dataclass(frozen=True)
class Argument:
    """An argument.

    Attributes:
        good: what works.
        wrong: what must be refused, by the name of the case.
    """

    good: object
    wrong: Wrong


def of(good: object, *kinds: Wrong, allowed: tuple[str, ...] = ()) -> Argument:
    """An argument of these kinds, but for the cases that it allows."""
    cases = {name: value for kind in kinds for name, value in kind.items() if name not in allowed}
    return Argument(good, cases)


SECONDS = of(0.01, values.SECONDS)
POSITIVE = of(1.0, values.POSITIVE)
TIMES = of([0.01, 0.02], values.TIMES)
DATASET = of(NUMBERS, values.DATASET)
FUNCTION = of(lambda source: source.prefetch(1), values.FUNCTION)
SLOTS = of(1, values.SLOTS)
COUNT = of(2, values.FROM_1)
MEGABYTE = of(10**6, values.FROM_1)
FROM_0 = of(0, values.FROM_0)
PARALLEL = of(1, values.FROM_1, allowed=("None", "negative"))
PACE = of(QUICK, values.OBJECT)
LOOP = of("eager", values.CHOICE)
POLICY = of("DYNAMIC", values.CHOICE)
SPLIT = of("train", values.CHOICE)
DATA = of(None, values.OBJECT)  # a test has good ones
CLUSTER = of(None, values.OBJECT)
PIPELINE = of(graph.Pipeline(()), values.OBJECT)
SCHEDULE = of(theory.replay([1, 1], [1, 1], 1), values.OBJECT)
COUNTS = of([0, 1], values.COUNTS)
NAME = of("a name", values.NAME)


def mapping(good: object) -> Argument:
    """An argument that is a mapping."""
    return of(good, values.MAPPING)


Arguments = Mapping[str, Argument]

THEORY: dict[str, Arguments] = {
    "autotuned": {"load_s": TIMES, "train_s": TIMES},
    "burst_step": {
        "base_s": SECONDS,
        "stall_s": SECONDS,
        "every": COUNT,
        "train_s": SECONDS,
        "slots": SLOTS,
    },
    "enough_slots": {"load_s": TIMES, "train_s": TIMES, "within": SECONDS},
    "exponential_step": {"load_s": SECONDS, "train_s": SECONDS, "slots": SLOTS},
    "limit": {"load_s": SECONDS, "train_s": SECONDS, "cpu_work_s": SECONDS, "cores": POSITIVE},
    "one_slot_step": {"load_s": TIMES, "train_s": TIMES},
    "replay": {"load_s": TIMES, "train_s": TIMES, "slots": SLOTS},
    "serial_step": {"load_s": TIMES, "train_s": TIMES},
    "shared_step": {
        "load": of(SIDE, values.OBJECT),
        "train": of(SIDE, values.OBJECT),
        "slots": SLOTS,
        "cores": POSITIVE,
    },
    "slots_for_burst": {"base_s": SECONDS, "stall_s": SECONDS, "train_s": POSITIVE},
    "speedup": {"load_s": SECONDS, "train_s": SECONDS},
    "unbounded_step": {"load_s": TIMES, "train_s": TIMES},
}

MEASURE: dict[str, Arguments] = {
    "CountingSource": {"size": COUNT},
    "calibrate": {"target_s": SECONDS, "run": FUNCTION, "rounds": FROM_0},
    "calibrated_wait": {"target_s": SECONDS, "run": FUNCTION, "rounds": FROM_0},
    "calls_in_flight": {"build": FUNCTION, "size": COUNT},
    "core_work_s": {"cpu_s": SECONDS, "wall_s": SECONDS, "allowed": SECONDS, "together": SECONDS},
    "delivered": {"cluster": CLUSTER, "dataset": DATASET, "policy": POLICY, "behind": FUNCTION},
    "exposed_waits": {
        "loops": mapping({"one": measure.TrainingLoop(lambda: NUMBERS, print)}),
        "steps": COUNT,
        "repeats": COUNT,
    },
    "growth": {"element_bytes": MEGABYTE, "slots": COUNT, "limit_bytes": MEGABYTE},
    "interleave": {"variants": mapping({"one": float}), "repeats": COUNT},
    "interleave_in_peace": {"variants": mapping({"one": float}), "repeats": COUNT},
    "made_meanwhile": {"body": FUNCTION},
    "outage": {
        "cluster": CLUSTER,
        "policy": POLICY,
        "count": of(200, values.FROM_1),
        "after": of(40, values.FROM_1),
        "patience_s": SECONDS,
    },
    "resident": {
        "element_bytes": of([10**6], values.COUNTS),
        "slots": COUNTS,
        "maker": of("map", values.CHOICE),
    },
    "run_ahead": {"build": FUNCTION, "taken": COUNT, "loop": LOOP},
    "run_ahead_by_loop": {"build": FUNCTION, "taken": COUNT},
    "run_ahead_in": {"loop": FUNCTION, "build": FUNCTION, "taken": COUNT},
    "run_steps": {
        "dataset": DATASET,
        "step": of(None, values.FUNCTION, allowed=("None",)),
        "steps": COUNT,
        "loop": LOOP,
    },
    "sent_ahead": {"cluster": CLUSTER, "policy": POLICY, "before": FUNCTION, "behind": FUNCTION},
    "sleeps_per_element": {"dataset": DATASET, "elements": COUNT},
    "stage_costs": {"prefixes": mapping({"all": NUMBERS}), "batches": COUNT, "repeats": COUNT},
    "watch_buffer": {"dataset": DATASET, "step": of(print, values.FUNCTION), "steps": COUNT},
    "TrainingLoop": {
        "pipeline": of(lambda: NUMBERS, values.FUNCTION),
        "step": of(print, values.FUNCTION),
        "kind": LOOP,
    },
    "Spread.of": {"repeats": of([0.1], values.ROW)},
}

ASKED_OF_A_DATASET = (
    "as_written",
    "has_generator",
    "is_on_device",
    "is_sized_at_run_time",
    "is_without_fusion",
    "is_without_injection",
    "keeps_a_file",
    "python_calls",
    "runs",
    "runs_in_graph_loop",
    "without_injection",
    "works_ahead",
    "written",
)
GRAPH: dict[str, Arguments] = {
    **{name: {"dataset": DATASET} for name in ASKED_OF_A_DATASET},
    "buffers": {"iterator": of(iter(NUMBERS.prefetch(1)), values.OBJECT)},
    "distribute": {
        "dataset": DATASET,
        "dispatcher": of("localhost:1", values.CHOICE),
        "policy": POLICY,
    },
    "has_autotuned_parallelism": {"pipeline": PIPELINE},
    "is_nothing": {"spec": of(tf.TensorSpec(()), values.OBJECT)},
    "lane": {"name": NAME},
    "of_known_size": {"dataset": DATASET, "size": of(8, values.FROM_0)},
    "of_worker": {
        "dataset": DATASET,
        "worker": of(0, values.FROM_0),
        "workers": COUNT,
        "policy": of("AUTO", values.CHOICE),
    },
    "prefetch_to_device": {
        "dataset": DATASET,
        "device": of("CPU:0", values.CHOICE),
        "slots": COUNT,
    },
    "profile": {"run": of(lambda: None, values.FUNCTION)},
    "reads_range": {"dataset": DATASET, "stop": of(8, values.FROM_0)},
    "replayed": {"dataset": DATASET, "count": COUNT},
    "slowed": {"dataset": DATASET, "wait_s": SECONDS},
    "Dispatcher": {
        "named": FROM_0,
        "port": FROM_0,
        "journal": of(None, values.NAME, allowed=("None",)),
    },
    "Worker": {"dispatcher": of("localhost:1", values.CHOICE), "port": FROM_0},
}

WORKLOADS: dict[str, Arguments] = {
    "KerasStep": {"size": of(16, values.FROM_1), "classes": COUNT, "seed": FROM_0},
    "MatmulDevice": {"device": of("CPU:0", values.CHOICE), "products": COUNT},
    "OpsWork": {"jpeg": of(workloads.noisy_jpeg(16), values.OBJECT)},
    "OpsWork.lasting": {"work_s": SECONDS},
    "PythonWork": {"turns": COUNT},
    "PythonWork.lasting": {"work_s": SECONDS},
    "QueueingAccelerator": {"train_s": SECONDS},
    "SimulatedAccelerator": {"train_s": of(0.01, values.SECONDS_OR_ROW)},
    "SimulatedDevice": {"train_s": SECONDS, "copy_s": SECONDS},
    "load_times": {
        "kind": of("constant", values.CHOICE),
        "mean_s": SECONDS,
        "count": COUNT,
        "seed": FROM_0,
    },
    "make_shards": {
        "directory": of("made", values.PATH, allowed=("missing", "a line break")),
        "count": of(40, values.FROM_1),
        "size": of(16, values.FROM_1),
        "shards": COUNT,
        "seed": FROM_0,
    },
    "noisy_jpeg": {"edge": COUNT},
    "open_images": {"directory": of(None, values.PATH)},
    "slow_map": {"dataset": DATASET, "load_s": SECONDS, "parallel_calls": PARALLEL},
    "slow_source": {"count": FROM_0, "load_s": of(0.01, values.SECONDS_OR_ROW)},
}

PIPELINES: dict[str, Arguments] = {
    "changed": {
        "data": DATA,
        "changes": of(("prefetch",), values.CHOICE, allowed=("a list",)),
        "parallel_calls": COUNT,
        "split": SPLIT,
        "batch_size": COUNT,
        "most_images": of(None, values.FROM_1, allowed=("None",)),
    },
    "decode": {"dataset": DATASET, "data": DATA, "parallel_calls": PARALLEL},
    "grown": {"data": DATA, "split": SPLIT, "batch_size": COUNT},
    "image_batches": {
        "data": DATA,
        "split": SPLIT,
        "batch_size": COUNT,
        "parallel_calls": PARALLEL,
    },
}

EXPERIMENTS: dict[str, Arguments] = {
    "Pace": {"steps": COUNT, "repeats": COUNT},
    "buffer": {
        "loads": mapping({"one": [0.01]}),
        "train_s": of(0.01, values.SECONDS),
        "pace": PACE,
        "slots": COUNTS,
    },
    "buffer_on_images": {"data": DATA, "pace": PACE, "slots": COUNTS},
    "by_stage": {
        "dataset": DATASET,
        "step": of(None, values.FUNCTION, allowed=("None",)),
        "loop": LOOP,
    },
    "delays": {
        "loops": mapping({"one": measure.TrainingLoop(lambda: NUMBERS, print)}),
        "pace": PACE,
    },
    "delays_on_images": {"data": DATA, "pace": PACE},
    "device": {
        "load_s": SECONDS,
        "train_s": SECONDS,
        "pace": PACE,
        "copy_s": SECONDS,
        "on": of(None, values.CHOICE, allowed=("None",)),
    },
    "draw_all": {"outcome": of([], values.ROW)},
    "epochs": {"load_s": SECONDS, "train_s": SECONDS, "pace": PACE},
    "hand_over": {"pace": PACE, "edges": COUNTS},
    "ladder": {"data": DATA, "pace": PACE, "rungs": mapping({"naive": ()})},
    "memory": {
        "elements": mapping({"one": 10**6}),
        "slots": COUNTS,
        "maker": of("map", values.CHOICE),
    },
    "on_cores": {"count": COUNT, "experiment": of(float, values.FUNCTION)},
    "overlap": {"load_s": of(0.01, values.SECONDS_OR_ROW), "train_s": SECONDS, "pace": PACE},
    "overlap_on_images": {"data": DATA, "pace": PACE},
    "pipeline": {"prefixes": mapping({"all": NUMBERS}), "pace": PACE},
    "run": {"name": of("stall", values.CHOICE), "data": of(None, values.PATH, allowed=("None",))},
    "sent": {"pace": PACE, "sizes": COUNTS},
    "served": {"load_s": SECONDS, "train_s": SECONDS, "pace": PACE, "workers": COUNTS},
    "sides": {"side_s": SECONDS, "pace": PACE},
    "speedups": {"loads_s": of([0.01], values.SECONDS_OR_ROW), "train_s": SECONDS, "pace": PACE},
    "stall": {"load_s": SECONDS, "train_s": SECONDS, "pace": PACE},
}

FIGURES: dict[str, Arguments] = {
    "check_ending": {"path": of("x.png", values.CHOICE)},
    "draw_account": {"seconds": mapping({"training": 1.0})},
    "draw_bound": {"gains": of([], values.ROW)},
    "draw_buffer": {"schedule": SCHEDULE, "slots": FROM_0, "at_s": of([0.0], values.TIMES)},
    "draw_exposed_waits": {"named": mapping({})},
    "draw_fill": {"named": mapping({})},
    "draw_loops": {"eager": PIPELINE, "graph_loop": PIPELINE},
    "draw_pictures": {"rows": mapping({})},
    "draw_replays": {"named": mapping({"one": SCHEDULE.good})},
    "draw_rewrite": {"written": PIPELINE, "runs": PIPELINE},
    "draw_slots": {"named": mapping({"one": [1, 2]}), "slots": COUNT, "batch": COUNT},
    "draw_stage_costs": {"costs": of(None, values.OBJECT)},
    "draw_steps": {"results": of([], values.ROW)},
    "draw_sweep": {"named": mapping({"one": []}), "slots": COUNTS},
    "draw_threads": {"pipeline": PIPELINE},
    "draw_timelines": {"named": mapping({"one": ONE})},
    "draw_timelines_as_text": {"named": mapping({"one": ONE}), "width": COUNT},
    "explore": {"load_ms": of([10], values.TIMES), "train_ms": POSITIVE},
    "shown_bytes": {"size": of(10, values.SECONDS)},
}

SERVICE: dict[str, Arguments] = {
    "start": {
        "workers": of(1, values.FROM_1),
        "journal": of(None, values.NAME, allowed=("None",)),
    },
}
CLAIMS: dict[str, Arguments] = {
    "load": {"file": of(None, values.PATH, allowed=("None",))},
    "check": {
        "claims": of([], values.OBJECT, allowed=("a list",)),
        "timeout_s": POSITIVE,
        "workers": COUNT,
    },
}
QUIZ: dict[str, Arguments] = {
    "load": {"bank": of("3-overlap", values.PATH)},
    "prove": {
        "banks": of([], values.OBJECT, allowed=("a list",)),
        "timeout_s": POSITIVE,
        "workers": COUNT,
    },
}
PROOFS: dict[str, Arguments] = {"read": {"path": of(None, values.PATH)}}
TIMELINE: dict[str, Arguments] = {
    "Timeline.of": {"events": of([], values.OBJECT, allowed=("a list",))},
}
TRACES: dict[str, Arguments] = {
    "to_chrome": {"timelines": of({"one": ONE}, values.MAPPING, allowed=("empty",))}
}

LAYERS = {
    "theory": THEORY,
    "measure": MEASURE,
    "graph": GRAPH,
    "workloads": WORKLOADS,
    "pipelines": PIPELINES,
    "experiments": EXPERIMENTS,
    "figures": FIGURES,
    "service": SERVICE,
    "claims": CLAIMS,
    "quiz": QUIZ,
    "proofs": PROOFS,
    "timeline": TIMELINE,
    "traces": TRACES,
}


@dataclass(frozen=True)
class Case:
    """One wrong argument in a call that works otherwise."""

    function: str
    argument: str
    kind: str
    wrong: object
    others: Mapping[str, object] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.function}({self.argument}: {self.kind})"

    def call(self, **made: object) -> object:
        """Call the function; `made` are good arguments that take long to make."""
        layer, _, name = self.function.partition(".")
        function: Callable[..., object] = operator.attrgetter(name)(
            importlib.import_module(f"prefetchlab.{layer}")
        )
        others = {name: made.get(name, value) for name, value in self.others.items()}
        return function(**{**others, self.argument: self.wrong})


def cases() -> Iterator[Case]:
    """Every case of every function."""
    for layer, functions in LAYERS.items():
        for name, arguments in functions.items():
            good: dict[str, Any] = {key: argument.good for key, argument in arguments.items()}
            for key, argument in arguments.items():
                for kind, wrong in argument.wrong.items():
                    yield Case(f"{layer}.{name}", key, kind, wrong, good)
