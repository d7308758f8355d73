"""The recordings that an input names: here, in a bucket, on the web."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.errors import SourceError
from formcheck.sources.locations import expand_inputs, fingerprint, open_local
from formcheck.sources.remote import remote_store
from formcheck.sources.remote.remote_store import is_uri, make_file_name, redact_uri, resolve_local_path

from .file_servers import FileServer, GoogleServer, served

WANTED = {".mp4", ".parquet"}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(remote_store, "PAUSES_S", (0.01, 0.01))


@pytest.fixture(scope="module")
def web():
    with served(FileServer()) as server:
        yield server


@pytest.fixture
def memory():
    import fsspec

    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def filled(folder: Path, names) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


# ---- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["s3://bucket/clip.mp4", "gs://b/k", "https://host/x", "HTTP://host/x", "file:///clip.mp4", "memory://a/b"],
)
def test_known_protocol_makes_an_address(text):
    assert is_uri(text)


@pytest.mark.parametrize("text", [r"C:\clips\a.mp4", "C:/clips/a.mp4", "a:b.mp4", "s3:/bucket/k", "ftp://host/x", ""])
def test_anything_else_is_a_file_name(text):
    assert not is_uri(text)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("https://user:word@host/a.mp4?X-Amz-Signature=f00#t=1", "https://host/a.mp4"),
        ("s3://key:word@bucket/clip?.mp4", "s3://bucket/clip?.mp4"),
        ("HTTPS://host/a\nb.mp4", "https://host/a?b.mp4"),
        ("clips/a.mp4", "clips/a.mp4"),
    ],
)
def test_address_is_shown_without_its_secrets(uri, told):
    assert redact_uri(uri) == told


@given(st.text("abcXYZ019._~%&=:+-", min_size=1), st.sampled_from(["http", "https", "HTTPS"]))
def test_no_password_and_no_signature_is_ever_shown(secret, protocol):
    uri = f"{protocol}://user{secret}:«{secret}»@host/clip.mp4?signature=«{secret}»"
    assert redact_uri(uri) == f"{protocol.lower()}://host/clip.mp4"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://host/my%20clip.mp4?v=2", "my clip.mp4"),
        ("s3://bucket/my%20clip.mp4", "my%20clip.mp4"),
        ("https://host/..%2f..%2fetc/a:b*.mp4", "a_b_.mp4"),
        ("https://host/", "recording"),
        ("s3://bucket/" + "x" * 300 + ".mp4", "x" * 96 + ".mp4"),
    ],
)
def test_file_name_of_an_address_fits_every_system(uri, name):
    assert make_file_name(uri) == name


def test_file_address_is_the_path_itself(tmp_path):
    path = tmp_path / "my clip.mp4"
    assert resolve_local_path(path.as_uri()) == path
    with open_local(path.as_uri()) as place:
        assert place == path
    with open_local(str(path)) as place:
        assert place == path
    with open_local(Path("a:b.mp4")) as place:
        assert place == Path("a:b.mp4")


def test_file_address_of_another_computer_is_refused():
    with pytest.raises(
        SourceError, match=r"^file://nas/clip\.mp4: expected a file of this computer, got the host 'nas'"
    ):
        resolve_local_path("file://nas/clip.mp4")


# ---- listing ---------------------------------------------------------------------------------------------------------


def test_folder_gives_its_recordings_in_natural_order(tmp_path):
    filled(tmp_path, ["clip10.mp4", "clip9.MP4", "notes.txt", "b/2.mp4", "b/c/1.parquet", "a.mp4/in.mp4"])
    names = [Path(name).relative_to(tmp_path).as_posix() for name in expand_inputs(str(tmp_path), WANTED)]
    assert names == ["a.mp4/in.mp4", "b/2.mp4", "b/c/1.parquet", "clip9.MP4", "clip10.mp4"]
    assert expand_inputs(tmp_path.as_uri(), WANTED) == expand_inputs(str(tmp_path), WANTED)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.mp4", ["1.mp4", "2.mp4"]),
        ("?.*", ["1.mp4", "2.mp4"]),
        ("[2-9].mp4", ["2.mp4"]),
        ("**/*.mp4", ["1.mp4", "2.mp4", "sub/3.mp4"]),
        ("*", ["1.mp4", "2.mp4", "sub/3.mp4"]),
        ("*.txt", ["1.txt"]),
    ],
)
def test_pattern_gives_its_matches_once(tmp_path, pattern, names):
    filled(tmp_path, ["1.mp4", "2.mp4", "1.txt", "sub/3.mp4"])
    assert [Path(n).relative_to(tmp_path).as_posix() for n in expand_inputs(str(tmp_path / pattern), WANTED)] == names


def test_file_stands_for_itself_whatever_it_is_called(tmp_path):
    filled(tmp_path, ["clip[1]*.mp4", "clip1x.mp4", "clip.dat"])
    for name in ("clip[1]*.mp4", "clip.dat"):
        assert expand_inputs(str(tmp_path / name), WANTED) == [str(tmp_path / name)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.mp4", r"^gone\.mp4: expected a video or picture, got no file with that name in "),
        ("empty", r"empty: expected recordings, got a folder without recordings; check the spelling$"),
        ("*.avi", r"\*\.avi: expected recordings, got a pattern without a match; check the spelling$"),
    ],
)
def test_nothing_there_is_reported_in_one_line(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=message):
        expand_inputs(str(tmp_path / name), WANTED)


def test_folder_that_may_not_be_looked_into_is_reported(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "mine").mkdir()
    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(SourceError, match=r"^mine: expected a folder of recordings, got one that you may not open"):
        expand_inputs(str(tmp_path / "mine"), WANTED)


def test_address_of_another_kind_is_refused():
    with pytest.raises(
        SourceError, match=r"^ftp://host/x: expected a path or one of s3://.* got ftp://; copy it first$"
    ):
        expand_inputs("ftp://user:word@host/x", WANTED)


def test_store_is_listed_as_a_folder_is(memory):
    for name in ("v/clip10.mp4", "v/clip9.mp4", "v/notes.txt", "v/sub/1.mp4"):
        memory.pipe(f"/{name}", b"x")
    assert expand_inputs("memory://v", WANTED) == [
        "memory://v/clip9.mp4",
        "memory://v/clip10.mp4",
        "memory://v/sub/1.mp4",
    ]
    assert expand_inputs("memory://v/*.mp4", WANTED) == ["memory://v/clip9.mp4", "memory://v/clip10.mp4"]
    assert expand_inputs("memory://v/*", WANTED) == expand_inputs("memory://v", WANTED)
    assert expand_inputs("memory://v/notes.txt", WANTED) == ["memory://v/notes.txt"]
    with pytest.raises(SourceError, match=r"^memory://v/\*\.avi: expected recordings, got a pattern without a match"):
        expand_inputs("memory://v/*.avi", WANTED)
    with pytest.raises(SourceError, match=r"^memory://w: expected a recording, got nothing with that name; check"):
        expand_inputs("memory://w", WANTED)


def test_index_page_is_listed_as_a_folder_is(web):
    web.files = {"v/clip10.mp4": b"x", "v/clip9.mp4": b"x", "v/notes.txt": b"x", "v/sub/1.mp4": b"x"}
    root = web.url("good", "v/")
    assert expand_inputs(root, WANTED) == [root + name for name in ("clip9.mp4", "clip10.mp4", "sub/1.mp4")]
    assert expand_inputs(root + "clip*.mp4", WANTED) == [root + name for name in ("clip9.mp4", "clip10.mp4")]
    signed = root + "clip9.mp4?signature=a*b"
    assert expand_inputs(signed, WANTED) == [signed]


@pytest.mark.parametrize(
    ("how", "came"),
    [
        ("good", "nothing with that name; check the spelling"),
        ("closed", "one that you may not read; check the credentials in the environment and the permissions"),
        ("busy", "a server error (status 503); run again later"),
        ("round", "an address with too many redirects; give the final address of the file"),
    ],
)
def test_a_failing_web_address_is_reported_without_its_secrets(web, how, came):
    web.files = {}
    address = web.url(how, "gone.mp4")
    with pytest.raises(SourceError) as caught:
        expand_inputs(address.replace("//", "//user:s3cret@") + "?signature=s3cret", WANTED)
    assert str(caught.value) == f"{address}: expected a recording, got {came}"


def test_server_that_is_not_there_is_reported():
    with pytest.raises(SourceError, match=r"^http://127\.0\.0\.1:9/a\.mp4: expected a recording, got no answer from"):
        expand_inputs("http://127.0.0.1:9/a.mp4", WANTED)


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints; what is imported at its start cannot be changed in this one."""
    command = [sys.executable, "-W", "error", "-c", code]
    run = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_missing_package_is_named_with_what_brings_it():
    told = python("""
import sys
from formcheck.core.errors import BackendError
from formcheck.sources.locations import expand_inputs
for package, uri in [("s3fs", "s3://b/a.mp4"), ("gcsfs", "gs://b/a.mp4"), ("aiohttp", "https://b/a.mp4"),
                     ("fsspec", "memory://a.mp4")]:
    sys.modules[package] = None
    try:
        expand_inputs(uri, {".mp4"})
    except BackendError as error:
        print(error)
""").splitlines()
    assert told == [
        f"{uri}: expected the package {package}, which reads {uri.partition(':')[0]}://, got none; "
        "pip install 'formcheck[cluster]'"
        for package, uri in [
            ("s3fs", "s3://b/a.mp4"),
            ("gcsfs", "gs://b/a.mp4"),
            ("aiohttp", "https://b/a.mp4"),
            ("fsspec", "memory://a.mp4"),
        ]
    ]


