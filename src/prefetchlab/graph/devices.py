"""Pipelines that end on a device, and the device that TensorFlow sees."""

from prefetchlab import given
from prefetchlab._tensorflow import tf
from prefetchlab.graph.pipeline import Stage


def prefetch_to_device(dataset: tf.data.Dataset, device: str, slots: int = 1) -> tf.data.Dataset:
    """Copy elements to a device ahead of the consumer; it must be the last transformation.

    >>> from prefetchlab.graph import written
    >>> print(written(prefetch_to_device(tf.data.Dataset.range(8).batch(2), "CPU:0")))
    Range → Batch(2) → CopyToDevice → Prefetch(1)

    **Arguments:**

    - `dataset`: the finished host pipeline.
    - `device`: TensorFlow's name of it, "GPU:0" say.
    - `slots`: how many elements wait on the device.

    **Raises:** `InputError` if it is no dataset, if TensorFlow sees no such device, or if the
    slots are not whole or below 1.
    """
    given.dataset("dataset", dataset)
    slots = given.whole("slots", slots, least=1)
    given.device("device", device)
    return dataset.apply(tf.data.experimental.prefetch_to_device(device, buffer_size=slots))


def is_on_device(dataset: tf.data.Dataset) -> bool:
    """Whether a pipeline ends on a device, to which its elements are copied.

    >>> numbers = tf.data.Dataset.range(8)
    >>> is_on_device(numbers), is_on_device(prefetch_to_device(numbers, "CPU:0"))
    (False, True)

    **Raises:** `InputError` if it is no dataset.
    """
    given.dataset("dataset", dataset)
    return bool(host_and_device(dataset)[1])


def device_name() -> str:
    """The name of the GPU that TensorFlow sees, or that it sees none."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU (TensorFlow sees no GPU)"
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))


def host_and_device(dataset: tf.data.Dataset) -> tuple[tf.data.Dataset, tuple[Stage, ...]]:
    """The part of a pipeline that runs on the host, and the stages behind its copy to a device.

    TensorFlow runs the two with an iterator each, and rewrites the host's part by itself.

    **Returns:** the pipeline itself, and no stages, if it is not copied to a device.
    """
    stages: list[Stage] = []
    below = dataset
    while (kind := type(below).__name__) in ("_PrefetchDataset", "_OptionsDataset"):
        stages += [Stage("Prefetch", int(below._buffer_size))] if kind == "_PrefetchDataset" else []
        (below,) = below._inputs()
    if kind != "_CopyToDeviceDataset":
        return dataset, ()
    return below._inputs()[0], (Stage("CopyToDevice"), *reversed(stages))
