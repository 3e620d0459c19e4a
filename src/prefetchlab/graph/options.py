"""Which rewrites TensorFlow may make: options of a pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager

from tensorflow.python.data.ops import debug_mode
from tensorflow.python.framework import config

from prefetchlab import given
from prefetchlab._tensorflow import tf

# All rewrites that an option can ask for. Some are made by default, some only if asked for.
REWRITES = (
    "filter_fusion",
    "filter_parallelization",
    "inject_prefetch",
    "map_and_batch_fusion",
    "map_and_filter_fusion",
    "map_fusion",
    "map_parallelization",
    "noop_elimination",
    "parallel_batch",
    "seq_interleave_prefetch",
    "shuffle_and_repeat_fusion",
)


def as_written(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Switch TensorFlow's rewrites off: what you wrote is what runs.

    Rewrites that are made by default are switched off, and so are those that an option of the
    pipeline asks for. The other options stay, also those that change how a stage works and add
    none: `deterministic`, `experimental_slack`, `experimental_warm_start`, `autotune`, threads.
    What `tf.config.experimental.enable_op_determinism` asks for stays as well: there TensorFlow
    still makes parallel stages serial, and sets each prefetch of a pipeline to no slot where a
    function of its stages has stateful Python in it.

    >>> from prefetchlab.graph import runs
    >>> print(runs(as_written(tf.data.Dataset.range(64).batch(4))))
    Range → Batch(4)

    It is the simplest of the baselines that stay serial for `map` and then `batch`. Two others
    were run and are serial, too: the options `map_and_batch_fusion`, `map_parallelization` and
    `inject_prefetch`, all False; and `map_and_batch_fusion` False with `autotune.enabled` False.
    Not serial for it are `prefetch(0)` at the end, `inject_prefetch` False alone,
    `autotune.enabled` False alone, and `num_parallel_calls=1`: `map` and `batch` still become one
    operation that works in the background. For `batch` alone the first three are serial.

    **Arguments:**

    - `dataset`: the finished pipeline; the options hold for all of it, up to a copy to a device or
      what workers of the tf.data service run: so call it before `prefetch_to_device` and before
      `distribute`.

    **Raises:** `InputError` if it is no dataset.
    """
    given.dataset("dataset", dataset)
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    for rewrite in REWRITES:
        setattr(options.experimental_optimization, rewrite, False)
    return dataset.with_options(options)


def without_injection(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Switch off the injected prefetch alone; every other rewrite stays.

    >>> from prefetchlab.graph import runs
    >>> print(runs(without_injection(tf.data.Dataset.range(64).batch(4))))
    Range → Batch(4)

    **Arguments:**

    - `dataset`: the finished pipeline.

    **Raises:** `InputError` if it is no dataset.
    """
    given.dataset("dataset", dataset)
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False
    return dataset.with_options(options)


def is_without_injection(dataset: tf.data.Dataset) -> bool:
    """Whether the option `inject_prefetch` of the pipeline is False; other options are not read.

    >>> numbers = tf.data.Dataset.range(8)
    >>> is_without_injection(numbers), is_without_injection(without_injection(numbers).batch(2))
    (False, True)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.

    **Raises:** `InputError` if it is no dataset.
    """
    given.dataset("dataset", dataset)
    return dataset.options().experimental_optimization.inject_prefetch is False


def is_without_fusion(dataset: tf.data.Dataset) -> bool:
    """Whether the option `map_and_batch_fusion` of the pipeline is False; no other is read.

    >>> is_without_fusion(as_written(tf.data.Dataset.range(8))), is_without_fusion(
    ...     tf.data.Dataset.range(8)
    ... )
    (True, False)

    **Arguments:**

    - `dataset`: any `tf.data.Dataset`; no element is read.

    **Raises:** `InputError` if it is no dataset.
    """
    given.dataset("dataset", dataset)
    return dataset.options().experimental_optimization.map_and_batch_fusion is False


def has_op_determinism() -> bool:
    """Whether `tf.config.experimental.enable_op_determinism` was called in this process.

    >>> has_op_determinism()
    False
    """
    return bool(config.is_op_determinism_enabled())


def has_debug_mode() -> bool:
    """Whether `tf.data.experimental.enable_debug_mode` was called in this process.

    In this mode TensorFlow runs the functions of stages eagerly, takes no notice of the
    `num_parallel_calls` of `map`, `interleave` and `batch`, and leaves `prefetch` out. Fused and
    legacy stages such as `map_and_batch` stay parallel.

    >>> has_debug_mode()
    False
    """
    return bool(debug_mode.DEBUG_MODE)


@contextmanager
def in_debug_mode() -> Iterator[None]:
    """Have `tf.data.experimental.enable_debug_mode` in force for a block of code.

    TensorFlow itself has no public way back. What was built before the block stays what it was, and
    what was built in it stays as it is afterwards. The mode is the whole process's: let one thread
    alone use this.

    >>> with in_debug_mode():
    ...     has_debug_mode()
    True
    >>> has_debug_mode()
    False
    """
    before = has_debug_mode()
    tf.data.experimental.enable_debug_mode()
    try:
        yield
    finally:
        debug_mode.toggle_debug_mode(before)
