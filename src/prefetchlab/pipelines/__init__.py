"""The steps of an input pipeline on `tf.data.Dataset`: decode and batch what `data.read` reads.

Nothing here measures.
"""

from prefetchlab.pipelines.changes import CHANGES, LADDER, changed
from prefetchlab.pipelines.images import EDGE, StampedBatch, decode, grown, image_batches

__all__ = [
    "CHANGES",
    "EDGE",
    "LADDER",
    "StampedBatch",
    "changed",
    "decode",
    "grown",
    "image_batches",
]
