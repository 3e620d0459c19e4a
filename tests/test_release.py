"""What students get: everything they need, nothing they must not see, the same bytes each time."""

import base64
import io
import json
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from prefetchlab.errors import InputError
from tools import assignments, leaks, release
from tools.leaks import Secret
from tools.repository import ROOT

pytestmark = pytest.mark.long

ASSIGNMENT = "3-overlap"
SECRETS = leaks.secrets(ROOT)
KINDS = ("solution", "hidden test", "model answer", "wrong answer")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of releases of this checkout."""
    folder = tmp_path_factory.mktemp("release")
    release.build(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def files(built: Path) -> dict[str, bytes]:
    """What the zip of assignment 3 holds."""
    return unpacked((built / f"{ASSIGNMENT}.zip").read_bytes())


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def wheel_name(files: dict[str, bytes]) -> str:
    (name,) = (name for name in files if name.endswith(".whl"))
    return name


def kinds_found(files: dict[str, bytes]) -> set[str]:
    return {leak.kind for leak in leaks.leaks("zip", release.packed(files), SECRETS, ())}


# --- what is in it --------------------------------------------------------------------------------


def test_every_assignment_has_a_zip(built: Path) -> None:
    zips = {path.stem for path in built.glob("*.zip")}
    assert zips == {path.name for path in (ROOT / "solutions").iterdir()}


def test_zip_holds_exercise_wheel_and_readme(files: dict[str, bytes]) -> None:
    wheel = wheel_name(files)
    assert set(files) == {f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb", wheel, f"{ASSIGNMENT}/README.txt"}
    exercise = ROOT / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert files[f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"] == exercise.read_bytes()


def test_readme_names_the_wheel_and_the_notebook_that_are_there(files: dict[str, bytes]) -> None:
    readme = files[f"{ASSIGNMENT}/README.txt"].decode()
    assert f"pip install jupyterlab {Path(wheel_name(files)).name}\n" in readme
    assert f"jupyter lab {ASSIGNMENT}.ipynb\n" in readme
    assert f"upload {ASSIGNMENT}.ipynb only" in readme


def test_readme_names_each_python_on_which_the_wheel_installs(files: dict[str, bytes]) -> None:
    inside = unpacked(files[wheel_name(files)])
    (name,) = (name for name in inside if name.endswith("/METADATA"))
    allowed = SpecifierSet(Parser().parsestr(inside[name].decode())["Requires-Python"])
    readme = files[f"{ASSIGNMENT}/README.txt"].decode()
    named = re.findall(r"\b3\.\d+\b", readme)
    assert named == [version for n in range(30) if (version := f"3.{n}") in allowed]


def test_wheel_brings_its_requirements(files: dict[str, bytes]) -> None:
    inside = unpacked(files[wheel_name(files)])
    (name,) = (name for name in inside if name.endswith("/METADATA"))
    required = Parser().parsestr(inside[name].decode()).get_all("Requires-Dist", [])
    plain = [line for line in required if "extra ==" not in line]
    lines = (ROOT / "requirements/laboratory.txt").read_text(encoding="utf-8").splitlines()
    listed = [line.split("#")[0].strip() for line in lines]
    names = {line.split(">")[0].split("<")[0].split("=")[0] for line in filter(None, listed)}
    assert {line.split("<")[0].split(">")[0].split("=")[0] for line in plain} == names


def test_wheel_holds_every_module_of_the_laboratory(files: dict[str, bytes]) -> None:
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert modules <= set(unpacked(files[wheel_name(files)]))


def test_same_checkout_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    (again,) = (path for path in release.build(ROOT, tmp_path) if path.stem == ASSIGNMENT)
    assert again.read_bytes() == (built / again.name).read_bytes()


# --- what is refused ------------------------------------------------------------------------------


def test_stale_exercise_is_refused_in_one_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "exercises", tmp_path / "generated")
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    notebook = tmp_path / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook.write_bytes(notebook.read_bytes() + b" ")
    with pytest.raises(InputError, match=r"exercises/3-overlap/3-overlap.ipynb: .*make exercises$"):
        release.refuse_stale(tmp_path, tmp_path / "generated")


def test_exercise_that_is_missing_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "exercises", tmp_path / "generated")
    (tmp_path / "exercises").mkdir()
    with pytest.raises(InputError, match="run: make exercises"):
        release.refuse_stale(tmp_path, tmp_path / "generated")


def test_zip_that_holds_a_secret_is_refused_in_one_line(files: dict[str, bytes]) -> None:
    solutions = ROOT / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    data = release.packed(files | {"left.ipynb": solutions.read_bytes()})
    with pytest.raises(InputError, match=r"left.ipynb: holds a .*; take it out$"):
        release.refuse_leaks(ROOT, {"zip": data})


# --- the search -----------------------------------------------------------------------------------


def test_release_holds_no_secret_and_no_word_of_this_machine(built: Path) -> None:
    for path in built.glob("*.zip"):
        words = leaks.machine_words(ROOT)
        assert leaks.leaks(path.name, path.read_bytes(), SECRETS, words) == []


def test_every_solution_test_and_wrong_answer_is_searched() -> None:
    marked = sum(
        source.count("### BEGIN SOLUTION") + source.count("### BEGIN HIDDEN TESTS")
        for source in (path.read_text("utf-8") for path in ROOT.glob("solutions/*/*.ipynb"))
    )
    kinds = [secret.kind for secret in SECRETS]
    assert kinds.count("solution") + kinds.count("hidden test") == marked
    assert kinds.count("model answer") == sum(len(one.by_hand) for one in assignments.every())
    wrong = [path.read_text("utf-8") for path in ROOT.glob("tests/**/*.yml")]
    assert kinds.count("wrong answer") == sum(text.count(" code: ") for text in wrong) > 0


WHOLE = {(kind, place): text for kind, place, text in leaks._secret_texts(ROOT)}


def texts_of(secret: Secret) -> list[str]:
    """The secret as it stands in its file: the whole text, and each line that is searched."""
    whole = WHOLE[secret.kind, secret.place]
    lines = [line for line in whole.splitlines() if leaks.compared(line) in secret.needles]
    return [whole, *lines]


def one_of(kind: str) -> str:
    """The first secret of a kind."""
    return texts_of(next(secret for secret in SECRETS if secret.kind == kind))[0]


def as_notebook(text: str) -> bytes:
    return json.dumps({"cells": [{"source": text.splitlines(keepends=True)}]}, indent=1).encode()


def as_unicode_escapes(text: str) -> bytes:
    return "".join(f"\\u{ord(character):04x}" for character in text).encode()


def as_base64_lines(text: str) -> bytes:
    return b"data = '''\n" + base64.encodebytes(text.encode()) + b"'''"


def as_base64_in_a_string(text: str) -> bytes:
    return json.dumps({"a": "xy" + base64.b64encode(b"zz" + text.encode()).decode()}).encode()


def as_tar(text: str) -> bytes:
    data, content = io.BytesIO(), text.encode()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.py")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


def as_indented_code(text: str) -> bytes:
    return "".join(f"        {line}\n" for line in text.splitlines()).encode()


SPELLINGS: list[Callable[[str], bytes]] = [
    str.encode,
    as_indented_code,
    as_notebook,
    lambda text: json.dumps(text).encode(),
    lambda text: json.dumps(json.dumps(text)).encode(),
    as_unicode_escapes,
    lambda text: base64.b64encode(text.encode()),
    as_base64_lines,
    as_base64_in_a_string,
    lambda text: release.packed({"a.py": text.encode()}),
    as_tar,
]
SPELLING_IDS = [
    "raw",
    "indented",
    "notebook",
    "JSON",
    "JSON in JSON",
    "Unicode escapes",
    "base64",
    "base64 in lines",
    "base64 after other letters",
    "zip",
    "tar",
]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=SPELLING_IDS)
def test_secret_of_each_kind_planted_in_the_zip_is_found(
    files: dict[str, bytes], spelling: Callable[[str], bytes]
) -> None:
    planted = {f"{ASSIGNMENT}/{kind}": spelling(one_of(kind)) for kind in KINDS}
    assert kinds_found(files | planted) == set(KINDS)


def test_secret_of_each_kind_planted_in_the_wheel_is_found(files: dict[str, bytes]) -> None:
    name = wheel_name(files)
    planted = {f"prefetchlab/more_{n}.py": one_of(kind).encode() for n, kind in enumerate(KINDS)}
    wheel = unpacked(files[name]) | planted
    assert kinds_found(files | {name: release.packed(wheel)}) == set(KINDS)


def test_each_secret_is_found_whole_and_by_each_of_its_lines() -> None:
    for secret in SECRETS:
        for text in texts_of(secret):
            found = leaks.leaks("a", text.encode(), [secret], ())
            assert [leak.place for leak in found] == [secret.place], text


def test_secret_in_a_file_name_is_found(files: dict[str, bytes]) -> None:
    found = leaks.leaks("zip", release.packed(files | {one_of("solution"): b""}), SECRETS, ())
    assert "solution" in {leak.kind for leak in found if leak.file.endswith(" (its name)")}


def test_path_of_this_machine_is_found(files: dict[str, bytes]) -> None:
    for text in (
        str(ROOT),
        "/".join(["", "home", "ada", "course"]),
        "C:\\Users\\ada",
        "/".join(["", "tmp", "build-1"]),
    ):
        data = release.packed(files | {"more": text.encode()})
        assert [leak.kind for leak in leaks.leaks("zip", data, (), leaks.machine_words(ROOT))]


def test_leftover_of_an_earlier_build_stays_out_of_the_wheel(tmp_path: Path) -> None:
    """setuptools would pack what lies in `build/`, deleted modules included."""
    for name in release.WHEEL_NEEDS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    left = tmp_path / "build" / "lib" / "prefetchlab" / "deleted.py"
    left.parent.mkdir(parents=True)
    left.touch()
    _, wheel = release.build_wheel(tmp_path, tmp_path / "scratch")
    assert "prefetchlab/deleted.py" not in unpacked(wheel)
