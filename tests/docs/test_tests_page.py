"""docs/tests.md equals what the protocol files give."""

from __future__ import annotations

import importlib.util

from formcheck.program.body_tests.protocol import load_protocols


def test_the_page_is_what_the_protocol_files_say(checkout):
    spec = importlib.util.spec_from_file_location("build_tests", checkout / "docs" / "build_tests.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text("utf-8")
    assert page == script.write_page(), "run python docs/build_tests.py"
    assert all(f"## {one.id} · {one.name}" in page for one in load_protocols())
