"""Hold a page's messages until their turn: in order, with at most one picture.

The picture is decoded meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_WAITING = 4
"""No more messages are read: a page that sends faster than it gets answers has to wait."""

Decode = Callable[[bytes], asyncio.Future[NDArray[np.uint8]] | None]


@dataclass(slots=True)
class Waiting:
    """One message of a page.

    Parameters
    ----------
    message : as received.
    image : its picture, while or after it is decoded; None if decoding has not begun.
    is_overtaken : a newer picture came before its turn.
    """

    message: str | bytes
    image: asyncio.Future[NDArray[np.uint8]] | None = None
    is_overtaken: bool = False

    def overtake(self) -> None:
        """Let a newer picture go first: this one is not analysed."""
        self.is_overtaken, self.message = True, self.message[:12]
        if self.image is not None:
            self.image.cancel()


class Inbox:
    """Holds the messages of one page.

    Parameters
    ----------
    decode : begins to decode the picture in a message; None if it is not worth it.
    """

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._waiting: deque[Waiting] = deque()
        self._picture: Waiting | None = None
        self._end: Exception | None = None
        self._is_answering = False
        self._changed = asyncio.Event()

    async def put(self, message: str | bytes) -> None:
        """Add a message.

        A picture overtakes one that still waits; its decoding begins if it has to wait itself.
        """
        while len(self._waiting) >= _MOST_WAITING:
            self._changed.clear()
            await self._changed.wait()
        one = Waiting(message)
        if isinstance(message, bytes):
            if self._picture is not None:
                self._picture.overtake()
            if self._is_answering or self._waiting:
                one.image = self._decode(message)
            self._picture = one
        self._waiting.append(one)
        self._changed.set()
        if not self._is_answering:
            await asyncio.sleep(0)  # it is taken before another picture can overtake it

    async def next(self) -> Waiting:
        """Return the message whose turn it is.

        Raises
        ------
        Exception
            The reason for the end of the connection; messages that still wait get no answer then.
        """
        self._is_answering = False
        while not self._waiting and self._end is None:
            self._changed.clear()
            await self._changed.wait()
        if self._end is not None:
            raise self._end
        one = self._waiting.popleft()
        if one is self._picture:
            self._picture = None
        self._is_answering = True
        self._changed.set()
        return one

    def end(self, why: Exception) -> None:
        """Accept no more messages."""
        self._end = why
        self._changed.set()


def ignore_result(future: asyncio.Future[Any]) -> None:
    """Read a future's result, so that asyncio does not warn about an unused error."""
    if not future.cancelled():
        future.exception()
