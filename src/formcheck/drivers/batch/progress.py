"""Show progress: a bar or a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from formcheck.core.errors import keep_on_a_line
from formcheck.drivers.recording.judge import Progress
from formcheck.sources.remote.remote_store import redact_uri

if TYPE_CHECKING:
    from rich.table import Table

PLAIN_EVERY_S = 10.0
_RATE_OVER_S = 60.0


class Workers(Protocol):
    """What the progress display needs from the workers."""

    count: int
    watched: list[Any]


class BatchProgress:
    """Counts finished recordings and shows the count; a context manager.

    Parameters
    ----------
    total : recordings that have to be scored.
    standing : recordings whose row is still valid.
    workers : give the progress of each worker.
    """

    def __init__(self, total: int, standing: int, workers: Workers) -> None:
        self.total, self.standing, self._workers = total, standing, workers
        self.done = self.errors = self.frames = 0
        self._began_s = self._reported_s = time.monotonic()
        self._recent: deque[tuple[float, int, int]] = deque([(self._began_s, 0, 0)])
        self._live: Any = None

    def add(self, frames: int, *, failed: bool) -> None:
        """Count one finished recording."""
        self.done += 1
        self.errors += failed
        self.frames += frames
        self._show(force=self.done == self.total)

    def _frames_now(self) -> int:
        return self.frames + sum(int(worker.progress[0]) for worker in self._workers.watched if worker.job is not None)

    def _rates(self) -> tuple[float, float | None]:
        """Return frames a second over the last minute, and seconds left."""
        now_s, frames = time.monotonic(), self._frames_now()
        self._recent.append((now_s, frames, self.done))
        while now_s - self._recent[0][0] > _RATE_OVER_S and len(self._recent) > 2:
            self._recent.popleft()
        then_s, frames_then, _ = self._recent[0]
        rate = max(0, frames - frames_then) / max(now_s - then_s, 1e-3)
        left_s = (now_s - self._began_s) / self.done * (self.total - self.done) if self.done else None
        return rate, left_s

    def line(self) -> str:
        """Return one line with the progress."""
        rate, left_s = self._rates()
        errors = "1 error" if self.errors == 1 else f"{self.errors} errors"
        reused = f", {self.standing} unchanged" if self.standing else ""
        left = "" if left_s is None else f", {format_duration(left_s)} left"
        return f"{self.done} of {self.total} recordings{reused}, {rate:.0f} frames/s, {errors}{left}"

    def _show(self, *, force: bool = False) -> None:
        if self._live is None and (force or time.monotonic() - self._reported_s >= PLAIN_EVERY_S):
            self._reported_s = time.monotonic()
            if sys.stderr is not None:
                with suppress(OSError, ValueError):  # the output is closed
                    print(f"formcheck: {self.line()}", file=sys.stderr, flush=True)

    def table(self) -> Table:
        """Return the live table: a line for each worker, and the sum."""
        from rich.table import Table
        from rich.text import Text

        rows = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("worker", "recording", "frames"):
            rows.add_column(name, justify="right" if name == "frames" else "left", overflow="ellipsis", no_wrap=True)
        for number, worker in enumerate(self._workers.watched, start=1):
            job = worker.job  # it may end meanwhile: this runs in another thread
            if job is not None:
                done, expected = worker.progress
                place = keep_on_a_line(re.split(r"[/\\]", redact_uri(job.place))[-1])
                rows.add_row(str(number), Text(place), f"{done}/{expected or '?'}")
        rows.add_section()
        rows.add_row("", self.line(), "")
        return rows

    def __enter__(self) -> Self:
        if sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(get_renderable=self.table, console=Console(stderr=True), transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)


def format_duration(seconds: float) -> str:
    """Return a duration in words that are quick to read.

    Examples
    --------
    >>> format_duration(75), format_duration(7400)
    ('1 min 15 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


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
