"""Every command, what works, and what a careless user writes for each of its words."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MISSING, LONG = "nowhere", "x" * 300
NUMBERS: Mapping[str, str] = {
    "zero": "0",
    "negative": "-1",
    "half": "1.5",
    "a word": "many",
    "empty": "",
    "NaN": "nan",
    "infinite": "inf",
    "40 digits": "1" + "0" * 40,
    "5000 digits": "9" * 5000,
    "a line break": "1\n2",
    "not UTF-8": os.fsdecode(b"1\xff"),
}
WORDS: Mapping[str, str] = {
    "unknown": "nonsense",
    "empty": "",
    "300 characters": LONG,
    "5000 characters": "x" * 5000,
    "a line break": "a\nb",
    "a null character": "a\0b",
    "not UTF-8": os.fsdecode(b"a\xff"),
    "a folder above": "../..",
    "a control character": "a\x1b[31mb",
}


def _make_fifo(path: Path) -> None:
    os.mkfifo(path)


def _make_folder(path: Path) -> None:
    path.mkdir()


def _make_empty(path: Path) -> None:
    path.touch()


def _make_loop(path: Path) -> None:
    path.symlink_to(path)


def _make_dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _make_binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def _make_large(path: Path) -> None:
    path.write_bytes(b"- a line of a list\n" * 550_000)  # 10 MB where 10 kB are meant


def _make_deep(path: Path) -> None:
    path.write_bytes(b"[" * 200_000)


def _make_deep_mapping(path: Path) -> None:
    path.write_text("".join(" " * depth + "a:\n" for depth in range(900)), encoding="utf-8")


def _make_aliases(path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    path.write_text("\n".join(lines), encoding="utf-8")


Make = Callable[[Path], None]
NO_FILES: Mapping[str, Make] = {
    "a pipe": _make_fifo,
    "a loop of links": _make_loop,
    "a link to nowhere": _make_dangling,
    "a device": _make_device,
}
NO_BANKS: Mapping[str, Make] = {
    **NO_FILES,
    "a folder": _make_folder,
    "an empty file": _make_empty,
    "bytes": _make_binary,
    "10 MB": _make_large,
    "200,000 brackets": _make_deep,
    "900 mappings in each other": _make_deep_mapping,
    "a billion laughs": _make_aliases,
}
NO_FOLDERS: Mapping[str, Make] = {
    **NO_FILES,
    "an empty folder": _make_folder,
    "an empty file": _make_empty,
    "bytes": _make_binary,
}
NO_OUTPUTS: Mapping[str, Make] = {**NO_FILES, "a folder": _make_folder}
NO_TARGETS: Mapping[str, Make] = {
    **NO_FILES,
    "an empty file": _make_empty,
    "bytes": _make_binary,
}


@dataclass(frozen=True)
class Case:
    """A command line that must be refused.

    Attributes:
        words: after `prefetchlab`.
        name: what is wrong with it.
        make: makes the file `wrong.yml` that it names, in the current folder; None for no file.
    """

    words: tuple[str, ...]
    name: str
    make: Make | None = None

    def __str__(self) -> str:
        shown = " ".join(word if len(word) < 40 else f"{word[:20]}…" for word in self.words)
        return f"{shown!r}: {self.name}"


FILE = "wrong.yml"
MAKE = ("data", "make", "made")
RUN = ("run", "stall", "--quick")


def cases() -> Iterator[Case]:
    """Every case of every command."""
    for option in ("--count", "--size", "--seed"):
        for name, number in NUMBERS.items():
            if (option, name) != ("--seed", "zero"):
                yield Case((*MAKE, option, number), name)
    for name, word in WORDS.items():
        if name not in ("unknown", "not UTF-8", "a line break", "a control character"):
            yield Case(("data", "make", word), name)
        yield Case(("run", word), name)
        yield Case(("run", "stall", "--data", word), name)
        yield Case(("quiz", "prove", word), name)
        yield Case(("claims", "check", word), name)
        yield Case(("submissions", "check", word), name)
        yield Case((word,), name)
        yield Case((*RUN, word), name)
        yield Case((*RUN, f"--{word}"), name)
        for command in ("data", "quiz", "claims", "submissions"):
            yield Case((command, word), name)
        for output in ("--json", "--plot", "--trace"):
            yield Case((*RUN, output, f"{MISSING}/in/{word}"), name)
    for name, make in NO_BANKS.items():
        yield Case(("quiz", "prove", FILE), name, make)
    for name, make in NO_FOLDERS.items():
        yield Case((*RUN, "--data", FILE), name, make)
        yield Case((*RUN, "--data", f"{FILE}/below"), name, make)
    for name, make in NO_TARGETS.items():
        yield Case(("data", "make", FILE), name, make)
    for output in ("--json", "--plot", "--trace"):
        for name, make in NO_OUTPUTS.items():
            yield Case((*RUN, output, FILE), name, make)
        yield Case((*RUN, output), "nothing behind it")
        yield Case((*RUN, output, LONG), "300 characters")
        yield Case((*RUN, output, "a\0b"), "a null character")
    for ending in ("bmp", "", "png.exe", "PNGG", "yml"):
        yield Case((*RUN, "--plot", f"picture.{ending}"), "no kind of picture")
    for words in ((), ("run",), ("data",), ("data", "make"), ("quiz",), ("claims",)):
        yield Case(words, "a word is missing")
