"""Share this computer's pose models between sessions: how many, in turn, with return.

Every session has a tracker of its own; the pose model is shared. Pictures of all sessions wait in one queue, and each
page has at most one in it, so that they take turns. A page's next picture is decoded meanwhile.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import secrets
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.drivers.live import words
from formcheck.drivers.live.messages import Stage, decode_picture, read_picture
from formcheck.drivers.live.session import LiveSession, SessionRequest

from .inbox import ignore_result

KEEP_S = 300.0
"""After a dropped connection, the session is kept this long and can go on."""
UNUSED_S = 300.0
"""A page that sends signs of life only, such as a hidden tab or a paused set, keeps its session this long."""
WAIT_S = 1.5
"""Wait this long for a free place before reporting that the server is full."""
T = TypeVar("T")
Open = Callable[[SessionRequest], LiveSession]


class FullError(Exception):
    """Every place is taken."""


@dataclass(slots=True)
class Slot:
    """One session, with or without a page that is connected to it now.

    Parameters
    ----------
    id : secret name by which the page comes back.
    taken : the connection that uses the session, None if there is none; the newest connection wins.
    left_s : when the last page left, on the monotonic clock.
    used_s : when the last picture or command came, on the monotonic clock.
    turn : only one picture of a session is analysed at a time.
    """

    id: str
    session: LiveSession
    taken: object | None = None
    left_s: float = 0.0
    used_s: float = field(default_factory=time.monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


def count_places() -> int:
    """Return the number of people this computer can follow at once.

    It is one more than the number of cores, and at least two, unless FORMCHECK_LIVE_PLACES sets it.
    """
    chosen = os.environ.get("FORMCHECK_LIVE_PLACES", "")
    return int(chosen) if chosen.isdecimal() and int(chosen) else max(2, (os.cpu_count() or 1) + 1)


def return_free_memory() -> None:
    """Give freed memory back to the system; glibc keeps it otherwise, in each thread's heap."""
    gc.collect()
    if (arrow := sys.modules.get("pyarrow")) is not None:  # it wrote a recorded set, from a heap of its own
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)


class SessionPool:
    """Gives out the places.

    Parameters
    ----------
    open_session : makes a session; slow, as it loads the pose model.
    most : number of places.
    """

    def __init__(self, open_session: Open, most: int | None = None) -> None:
        self._open, self.most = open_session, most or count_places()
        self._slots: dict[str, Slot] = {}
        self._coming = 0
        self._sweeps: set[asyncio.Task[None]] = set()
        self._workers = ThreadPoolExecutor(min(self.most, os.cpu_count() or 1), thread_name_prefix="live")
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="decode")

    def __len__(self) -> int:
        return len(self._slots)

    def is_resting(self, known: str | None, movement_id: str) -> bool:
        """Return whether nothing is practised in a page's earlier session: it is paused or over."""
        slot = self._slots.get(known or "")
        if slot is None or slot.session.movement.id != movement_id:
            return False
        return slot.session.stage in {Stage.PAUSED, Stage.OVER}

    async def take(self, request: SessionRequest, known: str | None) -> tuple[Slot, bool]:
        """Return a place, and whether it is the page's earlier one.

        Raises
        ------
        FullError
            Every place is taken by a connected page.
        BackendError
            The pose model cannot be opened.
        """
        await self.sweep()
        slot = self._slots.get(known or "")
        if slot is not None and slot.session.movement.id == request.movement.id:
            return slot, True
        if slot is not None:
            await self.free(slot)
        if not await self._room():
            raise FullError(words.FULL.format(most=self.most))
        self._coming += 1
        try:
            session = await asyncio.to_thread(self._open, request)
        finally:
            self._coming -= 1
        new = Slot(secrets.token_urlsafe(16), session)
        self._slots[new.id] = new
        return new, False

    async def in_turn(self, slot: Slot, work: Callable[[], T]) -> T:
        """Do some work of a session when it is its turn."""
        async with slot.turn:  # the thread serves the same person as the request
            return await asyncio.get_running_loop().run_in_executor(self._workers, copy_context().run, work)

    def decode(self, message: bytes) -> asyncio.Future[NDArray[np.uint8]]:
        """Begin to decode the picture in a message; a SourceError says what is wrong."""
        future = asyncio.get_running_loop().run_in_executor(
            self._decoder, lambda: decode_picture(read_picture(message).jpeg)
        )
        future.add_done_callback(ignore_result)
        return future

    def leave(self, slot: Slot, who: object) -> None:
        """Note that a page has left; its session is kept for a while."""
        if slot.taken is not who:
            return
        slot.taken, slot.left_s = None, time.monotonic()
        loop = asyncio.get_running_loop()
        wait_s = 0.0 if slot.session.is_spent else KEEP_S + 1
        loop.call_later(wait_s, lambda: self._sweeps.add(loop.create_task(self.sweep())))

    async def sweep(self) -> None:
        """Free the places to which no page came back."""
        self._sweeps = {task for task in self._sweeps if not task.done()}
        now_s = time.monotonic()
        gone = [one for one in self._slots.values() if one.taken is None]
        for slot in [one for one in gone if one.session.is_spent or now_s - one.left_s > KEEP_S]:
            await self.free(slot)

    async def _room(self) -> bool:
        """Return whether there is a place.

        A page that goes from the sample to the camera may come before it has left its old place, so wait a moment.
        """
        end_s = time.monotonic() + WAIT_S
        while len(self._slots) + self._coming >= self.most:
            await self._free_who_left()
            if len(self._slots) + self._coming < self.most:
                break
            if time.monotonic() > end_s:
                return False
            await asyncio.sleep(0.1)
        return True

    async def _free_who_left(self) -> None:
        """Free the place that was left longest ago; its page still knows the set."""
        gone = [slot for slot in self._slots.values() if slot.taken is None]
        if gone:
            await self.free(min(gone, key=lambda slot: slot.left_s))

    async def free(self, slot: Slot) -> None:
        """Free a place: close its session."""
        if self._slots.pop(slot.id, None) is not None:
            async with slot.turn:
                await asyncio.to_thread(slot.session.close)
            if not self._slots:
                await asyncio.to_thread(return_free_memory)

    async def close(self) -> None:
        """Free everything, when the app closes."""
        for slot in list(self._slots.values()):
            await self.free(slot)
        for workers in (self._workers, self._decoder):
            workers.shutdown(wait=False, cancel_futures=True)
