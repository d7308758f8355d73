"""Shared by all tests: the place of the footage, the browser, and the rule that CI skips nothing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"
IN_CI = bool(os.environ.get("FORMCHECK_CI"))

# A case that takes a fifth of a second on a busy machine is no fault of the code.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Many tests start formcheck in a process of its own; it shall not compile its modules again each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the folder of the project."""
    return CHECKOUT


def keep_pages(checkout: Path, content: bytes, name: str) -> int:
    """Keep the pages of a PDF as pictures, for people to look at; return how many there are."""
    import pypdfium2

    folder = checkout / "ci-artifacts"
    folder.mkdir(exist_ok=True)
    document = pypdfium2.PdfDocument(content)
    for number, page in enumerate(document):
        page.render(scale=1.2).to_pil().save(folder / f"{name}-{number + 1}.png")
    return len(document)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Return the folder with footage that must not be committed; it is next to the checkout."""
    return _folder(SHARED)


@pytest.fixture(scope="session")
def real_dir() -> Path:
    """Return the folder with photographs and clips of real people."""
    return _folder(SHARED / "real")


@pytest.fixture(scope="session")
def bench_dir() -> Path:
    """Return the folder with rendered clips whose truth is known."""
    return _folder(SHARED / "bench")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the Chromium that is on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return Path(found)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        pytest.skip(f"no folder {path.relative_to(CHECKOUT.parent)} beside the checkout")
    return path


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    """Return a clip with two people side by side: a hinge on the left, a plank on the right."""
    import numpy as np

    from formcheck.sinks.video_writer import VideoWriter
    from formcheck.sources.video import open_video

    path = tmp_path_factory.mktemp("pair") / "pair.mp4"
    samples = [checkout / "sample_videos" / name for name in ("hinge_good.mp4", "plank_good.mp4")]
    with open_video(samples[0]) as left, open_video(samples[1]) as right:
        size_px = (left.info.width + right.info.width, left.info.height)
        with VideoWriter(path, fps=left.info.fps, size_px=size_px) as film:
            for one, two in zip(left, right, strict=False):
                film.write(np.hstack([one.image, two.image]), one.time_s)
    return path


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder of results which the app uses for the length of a test."""
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setenv("FORMCHECK_RESULTS", str(folder))
    return folder


@pytest.fixture
def formcheck(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Return a function that runs the command and returns exit code, stdout and stderr."""
    from formcheck.apps.cli import main

    def run(*words: object) -> tuple[Any, str, str]:
        monkeypatch.setattr(sys, "argv", ["formcheck", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


# Who runs what, where several processes run the tests -----------------------------------------------------------------
#
# Tests that show a film to the live page wait most of the time, for the film to come to its end. So one process runs
# them all, one after the other, and two others do what takes the processor, and the other pages. These two step back:
# the live page must answer within two seconds, and they shall not make it late.

FILM_FOLDERS = ("tests/apps/web/live/", "tests/apps/web/phone/")
WITHOUT_FILMS = ("test_people_browser.py", "test_screening_browser.py")
"""Files of these folders in which a person stands still, if anybody is seen."""
LONGEST = (
    "apps/web/live/test_screening_browser.py",
    "sources/pose/test_equality.py",
    "drivers/recording/test_check.py",
    "drivers/batch/test_dask.py",
    "drivers/batch/test_addresses.py",
    "test_no_outside_connection.py",
    "drivers/batch/test_same_rows.py",
    "apps/web/review/desk/test_desk_browser.py",
    "apps/web/review/test_review_browser.py",
    "drivers/live/test_live_and_review.py",
    "drivers/batch/test_processes.py",
    "examples/test_notebook.py",
    "apps/web/live/test_socket.py",
    "core/movement/test_catalogue_files.py",
    "benchmarks/accuracy/test_accuracy.py",
    "benchmarks/ablation/test_ablation.py",
    "apps/web/review/many/test_many_browser.py",
    "apps/web/library/test_library_browser.py",
    "apps/web/live/test_people_browser.py",
    "apps/web/review/patients/test_patients_browser.py",
    "studio/test_studio.py",
)
"""Half a minute or more; they begin first: one of them at the end would leave the other process without work."""
STEP_BACK = 10
"""How much nicer the processes without films are."""


def is_filmed(nodeid: str) -> bool:
    """Return whether a file of tests shows films to the live page."""
    name = nodeid.partition("::")[0]
    return "_browser" in name and name.startswith(FILM_FOLDERS) and not name.endswith(WITHOUT_FILMS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files; give all those with films to one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class FilmsTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "films" if is_filmed(nodeid) else super()._split_scope(nodeid)

    return FilmsTogether(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a process that has no films to show, or none any more, step back."""
    beside_others = "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "nice")
    if beside_others and not is_filmed(item.nodeid) and os.nice(0) < STEP_BACK:
        os.nice(STEP_BACK - os.nice(0))


PURE = tuple(CHECKOUT / "tests" / name for name in ("core", "program"))
"""They run every line of `core` and `program`, by their own tests: `--part pure --cov`."""
HEAVY = tuple(
    CHECKOUT / "tests" / "core" / name
    for name in (
        "movement/test_catalogue_files.py",
        "phases/test_rhythm.py",
        "test_pipeline_golden.py",
    )
)
"""They judge whole tracks, and tracing doubles their time; the others run the same lines without them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests be run in two parts; each test is in one of them."""
    parser.addoption("--part", choices=("pure", "rest"), help="pure: tests of core and program; rest: all others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the wanted part; put films and the longest files first; the others keep their order.

    The heavy ones are not traced in the other part either.
    """
    part = config.getoption("part")
    if part is not None:
        kept = [item for item in items if is_pure(item.path) == (part == "pure")]
        config.hook.pytest_deselected(items=[item for item in items if is_pure(item.path) != (part == "pure")])
        items[:] = kept
    for item in items:
        if item.path in HEAVY:
            item.add_marker("no_cover")
    place = {CHECKOUT / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: -1 if is_filmed(item.nodeid) else place.get(item.path, len(place)))


def is_pure(path: Path) -> bool:
    """Return whether a file of tests is among those that are traced."""
    return path not in HEAVY and any(place in path.parents for place in PURE)


# A test that is skipped in CI would look as if it had passed. ---------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one in CI."""
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped file into a failed one in CI."""
    return _fail_if_skipped((yield))


def _fail_if_skipped(report: Any) -> Any:
    expected_to_fail = hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not expected_to_fail:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped in CI: {reason}"
    return report
