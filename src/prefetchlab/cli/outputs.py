"""Result files: checked before a long run, and written whole or not at all."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from prefetchlab.errors import InputError


def check_outputs(paths: Sequence[Path], *, data: Path | None) -> None:
    """Say before a minute of measuring, not after it, that its results cannot go there.

    **Arguments:**

    - `paths`: the files that will be written.
    - `data`: the folder that is measured; nothing is written into it.

    **Raises:** `InputError` that names the file.
    """
    targets = [_checked(path) for path in paths]
    for path, target in zip(paths, targets, strict=True):
        if data is not None and _is_input(target, data):
            raise InputError(f"{path}: it is or would be part of {data}; name a file elsewhere")
    for (path, one), (later, other) in combinations(zip(paths, targets, strict=True), 2):
        if _is_same(one, other):
            raise InputError(f"{later}: the same file as {path}; name another")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there: the old file stays until that moment.

    **Arguments:**

    - `path`: the file; if it is a link, the file that it leads to.
    - `content`: all of it.

    **Raises:** `InputError` if it cannot be written; what was there before is there still.
    """
    try:
        target = _target(path)
        beside = target.parent / f".prefetchlab-{secrets.token_hex(8)}"
        with _removed_if_left(beside):
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                beside.chmod(stat.S_IMODE(target.stat().st_mode))
            beside.replace(target)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written: {error.strerror}; make room, or name another file"
        ) from None


@contextlib.contextmanager
def _removed_if_left(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _checked(path: Path) -> Path:
    """The file that would be written, if it can be."""
    try:
        target = _target(path)
        if not target.parent.is_dir():
            raise InputError(f"{path}: its folder does not exist; make the folder first")
        _check_replaceable(target)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be written there: {reason}; name another file") from None
    return target


def _check_replaceable(target: Path) -> None:
    """Refuse a pipe, a device or a folder, and what we may not write."""
    folder_is_ours = os.access(target.parent, os.W_OK | os.X_OK)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG | stat.S_IWUSR
    else:
        folder_is_ours = folder_is_ours and os.access(target, os.W_OK)
    if not stat.S_ISREG(mode):
        raise OSError(0, "it is no regular file")
    if not folder_is_ours:
        raise OSError(0, "permission denied")


def _target(path: Path) -> Path:
    """Where a link leads, so that the link stays; the path itself, made absolute, if it is none."""
    try:
        return path.resolve(strict=path.is_symlink())
    except (FileNotFoundError, RuntimeError):
        raise OSError(0, "it is a link that leads nowhere") from None


def _is_same(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _is_input(target: Path, data: Path) -> bool:
    """Whether a file lies in the folder that is measured, or is a file of it by another name."""
    if target.is_relative_to(data.resolve()):
        return True
    stored = (*data.glob("*"), *data.glob("*/*")) if target.exists() else ()
    return any(_is_same(path, target) for path in stored)
