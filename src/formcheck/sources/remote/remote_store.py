"""The addresses of remote recordings, and their stores, with retries.

Addresses are recognised and redacted; errors are reported in one line. fsspec reads them, with the credentials of their
own tools: AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ENDPOINT_URL; GOOGLE_APPLICATION_CREDENTIALS; HTTPS_PROXY, .netrc,
SSL_CERT_FILE.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote, unquote_to_bytes
from urllib.request import url2pathname

from formcheck.core.errors import BackendError, FormCheckError, SourceError

PROTOCOLS = ("s3", "gs", "https", "http", "file", "memory")
"""Protocols of addresses; memory is for tests."""

_ADDRESS = re.compile(rf"({'|'.join(PROTOCOLS)})://", re.IGNORECASE)
_UNKNOWN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB_SCHEMES = ("http", "https")
_NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
"""Characters that at least one common system does not allow in a file name."""
_LONGEST_NAME = 100


def is_uri(text: str) -> bool:
    r"""Return whether a text is an address such as `s3://bucket/clip.mp4`.

    `C:\clip.mp4` and `a:b.mp4` are files.
    """
    return _ADDRESS.match(text) is not None


def find_protocol(uri: str) -> str:
    """Return the part before `://`, in small letters."""
    return uri.partition("://")[0].lower()


def is_on_the_web(uri: str) -> bool:
    """Return whether an address is http or https."""
    return find_protocol(uri) in _WEB_SCHEMES


def redact_uri(uri: str) -> str:
    """Return an address without user, password, query and fragment, for display.

    It may be written in a line, a row or a log.

    Two addresses that differ in the query alone look the same: it cannot be a key.
    """
    protocol, mark, rest = uri.partition("://")
    if not mark:
        return uri
    if is_on_the_web(uri):
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = rest.partition("/")
    return re.sub(r"[\x00-\x1f\x7f]", "?", f"{protocol.lower()}://{host.rpartition('@')[2]}{slash}{path}")


def make_file_name(uri: str) -> str:
    """Return the file name at the end of an address.

    It has only characters that every file system allows.
    """
    path = redact_uri(uri).partition("://")[2].partition("/")[2]
    name = PurePosixPath(unquote(path) if is_on_the_web(uri) else path).name
    name = _NO_FILE_NAME.sub("_", name).strip(". ") or "recording"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return stem[: _LONGEST_NAME - len(suffix)] + suffix if len(name) > _LONGEST_NAME else name


def resolve_local_path(uri: str) -> Path:
    """Return the path that a `file://` address names.

    Raise SourceError if it is on another host.
    """
    host, slash, path = uri.partition("://")[2].partition("/")
    if host.lower() not in {"", "localhost"}:
        came = f"the host {host.rpartition('@')[2]!r}"
        raise SourceError(f"{redact_uri(uri)}: expected a file of this computer, got {came}; write file:///path")
    if os.name == "nt":
        return Path(url2pathname(slash + path))
    return Path(os.fsdecode(unquote_to_bytes(slash + path)))  # a name need not be UTF-8


def check_protocol(text: str) -> None:
    """Raise SourceError if a text looks like an address of an unsupported kind."""
    if not is_uri(text) and _UNKNOWN.match(text) and not Path(text).exists():
        kinds = ", ".join(f"{p}://" for p in PROTOCOLS if p != "memory")
        raise SourceError(
            f"{redact_uri(text)}: expected a path or one of {kinds}, got {find_protocol(text)}://; copy it first"
        )


T = TypeVar("T")

PAUSES_S = (0.3, 0.9, 2.7)
"""Waiting time before each retry.