def test_google_store_is_listed_and_read():
    with served(GoogleServer()) as server:
        server.files = {"v/clip10.mp4": b"ten" * 100, "v/clip9.mp4": b"nine", "v/notes.txt": b"x"}
        told = python(
            """
from formcheck.sources.locations import *
print(expand_inputs("gs://films/v/", {".mp4"}))
with open_local("gs://films/v/clip10.mp4") as place:
    print(place.name, place.size, place.read_at(3, 3))
print(fingerprint("gs://films/v/clip9.mp4") != fingerprint("gs://films/v/clip10.mp4") != "")
try:
    expand_inputs("gs://films/gone.mp4", {".mp4"})
except Exception as error:
    print(error)
""",
            STORAGE_EMULATOR_HOST=f"http://127.0.0.1:{server.server_address[1]}",
            # Zonal buckets are requested from Google itself, whatever the address of the store.
            GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT="false",
            FSSPEC_GS_TOKEN="anon",
        ).splitlines()
    assert told == [
        "['gs://films/v/clip9.mp4', 'gs://films/v/clip10.mp4']",
        "clip10.mp4 300 b'ten'",
        "True",
        "gs://films/gone.mp4: expected a recording, got nothing with that name; check the spelling",
    ]
    assert server.given.ranges == [("v/clip10.mp4", 0, 300)]


