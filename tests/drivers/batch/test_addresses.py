"""Batches over addresses, from servers on this machine: the same rows as from files, little fetched, nothing sent."""

from __future__ import annotations

import json
import re
import ssl
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest
import trustme

from ...sources.file_servers import FileServer, served
from ...sources.remote.test_remote_video import store  # noqa: F401 - a fixture: moto's S3
from ...sources.test_video import make_clip
from .batches import HINGE, assert_right, clips, dask_cluster, desk_in, rows_of, write_tracks

SECRET = "s3cret"


@pytest.fixture
def s3(store, tmp_path):  # noqa: F811
    """A client of an empty bucket `films`, what the server gave, and a desk that knows where it is."""
    client, given = store
    for thing in client.list_objects_v2(Bucket="films").get("Contents", []):
        client.delete_object(Bucket="films", Key=thing["Key"])
    given.clear()
    with desk_in(tmp_path / "desk") as desk:
        yield client, given, desk


@pytest.fixture
def web(tmp_path):
    """A web server, and a desk."""
    with served(FileServer()) as server, desk_in(tmp_path / "desk") as desk:
        yield server, desk


def put(client, folder, paths):
    for path in paths:
        client.put_object(Bucket="films", Key=f"{folder}/{path.name}", Body=path.read_bytes())


def fetched(given):
    """The objects whose content was requested."""
    return sorted({path.rpartition("/")[2] for path, start, stop in given.ranges if stop > start})


# ---- stores of objects -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_bucket_gives_the_rows_of_files_and_is_fetched_once(s3):
    client, given, desk = s3
    paths = write_tracks(desk.folder / "in", clips(3))
    paths.append(make_clip(desk.folder / "in" / "film.mp4"))
    (desk.folder / "in" / "bad.mp4").write_bytes(b"")
    put(client, "clips", [*paths, desk.folder / "in" / "bad.mp4"])
    client.put_object(Bucket="films", Key="clips/readme.txt", Body=b"left knee")

    told = desk.batch("s3://films/clips/", "--workers", 1)
    assert (told.code, told.told) == (2, ["formcheck: of 5 recordings 1 could not be read; see the column `error`"])
    rows = rows_of(desk.out)
    assert_right(rows, paths)
    assert {row["input_uri"] for row in rows.values()} == {f"s3://films/clips/{name}" for name in rows}
    assert rows["bad.mp4"]["error"].startswith("bad.mp4: expected a video or picture, got an empty file (0 bytes)")

    given.clear()
    again = desk.batch("s3://films/clips/", "--workers", 1)
    assert again.out == f"{desk.out}/results.parquet: 5 recordings, 0 scored now, 5 unchanged\n"
    assert (fetched(given), rows_of(desk.out)) == ([], rows)

    (changed,) = write_tracks(desk.folder / "changed", ["clip01.parquet"], frames=9)
    put(client, "clips", [changed])
    given.clear()
    assert desk.batch("s3://films/clips/", "--workers", 1).out.endswith("1 scored now, 4 unchanged\n")
    assert fetched(given) == ["clip01.parquet"]
    assert_right(rows_of(desk.out), [changed])


def test_cluster_reads_from_a_bucket_and_writes_to_it(s3):
    client, _, desk = s3
    paths = write_tracks(desk.folder / "in", clips(3))
    put(client, "clips", paths)
    words = ["s3://films/clips/*.parquet", "--frames", "--poses", "--files-to", "s3://films/results"]
    with dask_cluster(desk, workers=1) as cluster:
        told = desk.batch(*words, "--scheduler", cluster.address)
        assert (told.code, told.told) == (0, [])
        rows = rows_of(desk.out)
        assert_right(rows, paths)

        frames = pd.read_parquet("s3://films/results/frames")
        assert dict(frames["input_uri"].value_counts()) == {f"s3://films/clips/{name}": 16 for name in clips(3)}
        assert set(frames["input_sha256"]) == {row["input_sha256"] for row in rows.values()}
        assert set(frames["movement"]) == {HINGE}
        names = [thing["Key"] for thing in client.list_objects_v2(Bucket="films", Prefix="results/poses/")["Contents"]]
        assert len(names) == 3
        assert not (desk.out / "poses").exists()

        assert desk.batch(*words, "--scheduler", cluster.address).out.endswith("0 scored now, 3 unchanged\n")
        client.delete_object(Bucket="films", Key=names[0])
        assert desk.batch(*words, "--scheduler", cluster.address).out.endswith("1 scored now, 2 unchanged\n")
    now = [thing["Key"] for thing in client.list_objects_v2(Bucket="films", Prefix="results/poses/")["Contents"]]
    assert now == names
    # what was seen can be scored again from there
    assert desk.batch("s3://films/results/poses/", "--workers", 1, "--out", desk.folder / "again").code == 0
    assert {row["hold_s"] for row in rows_of(desk.folder / "again").values()} == {r["hold_s"] for r in rows.values()}


