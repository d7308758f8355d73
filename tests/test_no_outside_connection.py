"""Everything stays on this machine: no command looks up a name or contacts another host, whatever its packages try.

Each command runs twice: in the network that there is, with its system calls traced; and in a network of its own without
any route, where it must work all the same and a name server writes down what is asked for.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyarrow.parquet as pq
import pytest

from formcheck.sources.pose.engine import is_installed

from .apps.agree.agreeing import FOUR, TWO_RATERS, written
from .apps.browsing import FLAGS
from .no_outside.watching import Watched, calls_outside, watch, why_not_here

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).parent.parent
WEB = CHECKOUT / "src" / "formcheck" / "apps" / "web" / "live" / "web"
CLIPS = CHECKOUT / "sample_videos"
CLIP = CLIPS / "hinge_good.mp4"
HINGE = ("--movement", "hamstring_hinge_standing")
FEW, ENOUGH_TO_NAME_IT = ("--fps", "2"), ("--fps", "6")
FORMCHECK = (sys.executable, "-m", "formcheck.apps.cli")
USE_APP = Path(__file__).parent / "no_outside" / "use_app.py"


@dataclass(frozen=True, slots=True)
class Use:
    """One way to use formcheck.

    Parameters
    ----------
    command : makes what it needs in a folder and returns the command.
    worked : asserts that it did its work; gets the folder and what was printed.
    engine : which pose engine must be installed.
    """

    command: Callable[[Path], list[object]]
    worked: Callable[[Path, str], None]
    engine: str = "direct"


def check(*options: str, engine: str = "direct") -> Use:
    def worked(folder: Path, out: str) -> None:
        summary = json.loads((folder / "result" / "summary.json").read_text(encoding="utf-8"))
        assert summary["model"]["engine"] == engine
        assert summary["movement"]["id"] == HINGE[1]
        assert summary["measurements"]["knee_left_deg"]["median"] > 90

    return Use(lambda _: [*FORMCHECK, "check", CLIP, "--out", "result", *options], worked, engine)


def two_clips(folder: Path) -> list[object]:
    (folder / "clips").mkdir()
    for name in ("hinge_good.mp4", "hinge_back_rounding.mp4"):
        shutil.copy(CLIPS / name, folder / "clips")
    return [*FORMCHECK, "batch", "clips", *HINGE, *FEW, "--workers", "2", "--out", "results"]


def two_rows(folder: Path, out: str) -> None:
    rows = pq.read_table(folder / "results" / "results.parquet").to_pylist()
    assert [(row["error"], row["movement_id"]) for row in rows] == [(None, HINGE[1])] * 2
    assert all(row["knee_left_deg_median"] > 90 for row in rows)


def measured(folder: Path, out: str) -> None:
    table = pq.read_table(folder / "measured.parquet").to_pandas()
    assert len(table) > 15
    assert table["knee_left_deg"].median() > 90


def two_raters(folder: Path) -> list[object]:
    labels, results = written(folder, TWO_RATERS, FOUR)
    return [*FORMCHECK, "agree", labels, results, "--out", "agreement"]


def practised(folder: Path, out: str) -> None:
    came = json.loads(out.splitlines()[-1])
    assert set(came["pages"].values()) == {200}
    assert [script[-1] for script in came["scripts"]] == ["FINISHED_SUCCESSFULLY"] * 2
    assert sum(bool(one.get("strokes")) for one in came["seen"]) > 15
    assert came["summary"]["type"] == "summary"
    assert came["summary"]["recording"]["url"].startswith("/review?result=")


USES = {
    "check": check(*HINGE, *FEW),
    "check, movement found": check(*ENOUGH_TO_NAME_IT),
    "check with OpenVINO": check(*HINGE, *FEW, "--engine", "openvino", engine="openvino"),
    "check with MediaPipe": check(*HINGE, *FEW, "--engine", "mediapipe", engine="mediapipe"),
    "batch": Use(two_clips, two_rows),
    "measure": Use(lambda _: [*FORMCHECK, "measure", CLIP, *FEW, "--out", "measured.parquet"], measured),
    "agree": Use(two_raters, lambda folder, out: (folder / "agreement" / "agreement.md").stat()),
    "doctor": Use(lambda _: [*FORMCHECK, "doctor"], lambda folder, out: out.endswith("ready\n") or pytest.fail(out)),
    "app": Use(lambda _: [sys.executable, USE_APP], practised),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a home directory in which nothing was ever kept or declined."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def run(tmp_path, home) -> Callable[..., Watched]:
    """Return a function that runs a command in an empty folder and sees what it does."""
    if why := why_not_here():
        pytest.skip(why)
    return lambda command, *, sealed: watch([str(word) for word in command], tmp_path, home, sealed=sealed)


@pytest.mark.parametrize("sealed", [True, False], ids=["no route", "traced"])
@pytest.mark.parametrize("use", USES)
def test_nothing_leaves_this_machine(run, tmp_path, use, sealed):
    if not is_installed(USES[use].engine):
        pytest.skip(f"the engine {USES[use].engine} is not installed")
    found = run(USES[use].command(tmp_path), sealed=sealed)
    assert found.code == 0, found.err
    USES[use].worked(tmp_path, found.out)
    assert found.outside == []
    assert found.names == []


VOICES_JS = """async () => {
  const voices = [{name: "theirs", lang: "en-GB", localService: false},
    {name: "ours", lang: "en-US", localService: true},
    {name: "of another language", lang: "de", localService: true}];
  Object.defineProperty(window, "speechSynthesis", {value: {getVoices: () => voices, addEventListener() {}}});
  const {Voice} = await import("/voice/voice.js");
  const voice = new Voice({voiceName: "theirs"});
  return [voice.voices.map((one) => one.name), voice.chosen.name];
}"""


@pytest.mark.browser
def test_only_voices_of_this_machine_speak(chromium):
    playwright = pytest.importorskip("playwright.sync_api")
    handler = partial(SimpleHTTPRequestHandler, directory=WEB)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, playwright.sync_playwright() as driver:
        Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/voice/beeps.js")
        assert page.evaluate(VOICES_JS) == [["ours"], "ours"]
        browser.close()
        server.shutdown()


# The checker sees what it looks for -----------------------------------------------------------------------------------


LOOKS_UP = "import socket; socket.getaddrinfo('somewhere.example', 443)"
CONNECTS = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=1)"
SENDS = "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('2001:db8::1', 443))"
IN_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LOOKS_UP!r}])"


@pytest.mark.parametrize(
    ("code", "seen", "names"),
    [
        (LOOKS_UP, "htons(53)", {"somewhere.example"}),
        (IN_A_CHILD, "htons(53)", {"somewhere.example"}),
        (CONNECTS, "192.0.2.1", set()),
        (SENDS, "2001:db8::1", set()),
    ],
    ids=["look-up", "look-up of a child", "connection", "datagram"],
)
def test_what_leaves_this_machine_is_seen(run, code, seen, names):
    found = run([sys.executable, "-c", code], sealed=True)
    assert seen in "\n".join(found.outside)
    assert {name for name in found.names if name.endswith(".example")} == names


REPORTS = """
import sys
from formcheck.sources.pose.mediapipe_engine import NoReports
NoReports.begin = NoReports.end = lambda: None
from formcheck.apps.cli.commands import main
main()
"""
LOADS_OPENVINO = "import openvino, time; time.sleep(1)"


def test_mediapipe_s_own_reports_are_seen(run):
    command = [sys.executable, "-c", REPORTS, "check", CLIP, *HINGE, *FEW, "--engine", "mediapipe"]
    found = run(command, sealed=True)
    assert found.code == 0, found.err
    assert found.names
    assert found.outside


def test_openvino_s_own_reports_are_seen(run):
    if not is_installed("openvino"):
        pytest.skip("the engine openvino is not installed")
    found = run([sys.executable, "-c", LOADS_OPENVINO], sealed=True)
    assert found.names
    assert found.outside


SEND_6 = (
    'sendto(3, "x", 1, 0, {{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), '
    'inet_pton(AF_INET6, "{}", &sin6_addr), sin6_scope_id=0}}, 28) = 1'
)


@pytest.mark.parametrize(
    ("call", "stays"),
    [
        ('connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', True),
        ('connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0', False),
        ('connect(3, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT', True),
        ('connect(3, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0', False),
        ("connect(3, {sa_family=AF_VSOCK, svm_cid=0x2, svm_port=0x1}, 16) = 0", False),
        (SEND_6.format("::1"), True),
        (SEND_6.format("::ffff:192.0.2.1"), False),
        ('sendto(3, "x", 1, 0, NULL, 0) = 1', True),
    ],
    ids=["itself", "a resolver", "a file", "a resolver behind a file", "a host system", "itself, IPv6", "IPv4 in IPv6",
         "an open line"],
)  # fmt: skip
def test_a_trace_is_read(call, stays):
    assert calls_outside(f"123 {call}\n") == ([] if stays else [f"123 {call}"])
