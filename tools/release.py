"""Build what students get: one zip for each assignment, in _build/release/.

It holds the exercise, the wheel of the laboratory and a README.txt. `make release` runs it. A
release is refused if the exercise is not what the solution generates, or if a solution, a hidden
test, a model answer or a wrong answer is found in it. The same checkout gives the same bytes.
"""

import io
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from prefetchlab.errors import InputError
from tools import leaks
from tools.exercises import (
    LEFT_BY_PROGRAMS,
    assignments,
    differences,
    files_in,
    generate,
    run_module,
)
from tools.repository import ROOT

README = """\
Open a terminal in this folder. You need Python 3.11, 3.12 or 3.13, and 3 GB of free disk.
Install: python3 -m venv course
         course/bin/python -m pip install jupyterlab {wheel}
Open:    course/bin/python -m jupyter lab {assignment}.ipynb
         On Windows type python for python3, and course\\Scripts\\python for course/bin/python.
Hand in: save, then upload {assignment}.ipynb only. Do not copy, delete or move its cells.
"""

# The earliest time that a zip can hold. A file's own time would change the bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_NO_TIME_EPOCH = "315532800"
_READABLE = 0o100644 << 16
# What a wheel is built from.
WHEEL_NEEDS = (
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
    "requirements",
    "src",
    "book/quizzes",
    "book/claims.yml",
)
_AS_IT_IS = ("--no-deps", "--no-build-isolation")  # of this environment; nothing is fetched
_LEFT_OUT = shutil.ignore_patterns(*LEFT_BY_PROGRAMS)


def build(root: Path, into: Path) -> tuple[Path, ...]:
    """Build the release of every assignment.

    **Arguments:**

    - `root`: the checkout.
    - `into`: the folder of the zips; it is made.

    **Returns:** the zips.

    **Raises:** `InputError` if an exercise is stale, or if a zip would hold what it must not.
    """
    with tempfile.TemporaryDirectory() as folder:
        refuse_stale(root, generate(root, Path(folder)))
        wheel = build_wheel(root, Path(folder))
    zips = {name: packed(release_files(root, name, wheel)) for name in assignments(root)}
    refuse_leaks(root, zips)
    into.mkdir(parents=True, exist_ok=True)
    for name, data in zips.items():
        (into / f"{name}.zip").write_bytes(data)
    return tuple(into / f"{name}.zip" for name in zips)


def release_files(root: Path, assignment: str, wheel: tuple[str, bytes]) -> dict[str, bytes]:
    """What the zip of one assignment holds, by name."""
    name, content = wheel
    folder = root / "exercises" / assignment
    files = {
        path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in files_in(folder)
    }
    readme = README.format(wheel=name, assignment=assignment)
    return files | {f"{assignment}/{name}": content, f"{assignment}/README.txt": readme.encode()}


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files, in their order, that depends on nothing but names and contents."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _READABLE
            entry.create_system = 3  # the bytes are the same on Windows
            archive.writestr(entry, content)
    return data.getvalue()


def build_wheel(root: Path, scratch: Path) -> tuple[str, bytes]:
    """The wheel of the laboratory: its name and its bytes.

    It is built from a copy: setuptools leaves a folder `build` where it builds, and packs from it
    the next time what was deleted since.
    """
    source, out = scratch / "source", scratch / "wheels"
    source.mkdir(parents=True)
    for name in WHEEL_NEEDS:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_dir():
            shutil.copytree(root / name, source / name, ignore=_LEFT_OUT)
        else:
            shutil.copy(root / name, source / name)
    words = ["wheel", "--quiet", *_AS_IT_IS, "--wheel-dir", str(out), "."]
    run_module("pip", *words, cwd=source, SOURCE_DATE_EPOCH=_NO_TIME_EPOCH)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return wheel.name, packed({name: archive.read(name) for name in archive.namelist()})


def refuse_stale(root: Path, generated: Path) -> None:
    """Raise `InputError` with one line if `exercises/` is not what the solutions generate."""
    for place in differences(root / "exercises", generated):
        raise InputError(f"exercises/{place}: not what solutions/ generates; run: make exercises")


def refuse_leaks(root: Path, zips: Mapping[str, bytes]) -> None:
    """Raise `InputError` with one line if a zip holds a secret, or a word of this machine."""
    secrets, words = leaks.secrets(root), leaks.machine_words(root)
    for name, data in zips.items():
        found = leaks.leaks(f"{name}.zip", data, secrets, words)
        for leak in found:
            more = f" ({len(found)} such places)" if len(found) > 1 else ""
            raise InputError(f"{leak.file}: holds a {leak.kind}: {leak.place}{more}; take it out")


def main() -> int:
    """Build all releases and name them; exit code 2 and one line if one is refused."""
    try:
        for path in build(ROOT, ROOT / "_build" / "release"):
            print(path.relative_to(ROOT))
    except InputError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
