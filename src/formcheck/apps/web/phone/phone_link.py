"""Pass pictures from one phone to one page of the owner, the newest only.

A phone is paired by a secret that is valid once and for minutes. What it gets is a cookie that opens nothing but the
camera page and the way for its pictures.
"""

from __future__ import annotations

import asyncio
import secrets
import time

from formcheck.apps.web.access.owner import is_same_secret

PAIRING_S = 300.0
SILENT_S = 4.0
"""A phone that sends nothing for this long counts as away."""


class PhoneLink:
    """Knows the paired phone, and holds its newest picture."""

    def __init__(self) -> None:
        self.page: object | None = None
        """Who shows the pictures; the newest page wins."""
        self._pairing, self._pairing_ends_s = "", 0.0
        self._phone = ""
        self._picture: bytes | None = None
        self._picture_s = -SILENT_S
        self._changed = asyncio.Event()

    # Pairing ----------------------------------------------------------------------------------------------------------

    def begin_pairing(self) -> str:
        """Return a new secret for pairing; an earlier one is no longer valid."""
        self._pairing, self._pairing_ends_s = secrets.token_urlsafe(16), time.monotonic() + PAIRING_S
        return self._pairing

    def pair(self, secret: str) -> str:
        """Return the new name of the phone; empty if the secret is not valid.

        The secret is used up, and an earlier phone is known no more.
        """
        if not self._pairing or time.monotonic() > self._pairing_ends_s or not is_same_secret(secret, self._pairing):
            return ""
        self._pairing = ""
        self._phone = secrets.token_urlsafe(24)
        return self._phone

    def is_phone(self, name: str) -> bool:
        """Return whether this is the paired phone."""
        return bool(self._phone) and is_same_secret(name, self._phone)

    def forget(self) -> None:
        """Know no phone and no pairing any more."""
        self._pairing = self._phone = ""
        self._picture = None

    # Pictures ---------------------------------------------------------------------------------------------------------

    @property
    def is_here(self) -> bool:
        """Return whether the phone has sent something a moment ago."""
        return time.monotonic() - self._picture_s < SILENT_S

    def put(self, picture: bytes) -> None:
        """Take in a picture; one that still waits is dropped."""
        self._picture, self._picture_s = picture, time.monotonic()
        self._changed.set()

    async def next_picture(self, wait_s: float) -> bytes | None:
        """Return the newest picture once there is one; None if none came in this time."""
        try:
            async with asyncio.timeout(wait_s):
                while self._picture is None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return None
        picture, self._picture = self._picture, None
        return picture