def test_place_for_files_that_is_not_there_is_reported(s3):
    client, _, desk = s3
    put(client, "clips", write_tracks(desk.folder / "in", ["clip.parquet"]))
    told = desk.batch("s3://films/clips/", "--frames", "--files-to", "s3://nowhere/results", "--workers", 1)
    assert told.code == 1
    error = rows_of(desk.out)["clip.parquet"]["error"]
    assert re.fullmatch(r"s3://nowhere/results: expected a place for files, got .+; .+", error)


# ---- the web ---------------------------------------------------------------------------------------------------------


def test_https_and_a_manifest_there_give_the_rows_of_the_files(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = FileServer()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.protocol = "https"
    with served(server), desk_in(tmp_path / "desk", SSL_CERT_FILE=str(tmp_path / "authority.pem")) as desk:
        paths = write_tracks(desk.folder / "in", clips(2))
        server.files = {f"study/{path.name}": path.read_bytes() for path in paths}
        server.files["study/who.csv"] = b"recording,subject\nclip00.parquet,Ann\nclip01.parquet,Ben\n"
        told = desk.batch("--manifest", server.url("good", "study/who.csv"), "--workers", 1)
        assert (told.code, told.told) == (0, [])
        rows = rows_of(desk.out)
        assert_right(rows, paths)
        assert {name: row["subject"] for name, row in rows.items()} == {
            "clip00.parquet": "Ann",
            "clip01.parquet": "Ben",
        }
        assert rows["clip00.parquet"]["input_uri"] == server.url("good", "study/clip00.parquet")


def test_secrets_of_an_address_are_hidden_and_its_row_is_reused(web):
    server, desk = web
    paths = write_tracks(desk.folder / "in", clips(3))
    server.files = {path.name: path.read_bytes() for path in paths}
    server.files["empty.mp4"] = b""
    signed = f"?X-Amz-Expires=60&X-Amz-Signature={SECRET}"
    addresses = [
        server.url("signed", "clip00.parquet") + signed,
        server.url("locked", "clip01.parquet").replace("//", f"//user:{SECRET}@"),
        server.url("locked", "clip02.parquet").replace("//", f"//wrong:{SECRET}@"),
        server.url("good", "empty.mp4") + signed,
        server.url("good", "gone.mp4") + signed,
    ]
    (desk.folder / "study.csv").write_text("\n".join(["recording", *addresses[1:]]))
    words = [addresses[0], "--manifest", "study.csv", "--workers", 1, "--frames", "--poses"]
    told = desk.batch(*words)
    assert told.code == 2
    rows = rows_of(desk.out)
    assert_right(rows, paths[:2])
    assert [name for name, row in rows.items() if row["error"] is not None] == [
        "clip02.parquet", "empty.mp4", "gone.mp4",
    ]  # fmt: skip
    assert rows["clip01.parquet"]["input_uri"] == server.url("locked", "clip01.parquet")
    listed = desk.batch(*words, "--dry-run")
    written = [path.read_bytes() for path in desk.out.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    tables = [pq.ParquetFile(path) for path in desk.out.rglob("*.parquet")]
    values = [str(table.read().to_pylist()) + str(table.schema_arrow.metadata) for table in tables]
    assert len(values) == 5
    for text in (told.out, told.err, listed.out, listed.err, json.dumps(rows), *map(str, written), *values):
        assert SECRET not in text
    # next week the same recordings have other signatures
    study = (desk.folder / "study.csv").read_text().replace(f"Signature={SECRET}", "Signature=n3w")
    (desk.folder / "study.csv").write_text(study)
    server.given.clear()
    again = desk.batch(words[0].replace(SECRET, "n3w"), *words[1:])
    assert again.out == f"{desk.out}/results.parquet: 5 recordings, 2 scored now, 3 unchanged\n"
    fetched_again = {path for path, start, stop in server.given.ranges if stop - start > 1}
    assert fetched_again <= {"clip00.parquet"}  # which this server does not report before it sends the file
    assert_right(rows_of(desk.out), paths[:2])


def test_a_server_without_time_and_tag_is_read_again_for_one_row(web):
    server, desk = web
    (path,) = write_tracks(desk.folder / "in", ["clip.parquet"])
    server.files = {"clip.parquet": path.read_bytes()}
    for scored, stood in ((1, 0), (0, 1)):
        told = desk.batch(server.url("bare", "clip.parquet"), "--workers", 1)
        assert told.out == f"{desk.out}/results.parquet: 1 recording, {scored} scored now, {stood} unchanged\n"
    assert_right(rows_of(desk.out), [path])


@pytest.mark.skipif(sys.platform == "win32", reason="a cluster here is ended by signals that Windows does not have")
def test_cluster_workers_read_from_the_web_and_retry(web):
    server, desk = web
    paths = write_tracks(desk.folder / "in", clips(3))
    server.files = {path.name: path.read_bytes() for path in paths}
    ways = zip(("good", "dropping", "flow"), paths, strict=True)
    with dask_cluster(desk) as cluster:
        told = desk.batch(*(server.url(how, path.name) for how, path in ways), "--scheduler", cluster.address)
    assert (told.code, told.told) == (0, [])
    assert_right(rows_of(desk.out), paths)
