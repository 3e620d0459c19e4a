"""PyTorch: a DataLoader over JPEG files, with Pillow or with torchvision's own decoder."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from torchvision.io import ImageReadMode, decode_jpeg, read_file
from torchvision.transforms.v2 import InterpolationMode, functional

from tools.peers.work import BATCH, EDGE, Batches, Images, with_pillow

_AS_GOOD_AS_ENDLESS = 10**9
Decode = Callable[[Path], Any]


class _Files:
    """A map-style dataset that begins again and again, so that no epoch ends in a timed run."""

    def __init__(self, files: Sequence[Path], decode: Decode) -> None:
        self._files, self._decode = files, decode

    def __len__(self) -> int:
        return _AS_GOOD_AS_ENDLESS

    def __getitem__(self, index: int) -> Any:
        return self._decode(self._files[index % len(self._files)])


def pillow(path: Path) -> Any:
    """One image by Pillow, channels last."""
    return torch.from_numpy(with_pillow(path))


def torchvision(path: Path) -> Any:
    """One image by torchvision, channels first."""
    image = decode_jpeg(read_file(str(path)), mode=ImageReadMode.RGB)
    how = InterpolationMode.BILINEAR
    return functional.resize(image, [EDGE, EDGE], interpolation=how, antialias=True)


def batches(images: Images, decode: Decode, *, workers: int) -> Batches:
    """Batches of uint8, by so many worker processes; with none, in the loop's own process."""
    yield from DataLoader(_Files(images.files, decode), batch_size=BATCH, num_workers=workers)
