"""A tf.data service on this machine: a dispatcher and workers, each in a process of its own.

`start` gives a `Cluster`; its `distribute` lets the workers run a pipeline. A worker can be killed,
and started again. All processes end with this one, whatever ends it.
"""

from prefetchlab.service.cluster import Cluster, cpu_s, start

__all__ = ["Cluster", "cpu_s", "start"]
