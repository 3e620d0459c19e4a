"""Grain: Pillow over an ArrayRecord file, in threads of one process or in worker processes."""

import io

import grain

from tools.peers.work import BATCH, Batches, Images, Pixels, with_pillow


def _decode(jpeg: bytes) -> Pixels:
    return with_pillow(io.BytesIO(jpeg))


def batches(images: Images, *, threads: int = 0, processes: int = 0) -> Batches:
    """Batches of uint8, channels last.

    **Arguments:**

    - `images`: where they are.
    - `threads`: how many make batches ahead, two for each. With none the loop makes its batches
      itself, or its worker processes do.
    - `processes`: how many worker processes there are.
    """
    records = grain.sources.ArrayRecordDataSource(str(images.array_record))
    # Batched before it becomes an iterator: worker processes then take turns by batches, and the
    # order of the images stays.
    made = grain.MapDataset.source(records).repeat().map(_decode).batch(BATCH)
    ahead = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=2 * threads)
    dataset = made.to_iter_dataset(ahead)
    if processes:
        dataset = dataset.mp_prefetch(grain.MultiprocessingOptions(num_workers=processes))
    iterator = iter(dataset)
    try:
        yield from iterator
    finally:
        iterator.close()
