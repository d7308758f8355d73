"""Hostile TOML: what is too deep, too large or not a file is one line, and nothing waits for its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.toml_files import parse_toml, read_file_bytes

HUGE = "9" * 400


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(
            b"a = 1\n" + b"a." * 30 + b"b = 1",
            "expected keys of at most 20 parts, got more (at line 2)",
            id="a deep key",
        ),
        pytest.param(
            b"a = " + b"[" * 30 + b"]" * 30, "expected at most 20 levels of lists and tables, got more", id="deep lists"
        ),
        pytest.param(
            b"a = " + b"9" * 5000, "expected shorter numbers, got one of over 4300 digits", id="a number of 5000 digits"
        ),
        pytest.param(bytes(1000), "expected UTF-8 text in TOML, got UTF-16 text; save it as UTF-8", id="zeros"),
        pytest.param(b"a = 1\0", "expected UTF-8 text in TOML, got binary data", id="one zero"),
        pytest.param(
            "a = 1".encode("utf-16"), "expected UTF-8 text in TOML, got UTF-16 text; save it as UTF-8", id="UTF-16"
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(content, problem):
    with pytest.raises(MovementFileError) as raised:
        parse_toml(content, "x.toml")
    assert raised.value.problems == [problem]


def test_a_number_that_overflows_is_infinite():
    inf = float("inf")
    found = parse_toml(f"a = [{HUGE}, -{HUGE}, 7]\n[b]\nc = {HUGE}".encode(), "x.toml")
    assert found == {"a": [inf, -inf, 7], "b": {"c": inf}}


def test_what_is_not_a_plain_file_is_not_opened(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)  # a reader would wait until a writer opens it
    for path, came in ((tmp_path, "Is a directory"), (pipe, "a pipe or socket"), (Path(os.devnull), "a device")):
        with pytest.raises(MovementFileError, match=f"expected a readable file, got: {came}; check the path$"):
            read_file_bytes(path, 100)
