"""Keep the secret of the app's owner, and recognise their browser by it.

The secret is a small file that only this user account can read. It outlasts a restart, so that open tabs and bookmarks
stay valid, and it is renewed every month. The browser gets it once, in the address, and from then on a cookie.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from formcheck.drivers.user_data import find_data_dir

log = logging.getLogger(__name__)

KEY_FILE = "owner.key"
KEY_PARAMETER = "key"
RENEW_AFTER_S = 30 * 86_400.0
COOKIE_S = 40 * 86_400
"""The browser keeps the cookie somewhat longer than the secret lasts."""
TICKET_S = 300.0
"""A browser that starts slowly needs a while to come."""
_OWNER_KEY_BYTES = 32
_TCP_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_MAPPED = bytes(10) + b"\xff\xff"
"""How an IPv4 address begins that is written as one of IPv6."""
_LONGEST_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class _Ticket:
    """When a ticket ends, on the monotonic clock, and what happens when it is used."""

    ends_s: float
    when_used: Callable[[], None] | None


class OwnerKey:
    """Knows the owner of this app.

    Parameters
    ----------
    key : the secret, URL-safe text.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        # The name differs from key to key: two apps of one browser do not overwrite each other's cookie.
        self.cookie_name = f"formcheck-{_derive(key, 'name')[:8]}"
        self.cookie_value = _derive(key, "cookie")
        self._tickets: dict[str, _Ticket] = {}
        self._lock = threading.Lock()

    def make_ticket(self, lasts_s: float = TICKET_S, *, when_used: Callable[[], None] | None = None) -> str:
        """Return a key that opens the app once.

        The command line of a browser can be read by other users of a computer, and a browser keeps the addresses that
        were opened: neither must hold the key itself.

        Parameters
        ----------
        when_used : called after it has opened the app.
        """
        ticket = secrets.token_urlsafe(_OWNER_KEY_BYTES)
        with self._lock:
            self._tickets[ticket] = _Ticket(time.monotonic() + lasts_s, when_used)
        return ticket

    def is_opened_by(self, key: str) -> bool:
        """Return whether this is the key or an unused ticket; it uses the ticket up."""
        if is_same_secret(key, self.key):
            return True
        with self._lock:
            ticket = next((self._tickets.pop(one) for one in list(self._tickets) if is_same_secret(key, one)), None)
        if ticket is None or time.monotonic() >= ticket.ends_s:
            return False
        if ticket.when_used is not None:
            ticket.when_used()
        return True

    def is_owner(self, cookies: Mapping[str, str]) -> bool:
        """Return whether these cookies are those of the owner's browser."""
        return is_same_secret(cookies.get(self.cookie_name, ""), self.cookie_value)

    def write_cookie(self, *, is_https: bool) -> str:
        """Return the cookie for the owner's browser.

        No script can read it, and no other site can let the browser send it.
        """
        secure = "; Secure" if is_https else ""
        return f"{self.cookie_name}={self.cookie_value}; Max-Age={COOKIE_S}; Path=/; HttpOnly; SameSite=Strict{secure}"


def is_same_secret(first: str, second: str) -> bool:
    """Return whether two secrets are the same; the time of the comparison reveals nothing."""
    return hmac.compare_digest(first.encode("utf-8", "replace"), second.encode("utf-8", "replace"))


def is_other_user(caller: tuple[str, int] | None, server: tuple[str, int | None] | None) -> bool:
    """Return whether a connection on this machine is known to be another user's.

    Linux lists who owns each end; elsewhere, and for callers that are not listed, the answer is no. The administrator
    is no other user: a container or Windows' own Linux passes connections on under that name.
    """
    if caller is None or server is None:
        return False
    try:
        ends = [{f"{address}:{port:04X}" for address in _spell_address(host)} for host, port in (caller, server)]
    except (ValueError, TypeError):
        return False
    rows = (line.split() for table in _TCP_TABLES for line in _list_connections(table))
    owners = {int(row[7]) for row in rows if row[1] in ends[0] and row[2] in ends[1]}
    return bool(owners) and not owners & {os.getuid(), 0}


def _spell_address(host: str) -> list[str]:
    """Return how Linux lists an address.

    One of IPv4 is also listed as one of IPv6.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    short = (mapped or address).packed
    forms = [short, _MAPPED + short] if len(short) == 4 else [short]
    words = [[form[k : k + 4] for k in range(0, len(form), 4)] for form in forms]
    return ["".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in form) for form in words]


def _list_connections(table: Path) -> list[str]:
    """Return the connections that Linux lists; none where it does not."""
    try:
        return table.read_text("ascii").splitlines()[1:]
    except (OSError, ValueError):
        return []


def load_owner_key(folder: Path | None = None) -> OwnerKey:
    """Return the key of this user; make it at first use, and each month again.

    Parameters
    ----------
    folder : where it is kept; None for the user's data folder.
    """
    path = (folder or find_data_dir()) / KEY_FILE
    key = _read_key(path)
    if key:
        return OwnerKey(key)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only one of two apps that start at once makes the key; the other one waits, and reads it.
        with FileLock(path.with_suffix(".lock"), timeout=_LONGEST_WAIT_S, mode=0o600):
            return OwnerKey(_read_key(path) or _make_key(path))
    except (OSError, Timeout) as error:
        reason = getattr(error, "strerror", None) or "another program holds it"
        log.warning("the secret of this app cannot be kept (%s); it is valid until the app ends", reason)
        return OwnerKey(secrets.token_urlsafe(_OWNER_KEY_BYTES))


def _make_key(path: Path) -> str:
    """Write a new secret in place of what is there."""
    key = secrets.token_urlsafe(_OWNER_KEY_BYTES)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(key)
    return key


def _read_key(path: Path) -> str:
    """Return the stored key; empty if none can be used.

    It cannot if it is too old, or if others could have read it.
    """
    try:
        if path.is_symlink():
            return ""
        about, key = path.stat(), path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
    # Windows has no such rights: there the folder belongs to the user.
    is_own = os.name != "posix" or (about.st_uid == os.getuid() and not about.st_mode & 0o077)
    is_fresh = -60 < time.time() - about.st_mtime < RENEW_AFTER_S
    return key if is_own and is_fresh and len(key) == len(secrets.token_urlsafe(_OWNER_KEY_BYTES)) else ""


def _derive(key: str, purpose: str) -> str:
    return hmac.new(key.encode(), purpose.encode(), sha256).hexdigest()
