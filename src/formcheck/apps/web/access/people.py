"""Remember in the browser who practises there, and serve each request for that person.

A cookie names the person. It is signed with the owner's key, so that no page and no hand can make one for a person
whose passcode is not known. Who has not chosen is served as the only person there is, and as a guest if there are
several.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from formcheck.core.errors import StoreError
from formcheck.drivers.history.database import history_path
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import Person
from formcheck.drivers.user_data import FIRST, GUEST, use_person

from .owner import OwnerKey, is_same_secret, load_owner_key

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PERSON_COOKIE = "formcheck-person"
FORGET_CHOICE = f"{PERSON_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
OPEN_S, LOCKED_S = 365 * 86_400, 12 * 3600
"""[E] How long a choice is remembered: without a passcode a year, with one for the day."""


_OF_A_PERSON = ("/practise", "/live/", "/pose", "/results", "/review/")
"""Where something of a person is read or written. Streamlit's pages ask by themselves, in their own threads."""


class PeopleDoor:
    """Serves each request for the person whom its browser has chosen.

    Parameters
    ----------
    app : the app behind it.
    owner : whose key signs the cookie.
    """

    def __init__(self, app: ASGIApp, owner: OwnerKey) -> None:
        self.app, self.owner = app, owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] in {"http", "websocket"} and scope["path"].startswith(_OF_A_PERSON):
            use_person(await run_in_threadpool(read_choice, HTTPConnection(scope).cookies, self.owner))
        await self.app(scope, receive, send)


def write_choice(key: str, owner: OwnerKey, *, has_passcode: bool = False, is_https: bool = False) -> str:
    """Return the cookie for a person.

    With a passcode it ends when the browser is closed, and after twelve hours.
    """
    ends = int(time.time()) + (LOCKED_S if has_passcode else OPEN_S)
    value = f"{key}.{ends}.{_sign(key, ends, owner)}"
    lasts = "" if has_passcode else f"; Max-Age={OPEN_S}"
    return f"{PERSON_COOKIE}={value}{lasts}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if is_https else ''}"


def read_choice(cookies: Mapping[str, str], owner: OwnerKey | None = None) -> str:
    """Return the key of the person whom a browser has chosen."""
    key, _, rest = cookies.get(PERSON_COOKIE, "").partition(".")
    ends, _, signature = rest.partition(".")
    if not (key and ends.isdecimal() and len(ends) < 16 and time.time() < int(ends)):
        return _find_only_person()
    known = owner or load_owner_key()
    return key if is_same_secret(signature, _sign(key, int(ends), known)) else _find_only_person()


def needs_choice(people: list[Person]) -> bool:
    """Return whether a person must say who they are.

    They must if there are several people, or one with a passcode.
    """
    return not (not people or (len(people) == 1 and people[0].key == FIRST and not people[0].locked))


def _find_only_person() -> str:
    """Return who practises if no person was chosen.

    That is the only person of this computer, else a guest.
    """
    if not history_path().is_file():
        return FIRST
    try:
        with History(patience_s=0.5) as history:
            return GUEST if needs_choice(history.list_people()) else FIRST
    except StoreError:
        return FIRST


def _sign(key: str, ends: int, owner: OwnerKey) -> str:
    return hmac.new(owner.key.encode(), f"person {key} {ends}".encode(), sha256).hexdigest()
