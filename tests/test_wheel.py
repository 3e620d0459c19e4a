"""The wheel: the laboratory, the question banks and the ledger, and nothing of the answers."""

import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.release import WHEEL_NEEDS
from tools.repository import ROOT

TEMPTING = ("solutions", "tests", "tools", "exercises")  # in the repository, and not in a wheel
BANKS = "prefetchlab/quiz/banks"
LEDGER = "prefetchlab/claims/claims.yml"


def build(folder: Path, *, without: str = "", of: str = "pyproject.toml") -> Path:
    """Build a wheel from a copy of the repository, in which some text of a file is left out."""
    for name in (*WHEEL_NEEDS, *TEMPTING):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        copy(ROOT / name, folder / name)
    changed = folder / of
    changed.write_text(changed.read_text(encoding="utf-8").replace(without, ""), encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", "dist"]
    program = [sys.executable, "-m", "pip", "wheel", *options, "."]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> set[str]:
    """The files of the package itself."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if ".dist-info/" not in name}


def expected() -> set[str]:
    """Every file of the laboratory, every bank, and the ledger of claims."""
    source = ROOT / "src"
    files = [path for path in (source / "prefetchlab").rglob("*") if path.is_file()]
    banks = (ROOT / "book" / "quizzes").glob("*.yml")
    return (
        {path.relative_to(source).as_posix() for path in files if path.suffix != ".pyc"}
        | {f"{BANKS}/{path.name}" for path in banks}
        | {LEDGER}
    )


def test_a_wheel_holds_laboratory_banks_and_ledger_and_nothing_else(wheel: Path) -> None:
    assert contents(wheel) == expected()


def test_what_a_reader_and_a_type_checker_need_is_expected() -> None:
    banks, page = ("banks/3-overlap.yml", "schema.json"), ("quiz.css", "quiz.js")
    for kind in (LEDGER, *banks, *page, "prefetchlab/py.typed"):
        assert any(name.endswith(kind) for name in expected())
    assert not any(word in name for name in expected() for word in ("solution", "mutant", "test_"))


def test_a_wheel_without_the_banks_is_noticed(tmp_path: Path) -> None:
    line = '"prefetchlab.quiz.banks" = ["*.yml"]\n'
    assert line in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    missing = expected() - contents(build(tmp_path, without=line))
    assert missing == {name for name in expected() if name.startswith(BANKS)} != set()


def test_a_wheel_without_the_ledger_is_noticed(tmp_path: Path) -> None:
    words = 'cmdclass={"build_py": WithLedger}'
    assert words in (ROOT / "setup.py").read_text(encoding="utf-8")
    assert expected() - contents(build(tmp_path, without=words, of="setup.py")) == {LEDGER}


def test_a_wheel_asks_for_what_the_laboratory_list_says(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(archive.read(name).decode())
    asked = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    listed = (ROOT / "requirements" / "laboratory.txt").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].strip() for line in listed.splitlines()]
    assert {str(each) for each in asked if not each.marker} == {
        str(Requirement(line)) for line in lines if line
    }


def run(wheel: Path, code: str) -> str:
    """What some code prints outside of the repository, with the wheel in place of the checkout."""
    code = (
        f"import sys\nsys.path.insert(0, {str(wheel)!r})\nsys.modules['tensorflow'] = None\n{code}"
    )
    program = [sys.executable, "-I", "-c", code]
    done = subprocess.run(program, cwd=wheel, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_wheel_alone_loads_and_shows_a_bank(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    said = run(
        tmp_path,
        "from prefetchlab import quiz\nbank = quiz.load('3-overlap')\n"
        "print(bank.path)\nprint(bank.show('q3-lost')._repr_html_())",
    )
    path, html = said.split("\n", 1)
    assert Path(path) == tmp_path / BANKS / "3-overlap.yml"
    assert '<form class="pl-quiz" id="pl-q3-lost"' in html
    assert html.count("<style") == html.count("<script") == 1


def test_a_wheel_alone_loads_the_ledger(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    said = run(tmp_path, "from prefetchlab import claims\nprint(claims.load().path)")
    assert Path(said.strip()) == tmp_path / LEDGER
