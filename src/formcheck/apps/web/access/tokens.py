"""Make short-lived tokens for pages that this process has served.

A socket, or an answer that is sent, needs one. A page of another origin can open a socket to this machine, but it
cannot read our pages, so it has no token.
"""

from __future__ import annotations

import secrets
import threading
import time

TOKEN_HEADER = "X-Formcheck-Token"  # noqa: S105 - the name of a header
VALID_S = 600.0
_MOST_TOKENS = 1000
_issued_s: dict[str, float] = {}
_token_lock = threading.Lock()


def make_token() -> str:
    """Return a token that is valid for ten minutes.

    If there are very many, the oldest are dropped.
    """
    token, now_s = secrets.token_urlsafe(24), time.monotonic()
    with _token_lock:
        for old in [one for one, issued_s in _issued_s.items() if now_s - issued_s > VALID_S]:
            del _issued_s[old]
        while len(_issued_s) >= _MOST_TOKENS:
            del _issued_s[next(iter(_issued_s))]
        _issued_s[token] = now_s
    return token


def is_valid_token(token: str) -> bool:
    """Return whether this process has given out that token in the last ten minutes."""
    with _token_lock:
        issued_s = _issued_s.get(token)
    return issued_s is not None and time.monotonic() - issued_s <= VALID_S
