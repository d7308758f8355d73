"""A finished result made by hand, so that the content of the pages is known without a pose model."""

from __future__ import annotations

import json
import math
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import pandas as pd
import pytest

from formcheck.apps.web.access.owner import KEY_FILE
from formcheck.sinks.video_writer import VideoWriter

from .browsing import FLAGS, PATIENCE_S, SCREENS, Owner, Visit, wait_until_up

HAND_KEY = "0123456789abcdef0123456789abcdef"
MOVEMENT = "hamstring_hinge_standing"
FPS, DURATION_S, SIZE_PX = 15, 12.0, (320, 240)
PHASES = (("setup", 1.5), ("move", 4.0), ("hold", 8.5), ("return", 10.5), ("setup", 12.1))


@pytest.fixture
def hand_key(results: Path) -> str:
    """Return the name of the one result that is stored."""
    make_result(results / HAND_KEY)
    return HAND_KEY


def make_result(folder: Path, *, exist_ok: bool = False) -> None:
    """Fill a folder as a finished check does: a hinge whose back rounds in the middle of the hold."""
    folder.mkdir(parents=True, exist_ok=exist_ok)
    text = resources.files("formcheck.movements").joinpath(f"{MOVEMENT}.toml").read_text(encoding="utf-8")
    (folder / "movement.toml").write_text(text, encoding="utf-8")
    (folder / "card.json").write_text(
        json.dumps({"recording": "a <b>bow</b>.mp4", "movement": "Standing hamstring stretch"})
    )
    (folder / "summary.json").write_text(json.dumps(hand_made_summary()), encoding="utf-8")
    hand_made_frames().to_parquet(folder / "frames.parquet")
    write_film(folder / "annotated.mp4")


def hand_made_summary() -> dict[str, Any]:
    """Return what `summary.json` would hold."""
    pause = {"check": "back_rounding", "from_s": 5.5, "to_s": 7.2}
    fault = {"unit": "pct", "limit": 6.0, "uncertainty": 4.0, "repetition": 1, "side": "left"}
    measured = {"unit": "deg", "median": 172.0, "p05": 166.0, "p95": 177.0, "in_hold_median": 171.0, "uncertainty": 4.0}
    curve = {"unit": "pct", "median": 4.0, "p05": -3.0, "p95": 14.0, "in_hold_median": 9.0, "uncertainty": 4.0}
    share = {"ok_share": 0.0, "warn_share": 0.0, "fix_share": 0.0, "cannot_tell_share": 0.0, "reason": ""}
    return {
        "schema_version": 1, "formcheck_version": "0.1.0", "created_utc": "2026-11-21T11:00:00Z",
        "model": {"name": "full", "sha256": "0" * 64},
        "movement": {"id": MOVEMENT, "name": "Standing hamstring stretch", "version": 1, "sha256": "0" * 64},
        "source": {"name": "bow.mp4", "sha256": "0" * 64, "width": 320, "height": 240, "fps": 15.0,
                   "duration_s": DURATION_S, "frames": int(DURATION_S * FPS)},
        "view": {"kind": "side", "yaw_deg": 6.0, "yaw_uncertainty_deg": 5.0, "near": "left",
                 "verdict": "ok", "reasons": []},
        "seen_share": 0.98,
        "repetitions": [{"index": 1, "side": "left", "start_s": 1.5, "hold_start_s": 4.0, "hold_end_s": 8.5,
                         "end_s": 10.5, "valid_hold_s": 2.8, "pauses": [pause]}],
        "faults": [
            {"id": "back_rounding", "severity": "fix", "cue": "Hinge at your hips, keep back long", "from_s": 5.5,
             "to_s": 7.2, "value": 14.0, **fault},
            {"id": "head_hanging", "severity": "adjust", "cue": "Let your head follow your back", "from_s": 6.4,
             "to_s": 8.0, "value": 38.0, **fault, "unit": "deg", "limit": 30.0},
        ],
        "checks": [{"id": "stretch_knee", **share, "ok_share": 1.0},
                   {"id": "support_knee", **share, "cannot_tell_share": 1.0, "reason": "hidden by the near leg"}],
        "measurements": {"knee_left_deg": measured, "back_curve_pct": curve},
        "dose": {"hold_s": {"target": 20.0, "done": 2.8}, "repetitions": {"target": 2, "done": 1},
                 "sides": {"left_s": 2.8, "right_s": 0.0}},
        "verdict": "fix", "why": "Your back looks more rounded in the hold than in your start posture.",
    }  # fmt: skip


