"""Only files are opened: no pipe is waited for, no device read."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from formcheck.sources.files.regular_files import open_bytes, open_text

NEEDS_PIPES = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


def test_content_comes_as_bytes_and_as_lines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("é\r\nb".encode())
    with open_bytes(path) as file:
        assert file.read() == b"\xc3\xa9\r\nb"
    with open_text(path, encoding="utf-8") as text:
        assert list(text) == ["é\n", "b"]


@NEEDS_PIPES
def test_pipe_is_refused_at_once_and_through_a_link(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path / "link", Path("/dev/zero")):
        with pytest.raises(OSError, match="a device or pipe") as refused:
            open_bytes(path)
        assert refused.value.errno == errno.ENXIO


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a folder as closed")
def test_folder_and_missing_file_are_kept_apart(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_bytes(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_text(tmp_path / "none", encoding="utf-8")
