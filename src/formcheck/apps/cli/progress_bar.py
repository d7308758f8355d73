"""Show a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from formcheck.drivers.batch.progress import PLAIN_EVERY_S
from formcheck.drivers.recording.judge import Progress


@contextmanager
def show_progress_bar(name: str, *, quiet: bool = False) -> Iterator[Progress | None]:
    """Give a function that takes frames done and frames expected.

    Bar and lines go to stderr.
    """
    if quiet:
        yield None
    elif sys.stderr.isatty():
        yield from _show_bar(name)
    else:
        yield _make_plain_progress(name)


def _show_bar(name: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    counted = TextColumn("{task.completed}/{task.total}")
    columns = (TextColumn("{task.description}"), BarColumn(), counted, TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"checking {name}", total=None)
        yield lambda done, expected: bar.update(task, completed=done, total=expected)


def _make_plain_progress(name: str) -> Progress:
    last = time.monotonic()

    def report(done: int, expected: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_EVERY_S:
            last = time.monotonic()
            print(f"{name}: {done} of {expected} frames", file=sys.stderr)

    return report
