"""Open images, however they are stored."""

import os
from pathlib import Path

from prefetchlab import given
from prefetchlab.errors import InputError
from prefetchlab.workloads.folder import open_folder
from prefetchlab.workloads.images import ImageData, unreadable
from prefetchlab.workloads.manifest import MANIFEST
from prefetchlab.workloads.records import open_records


def open_images(directory: Path) -> ImageData:
    """Open what `make_shards` wrote, or any folder of images with one folder a class.

    Every shard's checksum and every record's header is verified, so a damaged one is found now and
    not in the middle of a run. Of the reader's images only the headers are read;
    `check_decodable` decodes them all.

    **Arguments:**

    - `directory`: the folder.

    **Returns:** `RecordShards` if there is a manifest, else an `ImageFolder`.

    **Raises:** `InputError` that names the file, and for a damaged shard the record.
    """
    directory = given.path("directory", directory)
    if directory.is_file():
        raise InputError(f"{directory}: it is a file; name the folder that your images are in")
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory}: it is no folder; name the one that your images are in")
    if not directory.is_dir():
        raise InputError(
            f"{directory}: no such folder; look at its name, or make one: "
            f"prefetchlab data make {directory}"
        )
    try:
        present = os.listdir(directory)  # noqa: PTH208 - names alone are wanted
    except OSError as error:
        raise unreadable(directory, error) from None
    if MANIFEST in present:
        return open_records(directory)
    if any(name.endswith(".tfrecord") for name in present):
        raise InputError(
            f"{directory}: shards and no {MANIFEST}; make the data again in a new folder"
        )
    return open_folder(directory)
