"""Who takes part: each peer in each way that might be its best."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.peers.work import Batches, Images


@dataclass(frozen=True)
class Contender:
    """One peer in one way.

    Attributes:
        peer: "tf.data", "PyTorch" or "Grain".
        way: how it works ahead, in words.
        decoder: the library that decodes and resizes.
        stored: the form in which it reads the images.
        opens: begins to make batches; imports the peer.
    """

    peer: str
    way: str
    decoder: str
    stored: str
    opens: Callable[[Images], Batches]

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.peer}, {self.decoder}, {self.way}"


def _tf_data(resize: str) -> Contender:
    def opens(images: Images) -> Batches:
        from tools.peers import with_tf_data

        return with_tf_data.batches(images, resize=with_tf_data.RESIZES[resize])

    return Contender("tf.data", f"AUTOTUNE, {resize}", "TensorFlow", "TFRecord shards", opens)


def _pytorch(decoder: str, workers: int) -> Contender:
    def opens(images: Images) -> Batches:
        from tools.peers import with_pytorch

        decode = {"Pillow": with_pytorch.pillow, "torchvision": with_pytorch.torchvision}[decoder]
        return with_pytorch.batches(images, decode, workers=workers)

    return Contender("PyTorch", _counted(workers, "process"), decoder, "JPEG files", opens)


def _grain(*, threads: int = 0, processes: int = 0) -> Contender:
    def opens(images: Images) -> Batches:
        from tools.peers import with_grain

        return with_grain.batches(images, threads=threads, processes=processes)

    way = _counted(processes, "process") if processes else _counted(threads, "thread")
    return Contender("Grain", way, "Pillow", "ArrayRecord", opens)


def _counted(workers: int, kind: str) -> str:
    if not workers:
        return "in the loop"
    return f"{workers} {kind}" + ("es" if kind == "process" else "s") * (workers > 1)


CONTENDERS = (
    *(_tf_data(resize) for resize in ("tf.image.resize", "convolution")),
    *(_pytorch(decoder, workers) for decoder in ("Pillow", "torchvision") for workers in (0, 1, 2)),
    _grain(),
    *(_grain(threads=threads) for threads in (2, 16)),  # 16 is what Grain takes by itself
    *(_grain(processes=processes) for processes in (1, 2)),
)


def named(name: str) -> Contender:
    """The contender of this name."""
    (found,) = (contender for contender in CONTENDERS if contender.name == name)
    return found