A cluster gives a file that still fails to another worker.
"""
_STORE_PATIENCE_S = 60.0
"""After this time there are no more retries: some stores retry by themselves."""
_SILENCE_S = 30.0
"""A server that sends nothing for this time counts as disconnected."""
_STORE_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "http": "aiohttp", "https": "aiohttp", "memory": "fsspec"}


class _Trouble(NamedTuple):
    came: str
    todo: str
    passes: bool = False
    """Whether a retry may help."""


_RIGHTS = _Trouble("one that you may not read", "check the credentials in the environment and the permissions")
_NOTHING = _Trouble("nothing with that name", "check the spelling")
_BUSY = (408, 425, 429)
_NO_ANSWER = _Trouble("no answer from the server", "check the address and the network, then run again", passes=True)
_BROKEN = _Trouble("a connection that broke", "run again when the network is better", passes=True)
_TROUBLES = {
    # The libraries' names of their errors. Names are used, because not every library is installed.
    "NoCredentialsError": _Trouble("no credentials for this store", "set them in the environment"),
    "PartialCredentialsError": _Trouble("incomplete credentials", "set key and secret in the environment"),
    "DefaultCredentialsError": _Trouble("no credentials for this store", "set them in the environment"),
    "TokenRetrievalError": _Trouble("expired credentials", "log in again"),
    "FileExpired": _Trouble("a file that was replaced during reading", "run again"),
    "SSLCertVerificationError": _Trouble(
        "a server whose certificate is not trusted", "name its authority in SSL_CERT_FILE"
    ),
    "ClientPayloadError": _BROKEN,
    "IncompleteRead": _BROKEN,
    "EOFError": _BROKEN,
    "ServerDisconnectedError": _BROKEN,
    "ConnectionResetError": _BROKEN,
    "ConnectionClosedError": _BROKEN,
    "ClientConnectionError": _NO_ANSWER,
    "HTTPClientError": _NO_ANSWER,
    "ConnectionError": _NO_ANSWER,
    "FSTimeoutError": _NO_ANSWER,
    "TimeoutError": _NO_ANSWER,
    "gaierror": _NO_ANSWER,
    "TooManyRedirects": _Trouble("an address with too many redirects", "give the final address of the file"),
    "InvalidURL": _Trouble("an address that cannot be read", "check the spelling"),
    "IsADirectoryError": _Trouble("a folder", "name the recordings in it"),
    "PermissionError": _RIGHTS,
    "FileNotFoundError": _NOTHING,
}


def store_of(uri: str, *, wanted: str = "a recording") -> tuple[Any, str]:
    """Return fsspec's file system for an address, and the path in it.

    Parameters
    ----------
    wanted : as for `call_patiently`.

    Raises
    ------
    BackendError
        If the package for this kind of address is missing.
    """
    protocol = find_protocol(uri)
    try:
        import fsspec

        store = fsspec.filesystem(protocol, **_choose_options(protocol))
    except ImportError:
        package = _STORE_PACKAGES[protocol]
        raise BackendError(
            f"{redact_uri(uri)}: expected the package {package}, which reads {protocol}://, got none; "
            "pip install 'formcheck[cluster]'"
        ) from None
    except Exception as error:  # noqa: BLE001 - Google's store already looks for credentials here
        raise _explain_trouble(uri, _classify_trouble(error), wanted) from None
    if protocol == "s3":
        store.retries = 1
    return store, store._strip_protocol(_read_protocol(uri))


def _read_protocol(uri: str) -> str:
    protocol, mark, rest = uri.partition("://")
    return protocol.lower() + mark + rest


def _choose_options(protocol: str) -> dict[str, Any]:
    """Return the options of a store.

    formcheck retries for all stores: retries inside retries would take minutes.
    """
    if protocol == "s3":
        return {"config_kwargs": {"retries": {"total_max_attempts": 1}}}
    if protocol in {"http", "https"}:
        import aiohttp

        # An hour of video takes longer than aiohttp's five minutes; a compressed answer has no ranges.
        wait = aiohttp.ClientTimeout(total=None, sock_connect=_SILENCE_S, sock_read=_SILENCE_S)
        plain = {"Accept-Encoding": "identity"}
        return {"client_kwargs": {"trust_env": True, "timeout": wait, "headers": plain}}
    return {}


def call_patiently(uri: str, call: Callable[[], T], *, wanted: str = "a recording") -> T:
    """Return the result of a call to a store; retry if the network fails.

    Parameters
    ----------
    wanted : what was expected at the address, for the line of the error.

    Raises
    ------
    SourceError
        In one line that begins with the redacted address. The libraries' own message is left out: it may contain the
        whole address with its signature.
    """
    start_s = time.monotonic()
    for pause_s in (*PAUSES_S, None):
        try:
            return call()
        except FormCheckError:
            raise
        except Exception as error:  # noqa: BLE001 - every store raises its own kinds
            trouble = _classify_trouble(error)
            if not trouble.passes or pause_s is None or time.monotonic() - start_s > _STORE_PATIENCE_S:
                raise _explain_trouble(uri, trouble, wanted) from None
        time.sleep(pause_s)
    raise AssertionError  # the last attempt returns or raises


def _explain_trouble(uri: str, trouble: _Trouble, wanted: str) -> SourceError:
    return SourceError(f"{redact_uri(uri)}: expected {wanted}, got {trouble.came}; {trouble.todo}")


def _classify_trouble(error: BaseException) -> _Trouble:
    for cause in reversed(list(_list_causes(error))):
        code = _find_status(cause)
        if code is not None and code >= 400:
            return _answer(code, cause)
        for kind in type(cause).__mro__:
            if kind.__name__ in _TROUBLES:
                return _TROUBLES[kind.__name__]
        if str(cause).startswith("Forbidden"):  # the message of Google's store
            return _RIGHTS
    return _Trouble(f"an answer that cannot be used ({type(error).__name__})", "check the address")


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _find_status(error: BaseException) -> int | None:
    """Return the HTTP status in an error of aiohttp, botocore or gcsfs."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    code: Any = None
    if "ClientResponseError" in kinds:
        code = getattr(error, "status", None)
    elif "HttpError" in kinds:
        code = getattr(error, "code", None)
    elif isinstance(response := getattr(error, "response", None), dict):
        code = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(code) if str(code).isdecimal() else None


