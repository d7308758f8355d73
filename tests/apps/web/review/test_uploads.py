"""Recordings from the browser: streamed, bounded, looked at before decoding, gone when they are not needed."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.tokens import TOKEN_HEADER
from formcheck.apps.web.jobs import JobBook
from formcheck.apps.web.review import uploads
from formcheck.apps.web.review.uploads import UPLOAD_PATH, UPLOADS, Upload, UploadBook
from formcheck.core.errors import SourceError, StoreError

from ...conftest import wait_until

CLIP = "plank_good.mp4"


@pytest.fixture
def client(results):
    yield TestClient(Starlette(routes=uploads.ROUTES))
    UPLOADS.close()


@pytest.fixture
def clip(checkout):
    return (checkout / "sample_videos" / CLIP).read_bytes()


def put(client, content, *, name=CLIP, token=None):
    headers = {TOKEN_HEADER: tokens.make_token() if token is None else token}
    return client.put(UPLOAD_PATH, params={"name": name}, content=content, headers=headers)


def test_recording_comes_to_disk_as_it_is(client, clip, results):
    answer = put(client, clip)
    assert (answer.status_code, answer.json()["name"]) == (200, CLIP)
    upload = UPLOADS.find(answer.json()["key"])
    assert upload.path.read_bytes() == clip
    assert upload.sha256 == hashlib.sha256(clip).hexdigest()
    assert upload.path.parent.parent == results
    if os.name == "posix":
        assert upload.path.parent.stat().st_mode & 0o777 == 0o700
    upload.delete()
    assert list(results.iterdir()) == []


@pytest.mark.parametrize("token", ["", "x", "0" * 32])
def test_page_without_a_token_stores_nothing(client, clip, results, token):
    assert put(client, clip, token=token).status_code == 403
    assert list(results.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "got an empty file"),
        (b"Thursday: hamstrings " * 20, "got a text file"),
        (os.urandom(5000), "got data in an unknown format"),
    ],
    ids=["empty", "text", "noise"],
)
def test_what_is_no_recording_is_refused_by_its_own_name(client, results, content, said):
    answer = put(client, content, name="../Übung <1>.mp4")
    assert answer.json()["problem"].startswith("../Übung <1>.mp4: expected a video or picture, ")
    assert said in answer.json()["problem"]
    assert list(results.iterdir()) == []


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "streamed"])
def test_too_large_file_is_refused(client, results, monkeypatch, stated):
    monkeypatch.setattr(uploads, "MOST_UPLOAD_BYTES", 1_000_000)
    pieces = [b"x" * 100_000] * 11
    answer = put(client, b"".join(pieces) if stated else iter(pieces))
    assert answer.status_code == (413 if stated else 200)
    problem = answer.text if stated else answer.json()["problem"]
    assert problem.startswith(f"{CLIP}: expected at most 1 MB, got more; cut it")
    assert list(results.iterdir()) == []


def test_too_long_recording_is_refused(client, clip, results, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_DURATION_S", 6.0)
    answer = put(client, clip)
    assert "expected at most 0 minutes, got 0" in answer.json()["problem"]
    assert list(results.iterdir()) == []


def test_full_disk_is_reported_and_leaves_nothing(client, clip, results, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda *_, **__: Full())
    answer = put(client, clip)
    monkeypatch.undo()
    assert answer.status_code == 507
    assert answer.text == f"{CLIP}: expected room for a copy, got a full disk; free some space, then try again"
    assert [path for path in results.iterdir() if path.name.startswith(".")] == []


def test_hundred_megabytes_are_never_in_memory(tmp_path):
    async def pieces():
        for _ in range(1600):
            yield b"x" * 65536

    tracemalloc.start()
    try:
        asyncio.run(uploads._stream_to_disk(pieces(), tmp_path / "a.mp4", "a.mp4"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.mp4").stat().st_size == 1600 * 65536
    assert peak < 8_000_000


def test_browser_that_falls_silent_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "SILENCE_S", 0.05)

    async def pieces():
        yield b"x"
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(uploads._stream_to_disk(pieces(), tmp_path / "a.mp4", "a.mp4"))


def copies(folder, count):
    for k in range(count):
        path = folder / f"private{k}" / "a.mp4"
        path.parent.mkdir()
        path.write_bytes(b"x")
        yield Upload("a.mp4", path, "0" * 64)


def test_oldest_of_too_many_waiting_files_goes(tmp_path):
    book, made = UploadBook(), list(copies(tmp_path, uploads.MOST_UPLOADS + 1))
    keys = [book.add(one) for one in made]
    assert book.find(keys[0]) is None
    assert [one.path.exists() for one in made] == [False, *[True] * uploads.MOST_UPLOADS]
    book.close()
    assert list(tmp_path.iterdir()) == []


def test_file_that_nobody_checks_goes_after_a_while(tmp_path, monkeypatch):
    book, (upload,) = UploadBook(), copies(tmp_path, 1)
    key = book.add(upload)
    assert book.find(key) is upload
    monkeypatch.setattr(uploads, "KEPT_S", 0.0)
    assert book.find(key) is None
    assert not upload.path.exists()


def test_claimed_file_is_deleted_by_its_check_however_that_ends(tmp_path):
    works = [lambda _: None, fail, None]
    for work, upload in zip(works, copies(tmp_path, 3), strict=True):
        book = JobBook(workers=1)
        if work is None:  # closed before its turn
            book.start("a", "first", until_stopped)
            book.start("b", "second", lambda _: None, after=upload.delete)
            book.stop_all()
        else:
            book.start("a", "a", work, after=upload.delete)
        wait_until(lambda upload=upload: not upload.path.parent.exists())
        book.stop_all()


def test_a_second_check_of_one_recording_deletes_its_copy(tmp_path):
    book, (first, second) = JobBook(workers=1), copies(tmp_path, 2)
    job = book.start("a", "a", until_stopped, after=first.delete)
    assert book.start("a", "a", until_stopped, after=second.delete) is job
    assert (first.path.exists(), second.path.exists()) == (True, False)
    book.stop_all()
    wait_until(lambda: not first.path.exists())


def fail(_progress):
    raise SourceError("no pictures in it")


def until_stopped(progress):
    while True:
        progress(1, 1000)
        asyncio.run(asyncio.sleep(0.01))


@pytest.mark.parametrize("name", ["vid?eo", "a?", "ex:pected", "{}\\1"])
def test_error_about_the_copy_names_the_recording(name, tmp_path):
    copy = tmp_path / uploads.clean_file_name(name)  # its name is also a part of the sentence
    copy.write_bytes(bytes(1000))
    with pytest.raises(SourceError) as refused:
        uploads.check_upload(copy, name)
    came = "got data in an unknown format; pick another file, or convert it to MP4 (H.264)"
    assert str(refused.value) == f"{name}: expected a video or picture, {came}"


def test_unwritable_place_is_one_line(client, clip, monkeypatch):
    def refuse():
        raise StoreError("expected to write to here, got: Permission denied")

    monkeypatch.setattr(uploads, "make_unfinished_folder", refuse)
    answer = put(client, clip)
    assert (answer.status_code, answer.text) == (507, "expected to write to here, got: Permission denied")
