"""Documents that carry proofs: YAML with lines, and faults that are named where they stand."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from prefetchlab.errors import InputError
from prefetchlab.proofs import (
    Document,
    Kind,
    Place,
    located,
    proof_faults,
    raise_first,
    read,
    read_schema,
    schema_faults,
)
from prefetchlab.proofs.located import MAX_DEPTH
from prefetchlab.proofs.text import one_line
from tests.marked import FAULT, line_of

CLAIM = """\
claims:
  - id: order
    told: It is so.
    check: |
      ours = [1, 2]
      ours == sorted(ours)
"""

SCHEMA = {
    "properties": {
        "claims": {
            "description": "write a list of claims",
            "minItems": 1,
            "items": {
                "additionalProperties": False,
                "required": ["id", "told"],
                "properties": {
                    "id": {"pattern": "^[a-z]+$", "description": "write one word"},
                    "told": {"type": "string", "minLength": 1, "description": "write a sentence"},
                    "check": {"type": "string"},
                },
            },
        }
    }
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "claims.yml"


def document(file: Path, text: str) -> Document:
    file.write_bytes(text.encode())
    return read(file)


def faults(file: Path, text: str) -> list[tuple[int, str, Kind]]:
    """Line, words and kind of each fault that the schema finds."""
    schema_file = file.with_suffix(".json")
    schema_file.write_text(json.dumps(SCHEMA))
    found = document(file, text)
    all_faults = schema_faults(read_schema(schema_file), found)
    return [(found.line(fault.at), fault.what, fault.kind) for fault in all_faults]


# --- reading -------------------------------------------------------------------------------------


def test_values_and_texts_know_their_lines(file: Path) -> None:
    found = document(file, CLAIM)
    at = ("claims", 0, "check")
    assert found.at(at) == "ours = [1, 2]\nours == sorted(ours)\n"
    assert (found.line(at), found.text_lines[at]) == (4, 5)
    assert found.line((*at, "beyond")) == 4


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: "\ufeff" + text, id="a byte order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="Windows line ends"),
    ],
)
def test_what_an_editor_adds_changes_nothing(file: Path, change: Callable[[str], str]) -> None:
    plain, changed = document(file, CLAIM), document(file, change(CLAIM))
    assert (changed.data, changed.lines) == (plain.data, plain.lines)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/dev/zero", id="a device"),
        pytest.param("/dev", id="a folder"),
        pytest.param("no/such/file.yml", id="a missing file"),
        pytest.param("null\0.yml", id="a name with a null character"),
    ],
)
def test_what_is_no_regular_file_is_refused(path: str) -> None:
    with pytest.raises(InputError, match=r"; give (a readable file|another name)$"):
        read(Path(path))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    with pytest.raises(InputError, match=r"pipe\.yml: not a file of text; give a readable file"):
        read(tmp_path / "pipe.yml")


def test_a_file_that_is_too_large_is_refused_unread(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(located, "MAX_BYTES", 4_000)
    file.write_bytes(b"- a\n" * 1000)
    assert len(read(file).data) == 1000
    file.write_bytes(b"- a\n" * 1001)
    with pytest.raises(InputError, match=f"{file}: larger than 4,000 bytes; split it"):
        read(file)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="lists in a line"),
        pytest.param("\n".join(" " * n + "a:" for n in range(600)), id="mappings line by line"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(file: Path, text: str) -> None:
    with pytest.raises(InputError, match=f"nested more than {MAX_DEPTH} levels deep; write it fla"):
        document(file, text)


def test_nesting_is_allowed_up_to_the_limit(file: Path) -> None:
    depth = MAX_DEPTH - 1
    assert document(file, "[" * depth + "a" + "]" * depth).data


def test_a_fault_stays_on_one_line_whatever_it_quotes(file: Path) -> None:
    error = document(file, CLAIM).error((), "a\nb \x1b[31m", "c\r\nd")
    assert str(error) == f"{file}:1: a b [31m; c d"


def test_a_long_text_is_cut() -> None:
    assert one_line("word " * 100, at_most=10) == "word word "


# --- the schema ----------------------------------------------------------------------------------


def test_a_sound_document_has_no_fault(file: Path) -> None:
    assert faults(file, CLAIM) == []


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        pytest.param(
            "claims:\n- id: a\n  told: b\n  checked: c  # <- fault\n",
            "unknown key `checked`",
            Kind.UNKNOWN_KEY,
            id="an unknown key",
        ),
        pytest.param(
            "claims:\n- id: a  # <- fault\n",
            "`told` is missing",
            Kind.MISSING_KEY,
            id="a missing key",
        ),
        pytest.param(
            "claims:\n- told: \"'id'\"  # <- fault\n",
            "`id` is missing",
            Kind.MISSING_KEY,
            id="a missing key that a text names",
        ),
        pytest.param(
            "claims:\n- told: b\n  id: A  # <- fault\n",
            "`id`: 'A' is not allowed",
            Kind.WRONG_VALUE,
            id="a value of another form",
        ),
        pytest.param(
            'claims:\n- told: b\n  id: "a\\n"  # <- fault\n',
            r"`id`: 'a\n' is not allowed",
            Kind.WRONG_VALUE,
            id="a value that goes on after a line's end",
        ),
        pytest.param(
            'claims:\n- id: a\n  told: " \\n "  # <- fault\n',
            "`told` is empty",
            Kind.WRONG_VALUE,
            id="a text of blanks",
        ),
        pytest.param(
            "claims: []  # <- fault\n",
            "`claims` is empty",
            Kind.WRONG_VALUE,
            id="an empty list",
        ),
        pytest.param(
            "claims:\n- id: a\n  told: {}  # <- fault\n",
            "`told` must not be a mapping",
            Kind.WRONG_VALUE,
            id="a mapping for a text",
        ),
    ],
)
def test_each_kind_of_fault_is_named(file: Path, text: str, words: str, kind: Kind) -> None:
    assert faults(file, text) == [(line_of(text), words, kind)]


def test_a_misspelled_key_is_told_before_the_missing_one(file: Path) -> None:
    text = f"claims:\n- id: a\n  tld: b  {FAULT}\n"
    assert [kind for *_, kind in faults(file, text)] == ["unknown key", "missing key"]
    found = document(file, text)
    schema = read_schema(file.with_suffix(".json"))
    with pytest.raises(InputError) as caught:
        raise_first(found, schema_faults(schema, found), name_place=claim_number)
    start = f"{file}:{line_of(text)}: claim 1: unknown key `tld`; use one of: id, told, check"
    assert str(caught.value) == start


def claim_number(_: Document, place: Place) -> str:
    return f"claim {int(place[1]) + 1}: " if len(place) > 1 else ""


# --- proofs that are none ------------------------------------------------------------------------


def proof_faults_of(file: Path, *lines: str) -> list[str]:
    text = "check: |\n" + "".join(f"  {line}\n" for line in lines)
    return [fault.what for fault in proof_faults(document(file, text), ("check",))]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param(["x = = 1"], "not Python, line 2", id="no Python"),
        pytest.param(["def f(x):", "    return x"], "does not end in an", id="no expression"),
        pytest.param(["x = 1", "return x"], "not Python, line 3", id="a return outside a function"),
        pytest.param(["True"], "ends in a constant, True", id="just True"),
        pytest.param(
            ["x = 1", "assert x", "not False"], "ends in a constant", id="True at its end"
        ),
        pytest.param(["1 + 1 == 2"], "ends in a constant, 1 + 1 == 2", id="a sum of constants"),
        pytest.param(['x = "\\d"', "x is not None"], "line 2: invalid esc", id="a bad escape"),
        pytest.param(["x = 1", "x is 1"], 'line 3: "is" with', id="a comparison by identity"),
        pytest.param(["x" + ".x" * 50_000], "nested too deeply", id="too many attributes"),
        pytest.param(["+".join("x" * 50_000)], "nested too deeply", id="too many terms"),
    ],
)
def test_what_can_be_no_proof_is_named(file: Path, lines: list[str], words: str) -> None:
    (what,) = proof_faults_of(file, *lines)
    assert words in what


def test_a_proof_that_depends_on_what_runs_is_accepted(file: Path) -> None:
    assert proof_faults_of(file, "x = 1", "x == 1") == []
