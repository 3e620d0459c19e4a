"""What TensorFlow really runs: the one layer that touches experimental or private TensorFlow.

TensorFlow rewrites a pipeline before it runs it. `written` shows the pipeline as you wrote it,
`runs` shows it after the rewrites, `runs_in_graph_loop` shows it in a loop of a `tf.function`, and
`as_written` switches the rewrites off. `buffers` shows what a running pipeline holds, and `profile`
reads what TensorFlow's profiler recorded. `tests/test_graph.py` says what must hold, and
`tests/test_buffers.py` does for `buffers`.
"""

from prefetchlab.graph.anywhere import (
    has_generator,
    keeps_a_file,
    python_calls,
    reads_range,
    works_ahead,
)
from prefetchlab.graph.buffers import Buffer, buffers
from prefetchlab.graph.chosen import is_sized_at_run_time
from prefetchlab.graph.devices import device_name, is_on_device, prefetch_to_device
from prefetchlab.graph.nothing import is_nothing
from prefetchlab.graph.options import (
    as_written,
    has_debug_mode,
    has_op_determinism,
    in_debug_mode,
    is_without_fusion,
    is_without_injection,
    without_injection,
)
from prefetchlab.graph.pipeline import (
    AUTOTUNE,
    Pipeline,
    Stage,
    has_autotuned_parallelism,
)
from prefetchlab.graph.profile import lane, profile
from prefetchlab.graph.replayed import replayed
from prefetchlab.graph.served import (
    POLICIES,
    SHARES,
    Dispatcher,
    Policy,
    Worker,
    distribute,
    slowed,
)
from prefetchlab.graph.sizes import of_known_size
from prefetchlab.graph.views import runs, runs_in_graph_loop, written
from prefetchlab.graph.workers import of_worker

__all__ = [
    "AUTOTUNE",
    "POLICIES",
    "SHARES",
    "Buffer",
    "Dispatcher",
    "Pipeline",
    "Policy",
    "Stage",
    "Worker",
    "as_written",
    "buffers",
    "device_name",
    "distribute",
    "has_autotuned_parallelism",
    "has_debug_mode",
    "has_generator",
    "has_op_determinism",
    "in_debug_mode",
    "is_nothing",
    "is_on_device",
    "is_sized_at_run_time",
    "is_without_fusion",
    "is_without_injection",
    "keeps_a_file",
    "lane",
    "of_known_size",
    "of_worker",
    "prefetch_to_device",
    "profile",
    "python_calls",
    "reads_range",
    "replayed",
    "runs",
    "runs_in_graph_loop",
    "slowed",
    "without_injection",
    "works_ahead",
    "written",
]
