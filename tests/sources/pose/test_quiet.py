"""Native libraries are silent while they start; later messages are shown."""

from __future__ import annotations

import os
import sys

import pytest

from formcheck.sources.pose.networks import give_back_memory, suppress_native_stderr


def test_notes_of_a_native_library_are_not_heard(capfd):
    os.write(2, b"before\n")
    with suppress_native_stderr():
        os.write(2, b"note\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


def test_after_an_error_standard_error_is_back(capfd):
    with pytest.raises(ValueError, match="no network"), suppress_native_stderr():
        raise ValueError("no network")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_no_file_stays_open():
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    before = len(os.listdir(folder))  # noqa: PTH208 - a Path would open one as well
    for _ in range(5):
        with suppress_native_stderr():
            pass
    assert len(os.listdir(folder)) == before  # noqa: PTH208


@pytest.mark.parametrize("stream", [None, "closed"])
def test_process_without_standard_error_goes_on(monkeypatch, tmp_path, stream):
    if stream == "closed":
        stream = (tmp_path / "log").open("w")
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    with suppress_native_stderr():
        done = True
    assert done


def test_memory_can_be_given_back_at_any_time(monkeypatch):
    give_back_memory()
    monkeypatch.setattr(sys, "platform", "darwin")
    give_back_memory()
