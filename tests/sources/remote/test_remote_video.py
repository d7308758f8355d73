"""Recordings fetched from servers on this computer: the same frames as from the file, each byte once."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from formcheck.core.errors import SourceError
from formcheck.sources import decode
from formcheck.sources.locations import expand_inputs, fingerprint, open_local
from formcheck.sources.pose_track import open_track
from formcheck.sources.remote import remote_file, remote_store
from formcheck.sources.video import open_video

from ..file_servers import FileServer, Given, counting, served
from ..test_locations import python
from ..test_video import BAD, card, noise_clip

BLOCK = 1 << 14
FRAMES = 180


@pytest.fixture(autouse=True)
def small_blocks_and_short_pauses(monkeypatch):
    monkeypatch.setattr(remote_file, "BLOCK_BYTES", BLOCK)
    monkeypatch.setattr(remote_store, "PAUSES_S", (0.01, 0.01))


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    """A temporary folder that must be empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def http():
    with served(FileServer()) as server:
        yield server


@pytest.fixture
def web(http):
    http.files.clear()
    http.dropped.clear()
    http.given.clear()
    http.wake.clear()
    yield http
    http.wake.set()


@pytest.fixture(scope="module")
def store():
    """A bucket of moto, what it gave, and the ordinary environment that names it."""
    import boto3
    import s3fs
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    given = Given()
    app = counting(DomainDispatcherApplication(create_backend_app), given)
    quiet = type("Quiet", (WSGIRequestHandler,), {"log_request": lambda *_: None})
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=quiet)
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch, served(server):
        for name, value in environment.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="films")
        yield client, given
        client.close()
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Clips of several blocks, with the index first, last, and none at all."""
    folder = tmp_path_factory.mktemp("films")
    first = noise_clip(folder / "first.mp4", FRAMES // 15)
    copied(first, folder / "last.mp4")
    copied(first, folder / "film.mkv")
    write_live(folder / "live.webm")
    return folder


def write_live(path):
    """A clip as browsers record it: without its length."""
    rng = np.random.default_rng(2)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx", rate=30, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 96, 64, "yuv420p", 3_000_000
        for _ in range(60):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(rng.integers(0, 255, (64, 96, 3), np.uint8), "rgb24")))
        out.mux(stream.encode(None))
    content = re.sub(rb"\x44\x89\x88.{8}", b"\xec\x89" + bytes(9), path.read_bytes(), flags=re.DOTALL)
    path.write_bytes(re.sub(rb"\d\d:\d\d:\d\d\.\d+", lambda m: b"x" * len(m.group()), content))


def copied(source, path):
    with av.open(str(source)) as clip, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(clip.streams.video[0])
        for packet in clip.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)


def seen_in(place):
    """Everything about a recording that must not depend on where it lies."""
    with open_video(place) as video:
        frames = [(f.index, f.time_s, hashlib.sha256(f.image).hexdigest()) for f in video]
        info = video.info
        return frames, info, info.sha256, video.warnings, video.expected_frames


def blocks_of(content):
    return -(-len(content) // BLOCK)


# ---- the same as from the file ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["first.mp4", "last.mp4", "film.mkv", "live.webm"])
@pytest.mark.parametrize("how", ["good", "moved", "signed", "whole", "flow", "dropping"])
def test_web_gives_the_same_frames_times_and_hash(films, web, name, how):
    content = web.files[name] = (films / name).read_bytes()
    with open_local(web.url(how, name)) as place:
        assert seen_in(place) == seen_in(films / name)
    assert blocks_of(content) >= 5
    if how == "good":
        # One byte is requested first: does the server support ranges?
        assert web.given.ranges[0] == (name, len(content) - 1, len(content))
        assert sorted(web.given.ranges[1:]) == blocks(name, content)


def blocks(name, content):
    return [(name, start, min(start + BLOCK, len(content))) for start in range(0, len(content), BLOCK)]


@pytest.mark.parametrize("name", ["first.mp4", "last.mp4", "film.mkv", "live.webm"])
def test_bucket_gives_the_same_and_each_byte_once(films, store, name):
    client, given = store
    content = (films / name).read_bytes()
    client.put_object(Bucket="films", Key=f"v/{name}", Body=content)
    given.clear()
    with open_local(f"s3://films/v/{name}") as place:
        assert seen_in(place) == seen_in(films / name)
    assert sorted(given.ranges) == blocks(f"/films/v/{name}", content)
    assert [method for method, _ in given.requests].count("HEAD") == 1


@pytest.mark.parametrize("name", ["first.mp4", "film.mkv"])
def test_decoding_starts_before_all_is_there(films, store, name):
    client, given = store
    content = (films / name).read_bytes()
    client.put_object(Bucket="films", Key=name, Body=content)
    given.clear()
    with open_local(f"s3://films/{name}") as place, open_video(place) as video:
        next(iter(video))
        assert given.total() < len(content) / 2
    assert given.total() < len(content) / 2


def test_index_at_the_end_is_fetched_without_what_lies_between(films, web):
    content = web.files["last.mp4"] = (films / "last.mp4").read_bytes()
    with open_local(web.url("good", "last.mp4")) as place, open_video(place) as video:
        assert video.info.frames == FRAMES
        starts = [start // BLOCK for _, start, _ in web.given.ranges[1:]]
    assert blocks_of(content) - 1 in starts[1:3]
    assert len(starts) < blocks_of(content) / 2


def test_second_iteration_and_late_hash_fetch_nothing_again(films, web):
    content = web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    with open_local(web.url("good", "first.mp4")) as place:
        with open_video(place) as video:
            assert [f.index for f in video] == [f.index for f in video] == list(range(FRAMES))
        assert place.sha256() == place.sha256() == hashlib.sha256(content).hexdigest()
    assert web.given.total() == len(content) + 1


def test_hash_fetches_what_was_not_needed(films, web):
    content = web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    with open_local(web.url("good", "first.mp4")) as place, open_video(place) as video:
        assert video.info.sha256 == hashlib.sha256(content).hexdigest()
    assert web.given.total() == len(content) + 1


@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_photograph_is_the_same(tmp_path, web, orientation):
    path, exif = tmp_path / "photo.jpg", Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(card()).save(path, exif=exif, quality=95)
    web.files["photo.jpg"] = web.files["photo"] = path.read_bytes()
    with open_local(web.url("good", "photo.jpg") + "?size=full") as place:
        assert isinstance(place, Path)
        assert seen_in(place) == seen_in(path)
    assert not place.exists()
    with open_local(web.url("good", "photo")) as place:  # its name does not show that it is a picture
        assert seen_in(place)[0] == seen_in(path)[0]


@pytest.mark.parametrize("how", ["good", "whole"])
def test_saved_track_is_given_as_a_path(checkout, web, how):
    track = min((checkout / "tests" / "data").glob("*.parquet"))
    web.files[track.name] = track.read_bytes()
    with open_local(web.url(how, track.name)) as place:
        assert place.name == track.name
        assert len(list(open_track(place))) == open_track(track).frames > 0
    assert not place.parent.exists()


def test_several_threads_may_read_one_file(films, web):
    content = web.files["film.mkv"] = (films / "film.mkv").read_bytes()
    hashes = []
    with open_local(web.url("good", "film.mkv")) as place:
        threads = [threading.Thread(target=lambda: hashes.append(place.sha256())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert hashes == [hashlib.sha256(content).hexdigest()] * 4
    assert web.given.total() == len(content) + 1


# ---- https -----------------------------------------------------------------------------------------------------------


def test_https_is_read_only_where_the_certificate_is_trusted(films, tmp_path):
    import ssl

    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = FileServer()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.protocol = "https"
    content = server.files["first.mp4"] = (films / "first.mp4").read_bytes()
    code = f"""
