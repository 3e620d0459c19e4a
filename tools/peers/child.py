"""The process of one contender: it answers each order, a line of JSON, with a line of JSON.

It imports its peer with the first order. What libraries print goes to stderr.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tools.peers.contenders import Contender, named
from tools.peers.timing import images_per_s
from tools.peers.work import Images, pixels


def store_pixels(contender: Contender, images: Images, *, file: str, batches: int) -> None:
    """Store the first batches as an array of uint8, shape (images, 128, 128, 3)."""
    with contextlib.closing(contender.opens(images)) as made:
        np.save(file, np.concatenate([pixels(batch) for batch in islice(made, batches)]))


def time_batches(contender: Contender, images: Images, *, warm_s: float, timed_s: float) -> float:
    """Images a second of a contender that begins anew."""
    with contextlib.closing(contender.opens(images)) as made:
        return images_per_s(made, warm_s=warm_s, timed_s=timed_s)


_ORDERS: dict[str, Callable[..., Any]] = {"pixels": store_pixels, "time": time_batches}


def _answer(contender: Contender, images: Images, order: dict[str, Any]) -> dict[str, Any]:
    try:
        result = _ORDERS[order.pop("order")](contender, images, **order)
    except Exception as error:  # whatever a peer raises, the parent tells it in one line
        return {"error": f"{type(error).__name__}: {error}"}
    times = os.times()  # worker processes have ended by now, and count
    used_s = times.user + times.system + times.children_user + times.children_system
    return {"result": result, "cpu_s": used_s}


def main(name: str, folder: str) -> None:
    """Answer orders until there are no more."""
    contender, images = named(name), Images(Path(folder))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        for line in sys.stdin:
            print(
                json.dumps(_answer(contender, images, json.loads(line))), file=answers, flush=True
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