# ---- whether it changed ----------------------------------------------------------------------------------------------


def test_fingerprint_of_a_file_changes_with_the_file(tmp_path):
    path = filled(tmp_path, ["a.mp4"]) / "a.mp4"
    before = fingerprint(path)
    assert before == fingerprint(str(path)) == fingerprint(path.as_uri())
    assert len(before) == 32
    os.utime(path, ns=(1, 1))
    assert before != fingerprint(path)


def test_fingerprint_of_a_folder_is_that_of_its_pictures(tmp_path):
    filled(tmp_path, ["1.png", "2.png"])
    before = fingerprint(tmp_path)
    filled(tmp_path, ["notes.txt", ".hidden.png"])
    assert fingerprint(tmp_path) == before
    filled(tmp_path, ["3.png"])
    assert fingerprint(tmp_path) != before


def test_fingerprint_of_a_web_file_is_what_the_server_tells(web):
    web.files = {"a.mp4": b"one"}
    before = fingerprint(web.url("good", "a.mp4"))
    assert before == fingerprint(web.url("good", "a.mp4?signature=other"))
    web.files = {"a.mp4": b"two"}
    assert "" != fingerprint(web.url("good", "a.mp4")) != before
    assert web.given.ranges == []


def test_fingerprint_that_cannot_be_judged_is_empty(web, tmp_path):
    web.files = {"a.mp4": b"one"}
    for place in (web.url("bare", "a.mp4"), web.url("good", "gone.mp4"), tmp_path / "gone.mp4", "file://nas/a.mp4"):
        assert fingerprint(place) == ""
