"""Choose where the app listens, and serve it there with limits of time."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import h11
import psutil
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from formcheck.core.errors import BackendError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from .certificates import CertificateFiles

HEADERS_S = 10.0
"""A request must have sent its whole head within this time."""
PORTS_TRIED = 20
_HOME = ipaddress.IPv4Network("192.168.0.0/16")
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
_VIRTUAL = (
    "docker",
    "br-",
    "veth",
    "virbr",
    "vbox",
    "vmnet",
    "vethernet",
    "tun",
    "tap",
    "wg",
    "utun",
    "tailscale",
    "zt",
)
"""How the names of network interfaces begin that lead to no phone: containers, virtual machines, tunnels."""


class TimedProtocol(H11Protocol):
    """HTTP that closes a connection whose request does not arrive."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:  # a whole head is there
            self._stop_watching()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_S, self.transport.close)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class QuietServer(uvicorn.Server):
    """A second server in a process: Ctrl-C stays with the first one."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals alone."""
        yield


def configure_server(app: ASGIApp, certificate: CertificateFiles | None = None, **settings: Any) -> uvicorn.Config:
    """Return the configuration of a server with our limits.

    Parameters
    ----------
    app : what it serves.
    certificate : for https; None for http.
    settings : others of uvicorn.
    """
    tls = {"ssl_certfile": certificate.certificate, "ssl_keyfile": certificate.key} if certificate else {}
    # What a request writes about where it comes from is not believed: the caller's account is looked up by it.
    common = {"http": TimedProtocol, "proxy_headers": False, "ws": "websockets-sansio", "ws_per_message_deflate": False,
              "access_log": False, "log_level": "warning", "use_colors": False, "server_header": False}  # fmt: skip
    return uvicorn.Config(app, **{**common, **tls, **settings})


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket on the first free port from this one on.

    Raises
    ------
    BackendError
        None of twenty is free, or the address is not one of this machine.
    """
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        one = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two servers share a port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, candidate))
            one.listen(128)
        except socket.gaierror:
            one.close()
            raise BackendError(f"expected an address of this machine, got {host!r}; leave out --host") from None
        except OSError:
            one.close()
            continue
        one.setblocking(False)
        return one
    raise BackendError(f"expected a free port from {port} on, got none; name another with --port")


def list_network_addresses() -> list[str]:
    """Return this machine's IPv4 addresses in its networks, the likeliest one of a home first.

    The list of interfaces is read; nothing is sent.
    """
    states = psutil.net_if_stats()
    found = [
        ipaddress.IPv4Address(one.address)
        for name, all_of_it in psutil.net_if_addrs().items()
        if name in states and states[name].isup and not name.lower().startswith(_VIRTUAL)
        for one in all_of_it
        if one.family == socket.AF_INET
    ]
    usable = {one for one in found if not (one.is_loopback or one.is_link_local or one.is_unspecified)}
    return [str(one) for one in sorted(usable, key=lambda one: (not one.is_private, one not in _HOME, one))]


def write_address(host: str, port: int, *, is_https: bool = False) -> str:
    """Return the address of a server, without a path.

    Examples
    --------
    >>> write_address("::1", 8501), write_address("127.0.0.1", 8501, is_https=True)
    ('http://[::1]:8501', 'https://127.0.0.1:8501')
    """
    return f"http{'s' if is_https else ''}://{f'[{host}]' if ':' in host else host}:{port}"
