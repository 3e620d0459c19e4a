"""Files spoiled at random: whatever stands in one, it is read, or refused in one line."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prefetchlab import claims, cli, quiz
from prefetchlab.errors import InputError
from prefetchlab.grading.submissions import Finding, check
from prefetchlab.measure.quota import cpu_quota
from prefetchlab.workloads.manifest import Manifest, Shard, read_manifest
from tests import spoiled
from tests.banks import GOOD
from tests.test_claims import LEDGER
from tests.tiny_course import TINY, Tiny, cell

# One folder for all examples of a test: each writes its file anew.
often = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

SHARD = Shard("train-00.tfrecord", "train", 4, 1000, "0" * 64)
MANIFEST = Manifest(1, 0, 16, ("disc", "ring"), {"numpy": "2"}, (SHARD,)).to_json().decode()


def is_one_line_about(path: Path, error: InputError) -> bool:
    line = str(error)
    return line.startswith(str(path)) and line.isprintable() and ";" in line


def is_read_or_refused(read: Callable[[Path], object], path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    try:
        return read(path) is not None
    except InputError as error:
        return is_one_line_about(path, error)


READERS = {
    "bank": (quiz.load, GOOD),
    "ledger": (claims.load, LEDGER),
    "manifest": (read_manifest, MANIFEST),
}
each_reader = pytest.mark.parametrize(("read", "good"), READERS.values(), ids=READERS.keys())


@each_reader
def test_what_is_spoiled_here_is_read_as_long_as_it_is_whole(
    tmp_path: Path, read: Callable[[Path], object], good: str
) -> None:
    path = tmp_path / "file.yml"
    path.write_text(good)
    assert read(path) is not None
    path.write_text("")
    with pytest.raises(InputError):
        read(path)


@each_reader
@often
@given(data=st.data())
def test_a_text_with_spoiled_places_is_read_or_refused_in_one_line(
    tmp_path: Path, read: Callable[[Path], object], good: str, data: st.DataObject
) -> None:
    content = data.draw(spoiled.texts(good))
    assert is_read_or_refused(read, tmp_path / "file.yml", content)


@each_reader
@often
@given(data=st.data())
def test_a_file_with_wrong_values_is_read_or_refused_in_one_line(
    tmp_path: Path, read: Callable[[Path], object], good: str, data: st.DataObject
) -> None:
    values = data.draw(spoiled.values(yaml.safe_load(good)))
    assert is_read_or_refused(read, tmp_path / "file.yml", json.dumps(values).encode())


# --- notebooks that a class hands in --------------------------------------------------------------


def findings_of_one(tiny: Tiny, content: bytes) -> tuple[Finding, ...]:
    tiny.write("mallory", content)
    return check(TINY, tiny.root)


def handed_in(tiny: Tiny) -> Any:
    notebook = tiny.released()
    cell(notebook, "t1")["source"] = "def double(x):\n    return 2 * x"
    return notebook


@often
@given(data=st.data())
def test_a_notebook_with_wrong_values_ends_no_check_of_a_class(
    tiny: Tiny, data: st.DataObject
) -> None:
    values = data.draw(spoiled.values(handed_in(tiny)))
    found = findings_of_one(tiny, json.dumps(values).encode())
    assert all(str(each).isprintable() for each in found)


@often
@given(data=st.data())
def test_a_notebook_with_spoiled_places_ends_no_check_of_a_class(
    tiny: Tiny, data: st.DataObject
) -> None:
    content = data.draw(spoiled.texts(json.dumps(handed_in(tiny), indent=1)))
    found = findings_of_one(tiny, content)
    assert all(str(each).isprintable() for each in found)


# --- words of the command line --------------------------------------------------------------------

WORDS = (
    *("run", "data", "quiz", "claims", "submissions", "make", "check", "prove", "overlap", "all"),
    *("--json", "--plot", "--quick", "--data", "--help", "--version", "--count", "--size", "--"),
    *("--json=", "--count=-1", "-", "-h", "--qui", "1-data-pipelines", "@file"),
)


@settings(max_examples=400)
@given(st.lists(st.one_of(st.sampled_from((*WORDS, *spoiled.NASTY_TEXTS)), st.text(max_size=5))))
@example(["run"])
def test_any_words_are_a_command_or_refused_in_one_line(words: list[str]) -> None:
    try:
        assert isinstance(cli.parser().parse_args(words), Namespace)
    except InputError as error:
        assert str(error).isprintable()
    except SystemExit as end:  # it has shown its help, or the version
        assert not end.code
        assert {"--help", "-h", "--version"} & {*words} or any("--" in word for word in words)


# --- what Linux says of quotas --------------------------------------------------------------------


@often
@given(
    group=spoiled.texts("0::/a/b\n4:cpu,cpuacct:/c\n"),
    most=spoiled.texts("150000 100000\n"),
    quota=spoiled.texts("-1\n"),
)
def test_whatever_stands_in_a_control_group_a_quota_is_above_0(
    tmp_path: Path, group: bytes, most: bytes, quota: bytes
) -> None:
    for name, content in {
        "proc/self/cgroup": group,
        "sys/fs/cgroup/cpu.max": most,
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota,
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": most,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert cpu_quota(tmp_path) > 0
