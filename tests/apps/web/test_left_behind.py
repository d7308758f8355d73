"""An app that was killed: its uploads and half-made results go at the next start, its finished results stay."""

from __future__ import annotations

import subprocess
import sys

from formcheck.apps.web import server
from formcheck.drivers.results_store import find_result, open_new_result
from formcheck.sources.owned_files import has_dead_owner

from ..conftest import wait_until

AT_WORK = """
import sys, time
from formcheck.apps.web.review.uploads import Upload
from formcheck.drivers.atomic_files import stage_files
from formcheck.drivers.results_store import make_unfinished_folder, open_new_result
upload = Upload("bow.mp4", make_unfinished_folder() / "bow.mp4", "0" * 64)
upload.path.write_bytes(b"a recording")
with open_new_result("a" * 32, recording="bow.mp4", movement="m") as folder, stage_files(folder) as part:
    (part / "frames.parquet").write_bytes(b"half")
    sys.stdout.write("at work\\n")
    sys.stdout.flush()
    time.sleep(600)
"""


def test_next_start_removes_what_a_killed_app_left(results):
    with open_new_result("b" * 32, recording="done.mp4", movement="m") as folder:
        (folder / "summary.json").write_text("{}", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", AT_WORK], stdout=subprocess.PIPE) as app:
        assert app.stdout.readline() == b"at work\n"
        server._tidy_up()  # a second app starts while the first works
        assert len(list(results.iterdir())) == 4
        app.kill()
    assert sum(has_dead_owner(path.name) for path in results.iterdir()) == 3
    server._tidy_up()
    wait_until(lambda: [path.name for path in results.iterdir()] == ["b" * 32], seconds=60)
    assert find_result("b" * 32) is not None
