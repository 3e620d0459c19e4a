"""Replace the shards of a folder so that, whenever the process dies, old or new is there whole.

One rename decides: that of the new manifest over the old one. Shards are named by their content,
so a new shard never takes an old one's name unless both hold the same bytes. Until the rename the
old manifest and all that it names are in place; from then on the new manifest is, and all that it
names was put there, and synced, before. So a reader, who begins at the manifest, sees one of two.

What is not named by the manifest is left over. To know that it is ours, a hidden folder keeps a
copy of both manifests from before the first shard is published until the last is removed:

    DIR/.prefetchlab-make/previous.json   names the shards that the new manifest may leave behind
    DIR/.prefetchlab-make/next.json       names the shards that may be there without a manifest

`tidy` removes what these two name and the manifest does not, then the hidden folder. It runs at the
end of every make, and at the start of the next one if this one was killed. It takes no file whose
bytes are others than named: such a file is not ours.

Two makes exclude each other by a lock on the folder itself, which no process leaves behind.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from prefetchlab.errors import InputError
from prefetchlab.workloads.drawn import CLASS_NAMES
from prefetchlab.workloads.manifest import (
    MANIFEST,
    Manifest,
    Shard,
    is_stored,
    read_manifest,
)

try:
    import fcntl
except ImportError:  # Windows cannot lock a folder; there, two makes at once are not kept apart
    fcntl = None  # type: ignore[assignment]  # a module or None; there is no other name for it

_WORKSPACE = ".prefetchlab-make"
_JOURNALS = ("previous.json", "next.json")
_LEFT_OVER = re.compile(r"(train|validation)-[0-9]+|(previous|next|manifest)\.json")


@contextlib.contextmanager
def replacing(directory: Path) -> Iterator["Replacement"]:
    """Hold a folder for one make: locked, checked, tidied before and after.

    **Arguments:**

    - `directory`: new, empty, or one that `make_shards` wrote.

    **Returns:** a context in which shards are drawn into `Replacement.workspace` and published.

    **Raises:** `InputError` if the folder holds anything that a make did not write, if another make
    is at work there, or if it cannot be written.
    """
    try:
        new = [path for path in (directory, *directory.parents) if not path.exists()]
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory):
            try:
                _check_ours(directory)
                with _tidied(directory):
                    yield Replacement(directory)
            finally:
                _remove_empty(new)
    except OSError as error:
        raise unwritable(directory, error) from None


@contextlib.contextmanager
def _tidied(directory: Path) -> Iterator[None]:
    """Tidy a folder that was found to be ours, before and after."""
    tidy(directory)
    try:
        yield
    finally:
        tidy(directory)


class Replacement:
    """A make under way in a folder that is held."""

    def __init__(self, directory: Path) -> None:
        """Make the hidden folder in which shards are drawn."""
        self._directory = directory
        self.workspace = directory / _WORKSPACE
        self.workspace.mkdir()

    def publish(self, manifest: Manifest, drawn: dict[str, Path]) -> None:
        """Put drawn shards in place of what is there.

        **Arguments:**

        - `manifest`: names all new shards.
        - `drawn`: the file in the workspace of each shard, by the shard's name.
        """
        current = self._directory / MANIFEST
        if current.exists():
            _write_synced(self.workspace / "previous.json", current.read_bytes())
        _write_synced(self.workspace / "next.json", manifest.to_json())
        _write_synced(self.workspace / MANIFEST, manifest.to_json())
        _sync(self.workspace)
        for name, path in drawn.items():
            _sync(path)
            path.replace(self._directory / name)
        _sync(self._directory)
        (self.workspace / MANIFEST).replace(current)  # from here on, the new data is there
        _sync(self._directory)


def tidy(directory: Path) -> None:
    """Remove what an earlier make left, killed or not; the manifest's own shards stay.

    It may be cut off anywhere, and run again.
    """
    workspace = directory / _WORKSPACE
    if not workspace.is_dir():
        return
    current = directory / MANIFEST
    # A manifest that is there and cannot be read stops this: then nothing is known to be left over.
    kept = {shard.file for shard in read_manifest(current).shards} if current.exists() else set()
    for journal in _JOURNALS:
        for shard in _named(workspace / journal):
            if shard.file not in kept and is_stored(directory / shard.file, shard):
                (directory / shard.file).unlink()
    for path in sorted(workspace.iterdir(), key=lambda path: path.name in _JOURNALS):
        path.unlink()  # the journals last: without them a shard that is left over is not ours
    workspace.rmdir()


def _named(manifest: Path) -> tuple[Shard, ...]:
    """The shards that a manifest names; none if it is not there or was not written to its end."""
    try:
        return read_manifest(manifest).shards
    except InputError:
        return ()


def _check_ours(directory: Path) -> None:
    """Refuse a folder, untouched, that holds anything but what a make wrote there."""
    _check_workspace(directory / _WORKSPACE)
    present = {path.name for path in directory.iterdir()} - {_WORKSPACE}
    if MANIFEST in present:
        try:
            manifest = read_manifest(directory / MANIFEST)
        except InputError as error:
            reason = str(error).rpartition(";")[0]
            raise InputError(f"{reason}; it is kept: name a new or empty folder") from None
        if not _is_from_a_make(manifest):
            raise InputError(
                f"{directory / MANIFEST}: it names data that `data make` did not draw; it is kept: "
                "name a new or empty folder"
            )
    ours = {MANIFEST}
    for file in (directory / MANIFEST, *(directory / _WORKSPACE / name for name in _JOURNALS)):
        for shard in _named(file):
            if is_stored(directory / shard.file, shard):
                ours.add(shard.file)
    if foreign := present - ours:
        raise InputError(
            f"{directory}: it holds other files ({min(foreign)}); name a new or empty folder"
        )


def _is_from_a_make(manifest: Manifest) -> bool:
    """Whether a make can have written it: it draws these classes, and names shards by content."""
    by_content = all(f"-{shard.sha256[:12]}." in shard.file for shard in manifest.shards)
    return manifest.class_names == CLASS_NAMES and by_content


def _check_workspace(workspace: Path) -> None:
    """Refuse a hidden folder that a make would not leave so."""
    if not os.path.lexists(workspace):
        return
    foreign = workspace.is_symlink() or not workspace.is_dir()
    if foreign or not all(_LEFT_OVER.fullmatch(path.name) for path in workspace.iterdir()):
        raise InputError(f"{workspace}: it holds other files; name a new or empty folder")


def _remove_empty(new: list[Path]) -> None:
    """Remove the folders that this make made, if it left nothing in them."""
    with contextlib.suppress(OSError):
        for path in new:
            path.rmdir()


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Hold the folder's lock; the system drops it when this process ends, however it ends."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        _lock(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"{directory}: another `data make` is at work there; wait for it, or name another"
        ) from None


def _write_synced(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _sync(path)


def _sync(path: Path) -> None:
    """Have the disk hold what was written, so that no later rename overtakes it."""
    if path.is_dir() and fcntl is None:
        return  # nor can Windows sync a folder
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: Path, error: Exception) -> InputError:
    """The one line for a place where the system does not let us write."""
    # TensorFlow's errors have no `strerror`: they say "PATH; the reason", and may go on below.
    reason = getattr(error, "strerror", None) or str(error).partition("\n")[0].rpartition("; ")[2]
    return InputError(f"{path}: cannot be written: {reason}; free it, or name another folder")