from formcheck.sources.remote import remote_store
from formcheck.sources.locations import open_local
from formcheck.sources.video import open_video
remote_store.PAUSES_S = ()
try:
    with open_local({server.url("good", "first.mp4")!r}) as place, open_video(place) as video:
        print(len(list(video)), video.info.sha256)
except Exception as error:
    print(error)
"""
    with served(server):
        told = python(code, SSL_CERT_FILE=str(tmp_path / "authority.pem"))
        untrusted = python(code, SSL_CERT_FILE=os.devnull)
    assert told == f"{FRAMES} {hashlib.sha256(content).hexdigest()}\n"
    assert untrusted == (
        f"{server.url('good', 'first.mp4')}: expected a recording, got a server whose certificate is not trusted; "
        "name its authority in SSL_CERT_FILE\n"
    )


def test_user_and_password_of_an_address_work_but_are_not_shown(films, web):
    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    address = web.url("locked", "first.mp4")
    with open_local(address.replace("//", "//user:s3cret@")) as place:
        assert len(seen_in(place)[0]) == FRAMES
    message = f"^{re.escape(address)}: expected a recording, got one that you may not read; check the credentials"
    with pytest.raises(SourceError, match=message), open_local(address.replace("//", "//user:wr0ng@")):
        pass


# ---- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["broken", "tearing"])
def test_connection_that_always_breaks_is_reported_in_one_line(films, web, how):
    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    web.tear_at = 3 * BLOCK
    frames = []
    message = f"^{re.escape(web.url(how, 'first.mp4'))}: expected a recording, got a connection that broke; run"
    with (
        pytest.raises(SourceError, match=message) as caught,
        open_local(web.url(how, "first.mp4") + "?signature=s3cret") as place,
        open_video(place) as video,
    ):
        frames.extend(video)
    assert "\n" not in str(caught.value)
    assert len(frames) == 0 if how == "broken" else 10 < len(frames) < FRAMES - 10


def test_a_lost_connection_is_not_taken_for_a_missing_index(films, web):
    web.files["last.mp4"] = (films / "last.mp4").read_bytes()
    web.tear_at = 3 * BLOCK
    with (
        pytest.raises(SourceError, match=r"last\.mp4: expected a recording, got a connection that broke"),
        open_local(web.url("tearing", "last.mp4")) as place,
    ):
        open_video(place)


def test_decoder_sees_an_end_where_fetching_fails(films, web):
    content = web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    web.tear_at = BLOCK
    with open_local(web.url("tearing", "first.mp4")) as place:
        tap = place.tap()
        assert (tap.read(8), tap.tell(), tap.seek(-8, os.SEEK_CUR)) == (content[:8], 8, 0)
        assert tap.seek(-1) == -errno.EINVAL
        assert tap.read() == b""
        with pytest.raises(SourceError, match="a connection that broke"):
            place.check()


def test_failure_in_one_recording_does_not_come_up_in_the_next(films, web):
    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    web.tear_at = 3 * BLOCK
    with open_local(web.url("tearing", "first.mp4")) as place, open_video(place) as video:
        with pytest.raises(SourceError, match="a connection that broke"):
            list(video)
        assert len(seen_in(films / "first.mp4")[0]) == FRAMES


def test_flow_that_is_broken_once_is_fetched_again(films, web, monkeypatch):
    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    monkeypatch.setattr(remote_store, "_can_give_ranges", lambda *_: False)
    with open_local(web.url("dropping", "first.mp4")) as place:
        assert seen_in(place) == seen_in(films / "first.mp4")
    assert len(web.given.ranges) == 2
    with pytest.raises(SourceError, match="a connection that broke"), open_local(web.url("broken", "first.mp4")):
        pass


def test_folder_in_a_bucket_is_no_recording(store):
    client, _ = store
    client.put_object(Bucket="films", Key="deep/down/a.mp4", Body=b"x")
    with (
        pytest.raises(
            SourceError, match=r"^s3://films/deep: expected a recording, got a folder; name the recordings in it"
        ),
        open_local("s3://films/deep"),
    ):
        pass


@pytest.mark.parametrize(
    ("uri", "came"),
    [
        ("s3://films/gone.mp4", "nothing with that name; check the spelling"),
        ("s3://nobodys/gone.mp4", "no bucket with that name; check the spelling"),
    ],
)
def test_what_a_bucket_does_not_have_is_reported(store, uri, came):
    for ask in (lambda: expand_inputs(uri, {".mp4"}), lambda: open_local(uri).__enter__()):
        with pytest.raises(SourceError, match=f"^{uri}: expected a recording, got {came}$"):
            ask()


def test_bucket_is_listed_and_its_tags_tell_a_change(store):
    client, given = store
    for key in ("w/10.mp4", "w/9.mp4", "w/x/1.mp4", "w/notes.txt"):
        client.put_object(Bucket="films", Key=key, Body=key.encode())
    assert expand_inputs("s3://films/w/", {".mp4"}) == [f"s3://films/w/{n}.mp4" for n in ("9", "10", "x/1")]
    assert expand_inputs("s3://films/w/*.mp4", {".mp4"}) == [f"s3://films/w/{n}.mp4" for n in ("9", "10")]
    given.clear()
    before = fingerprint("s3://films/w/9.mp4")
    client.put_object(Bucket="films", Key="w/9.mp4", Body=b"other")
    expand_inputs("s3://films/w/", {".mp4"})
    assert "" != fingerprint("s3://films/w/9.mp4") != before
    assert given.ranges == []


def test_object_that_is_replaced_while_it_is_read_is_reported(films, store):
    client, _ = store
    content = (films / "first.mp4").read_bytes()
    client.put_object(Bucket="films", Key="new.mp4", Body=content)
    message = r"^s3://films/new\.mp4: expected a recording, got a file that was replaced during reading; run again$"
    with open_local("s3://films/new.mp4") as place, open_video(place) as video:
        next(iter(video))
        client.put_object(Bucket="films", Key="new.mp4", Body=bytes(len(content)))
        with pytest.raises(SourceError, match=message):
            place.sha256()


@pytest.mark.parametrize("name", [name for name in BAD if name not in {"gone.mp4", "folder"}])
@pytest.mark.parametrize("how", ["good", "flow"])
def test_bad_content_gives_the_same_line_as_from_the_file(tmp_path, web, name, how):
    BAD[name][0](tmp_path / name)
    web.files[name] = (tmp_path / name).read_bytes()
    with pytest.raises(SourceError) as here:
        open_video(tmp_path / name)
    with pytest.raises(SourceError) as afar, open_local(web.url(how, name)) as place:
        open_video(place)
    assert str(afar.value) == str(here.value)


def test_page_instead_of_a_recording_is_reported_as_text(web):
    web.files["clip.mp4"] = b"<!doctype html><html><body>Please log in</body></html>\n" * 20
    with (
        pytest.raises(SourceError, match=r"^clip\.mp4: expected a video or picture, got a text file; pick another"),
        open_local(web.url("good", "clip.mp4")) as place,
    ):
        open_video(place)


def test_cut_off_recording_warns_as_from_the_file(films, tmp_path, web):
    cut = tmp_path / "first.mp4"
    cut.write_bytes((films / "first.mp4").read_bytes()[: 4 * BLOCK])
    web.files["first.mp4"] = cut.read_bytes()
    with open_local(web.url("good", "first.mp4")) as place:
        assert seen_in(place) == (expected := seen_in(cut))
    assert "the file looks cut off" in expected[3][-1]


@pytest.mark.parametrize("how", ["good", "whole", "flow"])
def test_recording_that_is_too_large_is_refused(films, web, how):
    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    message = r"first\.mp4: expected at most 0\.0001 GB, got 0\.000\d+ GB; cut it into parts, or copy it to this"
    with pytest.raises(SourceError, match=message), open_local(web.url(how, "first.mp4"), most_bytes=100_000):
        pass


@pytest.mark.parametrize("how", ["good", "whole"])
def test_full_disk_is_reported(films, web, monkeypatch, how):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    message = r"first\.mp4: expected room in the temporary folder, got a full disk; free some space, or name another"
    with pytest.raises(SourceError, match=message), open_local(web.url(how, "first.mp4")) as place:
        open_video(place)


def test_playlist_opens_no_file_and_no_host(films, tmp_path, web, monkeypatch):
    # HLS is not among the formats that are read; were it, its pieces would still not be fetched.
    monkeypatch.setattr(decode, "_list_readable_formats", lambda: ",".join(sorted(av.formats_available)))
    shutil.copy(films / "first.mp4", tmp_path / "piece.mp4")
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:6,\n{}\n#EXT-X-ENDLIST\n"
    web.files["piece.mp4"] = (films / "first.mp4").read_bytes()
    (tmp_path / "list.m3u8").write_text(text.format(tmp_path / "piece.mp4"))
    with open_video(tmp_path / "list.m3u8") as video:  # so the list is good: here the piece may be read
        assert len(list(video)) > 0
    for piece in (str(tmp_path / "piece.mp4"), f"file:{tmp_path / 'piece.mp4'}", web.url("good", "piece.mp4")):
        web.files["list.m3u8"] = text.format(piece).encode()
        with pytest.raises(SourceError, match=r"^list\.m3u8: "), open_local(web.url("good", "list.m3u8")) as place:
            open_video(place)
    assert {path for _, path in web.given.requests} == {"/good/list.m3u8"}


# ---- closing ---------------------------------------------------------------------------------------------------------


def test_closing_ends_although_the_server_is_silent(films, web, monkeypatch):
    content = web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    errors = []
    with open_local(web.url("good", "first.mp4")) as place:
        video = open_video(place)
        place._file.url = web.url("silent", "first.mp4")
        monkeypatch.setattr(place._file.session, "_timeout", short_timeout())

        def read():
            try:
                list(video)
            except SourceError as error:
                errors.append(str(error))

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(0.1)
        closer = threading.Thread(target=video.close, daemon=True)
        closer.start()
        for one in (closer, reader):
            one.join(60)
        assert not closer.is_alive()
        assert not reader.is_alive()
    assert web.given.total() < len(content)
    assert [e.partition("got ")[2] for e in errors] in (
        [],
        ["no answer from the server; check the address and the network, then run again"],
    )


def short_timeout():
    import aiohttp

    return aiohttp.ClientTimeout(total=None, sock_read=0.2)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists open files that have no name")
def test_nothing_is_left_after_closing(films, web, store, own_temporary_folder):
    client, _ = store
    web.files["first.mp4"] = (films / "first.mp4").read_bytes()
    client.put_object(Bucket="films", Key="first.mp4", Body=web.files["first.mp4"])
    addresses = [web.url("good", "first.mp4"), web.url("whole", "first.mp4"), "s3://films/first.mp4"]
    for address in addresses:  # fsspec's own thread and the connections it keeps come with the first
        with open_local(address) as place:
            seen_in(place)
    before = threads(), temporary_files(own_temporary_folder)
    for address in addresses * 3:
        with open_local(address) as place:
            seen_in(place)
            assert temporary_files(own_temporary_folder) == 1
        with pytest.raises(SourceError, match=r"^first\.mp4: expected an open recording, got a closed one$"):
            place.read_at(0, 1)
    assert (threads(), temporary_files(own_temporary_folder)) == before == (before[0], 0)


def threads():
    # A server answers each connection in a thread of its own.
    return sorted(t.name for t in threading.enumerate() if "process_request" not in t.name)


def temporary_files(folder):
    """How many files of a folder this process has open, with or without a name."""
    return sum(str(folder) in os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
