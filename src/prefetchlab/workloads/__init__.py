"""Work to measure with: real JPEG records, loading that waits, train steps."""

from prefetchlab.workloads.computing import OpsWork, PythonWork, noisy_jpeg
from prefetchlab.workloads.consumers import (
    KerasStep,
    QueueingAccelerator,
    SimulatedAccelerator,
    device,
)
from prefetchlab.workloads.devices import Device, MatmulDevice, SimulatedDevice
from prefetchlab.workloads.folder import ImageFolder
from prefetchlab.workloads.images import ImageData
from prefetchlab.workloads.load_times import KINDS, load_times
from prefetchlab.workloads.making import make_shards
from prefetchlab.workloads.manifest import Manifest, Shard
from prefetchlab.workloads.opening import open_images
from prefetchlab.workloads.records import RecordShards
from prefetchlab.workloads.sources import slow_map, slow_source

__all__ = [
    "KINDS",
    "Device",
    "ImageData",
    "ImageFolder",
    "KerasStep",
    "Manifest",
    "MatmulDevice",
    "OpsWork",
    "PythonWork",
    "QueueingAccelerator",
    "RecordShards",
    "Shard",
    "SimulatedAccelerator",
    "SimulatedDevice",
    "device",
    "load_times",
    "make_shards",
    "noisy_jpeg",
    "open_images",
    "slow_map",
    "slow_source",
]
