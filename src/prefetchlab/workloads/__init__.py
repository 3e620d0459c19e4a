"""Work to measure with: real JPEG records, loading that waits, train steps."""

from prefetchlab.workloads import images
from prefetchlab.workloads.consumers import KerasStep, SimulatedAccelerator, device
from prefetchlab.workloads.sources import slow_map, slow_source

__all__ = ["KerasStep", "SimulatedAccelerator", "device", "images", "slow_map", "slow_source"]