def _answer(code: int, error: BaseException) -> _Trouble:
    response = getattr(error, "response", None)
    if isinstance(response, dict) and response.get("Error", {}).get("Code") == "NoSuchBucket":
        return _Trouble("no bucket with that name", "check the spelling")
    if code in {401, 403, 407}:
        return _RIGHTS
    if code in {404, 410}:
        return _NOTHING
    if code == 412:
        return _TROUBLES["FileExpired"]
    if code in _BUSY or code >= 500:
        return _Trouble(f"a server error (status {code})", "run again later", passes=True)
    return _Trouble(f"a refusal by the server (status {code})", "check the address")


def open_remote(uri: str, block_bytes: int) -> tuple[Any, int | None, bool]:
    """Open a remote file.

    Returns
    -------
    The open file of fsspec, which stores nothing of the data; its size in bytes, None if the server does not give it;
    whether it gives any range (otherwise it can only be read once, from the start).
    """
    store, path = store_of(uri)

    def call() -> tuple[Any, int | None, bool]:
        if not is_on_the_web(uri):
            file = store.open(path, "rb", block_size=block_bytes, cache_type="none")
            if getattr(file, "details", {}).get("type") == "directory":
                raise IsADirectoryError
            return file, file.size, True
        info = store.info(path)
        size = info.get("size")
        if size and info.get("partial", True):
            file = store.open(path, "rb", block_size=block_bytes, cache_type="none", size=size)
            if _can_give_ranges(file, size):
                return file, size, True
        return store.open(path, "rb", block_size=0), size, False

    return call_patiently(uri, call)


def _can_give_ranges(file: Any, size: int) -> bool:
    try:
        file.seek(size - 1)
        return len(file.read(1)) == 1
    except ValueError:  # the server sent the whole file instead
        return False