def hand_made_frames() -> pd.DataFrame:
    """Return one row for each picture."""
    times_s = np.arange(int(DURATION_S * FPS)) / FPS
    bow = np.clip(np.minimum((times_s - 1.5) / 2.5, (10.5 - times_s) / 2), 0, 1)
    return pd.DataFrame({
        "time_s": times_s,
        "phase": [next(name for name, end_s in PHASES if t < end_s) for t in times_s],
        "repetition": 1,
        "side": "left",
        "trunk_inclination_deg": 5 + 45 * bow, "trunk_inclination_deg_unc": 5.0,
        "knee_left_deg": 172.0, "knee_left_deg_unc": 4.0,
        "back_curve_pct": 2 + 10 * bow, "back_curve_pct_unc": 4.0,
    })  # fmt: skip


def write_film(path: Path) -> None:
    """Write a film whose every picture is bright and different."""
    with VideoWriter(path, fps=FPS, size_px=SIZE_PX) as writer:
        for index in range(int(DURATION_S * FPS)):
            image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 90, np.uint8)
            x = int(140 + 120 * math.sin(index / 20))
            image[60:180, x : x + 30] = (230, 180, 60)
            writer.write(image, index / FPS)


def wait_until(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait until something is true; fail if it takes too long."""
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.02)


def write_own_movement(folder: Path, movement_id: str = "wall_bow", name: str = "Wall bow", more: str = "") -> Path:
    """Write a movement file like a shipped one, under another id and name."""
    from formcheck.core.movement.load import read_movement_bytes

    text = read_movement_bytes(MOVEMENT).decode("utf-8")
    text = text.replace(f'id = "{MOVEMENT}"', f'id = "{movement_id}"', 1)
    text = re.sub(r'^name = ".*"$', f'name = "{name}"', text, count=1, flags=re.MULTILINE)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{movement_id}.toml"
    path.write_text(f"{text}{more}", "utf-8")
    return path


def stand_in_for_an_upload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the page see a recording that came from the browser; return our copy of it."""
    from formcheck.apps.web.review import choice
    from formcheck.apps.web.review.uploads import UPLOADS, Upload

    copy = tmp_path / "private" / "bow.mp4"
    copy.parent.mkdir()
    copy.write_bytes(b"a recording")
    key = UPLOADS.add(Upload("bow.mp4", copy, "0" * 64))
    monkeypatch.setattr(choice, "show_uploader", lambda _: key)
    return copy


# Browsers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class App:
    """The app as people start it, in a process of its own; what it keeps lies in `home`."""

    address: str
    home: Path

    @property
    def results(self) -> Path:
        return self.home / "results"

    @property
    def data(self) -> Path:
        return self.home / "data"

    def forget(self) -> None:
        """Start from nothing kept but the key of the app, which runs on."""
        for kept in [*self.home.iterdir(), *(self.data.iterdir() if self.data.is_dir() else [])]:
            if kept not in (self.data, self.data / KEY_FILE):
                rmtree(kept, ignore_errors=True) if kept.is_dir() else kept.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def one_app(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Iterator[App]:
    """Start the app once for a file of tests, with an empty home but this machine's models."""
    from formcheck.sources.pose.models import find_models_dir

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = App(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("home"))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(checkout / "src"), os.environ.get("PYTHONPATH", "")]),
        "FORMCHECK_RESULTS": str(found.results),
        "FORMCHECK_DATA": str(found.data),
        "FORMCHECK_MODELS": str(find_models_dir()),
        "HOME": str(found.home),
    }
    environment = {name: value for name, value in environment.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    code = f"from formcheck.apps.web.server import run_app; run_app(port={port})"
    server = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=found.home)
    try:
        wait_until_up(found.address)
        yield found
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


@pytest.fixture
def app(one_app: App) -> App:
    """Return the app with nothing kept."""
    one_app.forget()
    return one_app


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    """Start Chromium once for a file of tests: Playwright's event loop must not be there in other files."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def visit(app: App, browser: Any) -> Iterator[Any]:
    """Return a function that opens the app with a fresh profile; complaints at the end fail the test."""
    visits: list[Visit] = []

    def open_app(path: str = "/", *, size: tuple[int, int] = SCREENS["desk"], scheme: str = "light") -> Visit:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        visits.append(Visit(context.new_page(), app.address))
        visits[-1].page.goto(Owner(app.data).knock(app.address + path))
        return visits[-1]

    yield open_app
    for one in visits:
        one.page.context.close()
    assert [complaint for one in visits for complaint in one.complaints] == []
    assert [url for one in visits for url in one.foreign] == []
