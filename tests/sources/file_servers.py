"""Servers on this computer that serve files well and badly, and count what they sent."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Given:
    """What a server gave: the bytes of each body, in order."""

    ranges: list[tuple[str, int, int]] = field(default_factory=list)
    """Path, first byte, one past the last byte."""
    requests: list[tuple[str, str]] = field(default_factory=list)

    def total(self) -> int:
        return sum(stop - start for _, start, stop in self.ranges)

    def clear(self) -> None:
        self.ranges.clear()
        self.requests.clear()


class FileServer(ThreadingHTTPServer):
    """Serves `files`. The first part of the path says how.

    good: ranges. whole: no ranges. flow: neither ranges nor a length. dropping: stops once for each file.
    broken: always stops. tearing: stops beyond the first `tear_at` bytes. moved: leads to good.
    round: leads to itself. signed: answers GET alone. closed: may not be read. busy: in trouble. locked: asks for
    a password. silent: says nothing until `wake` is set. bare: tells neither time nor tag.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.given = Given()
        self.dropped: set[str] = set()
        self.tear_at = 0
        self.wake = threading.Event()
        self.protocol = "http"

    def url(self, how: str, name: str = "") -> str:
        return f"{self.protocol}://127.0.0.1:{self.server_address[1]}/{how}/{name}"

    def handle_error(self, request, client_address):  # a client that hangs up is part of the tests
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, *, body):
        self.server.given.requests.append((self.command, self.path))
        how, _, name = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if how == "silent":
            self.server.wake.wait(30)
        if how in {"moved", "round"}:
            self._plain(302, b"", {"Location": f"/{'good' if how == 'moved' else how}/{name}"})
        elif how == "locked" and self.headers.get("Authorization") != "Basic dXNlcjpzM2NyZXQ=":
            self._plain(401, b"")
        elif how == "signed" and self.command == "HEAD":  # an address of S3 that is signed for reading
            self._plain(403, b"")
        elif how in {"closed", "busy"}:
            self._plain(403 if how == "closed" else 503, b"")
        elif not name or name.endswith("/"):
            self._index(name)
        elif name not in self.server.files and any(file.startswith(f"{name}/") for file in self.server.files):
            self._plain(301, b"", {"Location": f"{self.path}/"})
        elif name not in self.server.files:
            self._plain(404, b"<html>gone</html>")
        else:
            self._file(how, name, self.server.files[name], body)

    def _plain(self, status, content, headers=()):
        self.send_response(status)
        for key, value in dict(headers).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _index(self, folder):
        rest = [name[len(folder) :] for name in self.server.files if name.startswith(folder)]
        links = sorted({re.sub(r"/.*", "/", name) for name in rest})
        page = "".join(f'<a href="{link}">{link}</a>' for link in ["../", *links])
        self._plain(200, f"<html>{page}</html>".encode(), {"Content-Type": "text/html"})

    def _file(self, how, name, content, body):
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, stop = 0, len(content)
        if asked and how not in {"whole", "flow"}:
            start, stop = int(asked[1]), min(int(asked[2]) + 1, len(content))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        else:
            self.send_response(200)
        if how == "flow":
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(stop - start))
        if how != "bare":
            self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
        self.end_headers()
        if body:
            self._body(name, content, start, self._end(how, name, start, stop))

    def _end(self, how, name, start, stop):
        """How far the body goes before the connection breaks."""
        once = how == "dropping" and stop - start > 1 and name not in self.server.dropped
        torn = how == "tearing" and stop > self.server.tear_at and stop - start > 1
        if once or torn or (how == "broken" and stop - start > 1):
            self.server.dropped.add(name)
            self.close_connection = True
            return (start + stop) // 2
        return stop

    def _body(self, name, content, start, end):
        self.server.given.ranges.append((name, start, end))
        self.wfile.write(content[start:end])


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class GoogleServer(FileServer):
    """As much of Google's store as reading asks for: `files` are objects of the bucket `films`."""

    def __init__(self) -> None:
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _GoogleHandler)
        self.files, self.given = {}, Given()


class _GoogleHandler(_Handler):
    def _answer(self, *, body):
        parts = urlsplit(self.path)
        found = re.fullmatch(r"(/download)?/storage/v1/b/([^/]+)(?:/o)?(?:/(.*))?", parts.path)
        if found is None or found[2] != "films":
            self._plain(404, b"{}")
        elif found[3] is None:
            query = parse_qs(parts.query)
            self._json({"items": self._objects(query.get("prefix", [""])[0])})
        elif unquote(found[3]) not in self.server.files:
            self._plain(404, b"{}")
        elif found[1]:
            self._file("good", unquote(found[3]), self.server.files[unquote(found[3])], body)
        else:
            self._json(self._object(unquote(found[3])))

    def _objects(self, prefix):
        return [self._object(name) for name in self.server.files if name.startswith(prefix)]

    def _object(self, name):
        content = self.server.files[name]
        link = f"http://127.0.0.1:{self.server.server_address[1]}/download/storage/v1/b/films/o/{name}?alt=media"
        tag = hashlib.md5(content).hexdigest()
        return {
            "kind": "storage#object",
            "name": name,
            "bucket": "films",
            "size": str(len(content)),
            "etag": tag,
            "generation": "1",
            "mediaLink": link,
        }

    def _json(self, value):
        self._plain(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def counting(app: Callable, given: Given) -> Callable:
    """A WSGI application that notes which bytes it gave of what."""

    def answer(environ, start_response):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        given.requests.append((method, path))
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", environ.get("HTTP_RANGE", ""))
        body = app(environ, start_response)
        if method == "GET" and asked:
            content = b"".join(body)
            given.ranges.append((path, int(asked[1]), int(asked[1]) + len(content)))
            return [content]
        return body

    return answer
