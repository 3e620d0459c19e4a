"""What the command shows: results on stdout, a bar of progress on stderr."""

import contextlib
from collections.abc import Iterator

from prefetchlab.progress import Progress


def show(*shown: object) -> None:
    """Print each of these on stdout, a table for example, with an empty line after it."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:  # a file has no width; a table needs one
        console.width = 110
    with console.capture() as captured:  # Rich would answer a broken pipe with an exit of its own
        for each in shown:
            console.print(each, "")
    print(captured.get(), end="", flush=True)


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A bar on stderr; where stderr is no terminal there is None, and nothing is drawn."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("start", total=None)
        yield lambda name, done, total: bar.update(
            task, description=name, completed=done, total=total
        )
