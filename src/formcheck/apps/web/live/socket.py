"""Serve the one socket of the live page: pictures in, JSON out.

Any input gets a clear answer, and the connection closes cleanly.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from formcheck.apps.web.access import tokens
from formcheck.apps.web.language import find_language
from formcheck.core.errors import FormCheckError, SourceError
from formcheck.core.movement.schema import Movement
from formcheck.drivers import answers
from formcheck.drivers.body_tests.live_tests import BodyTest
from formcheck.drivers.live import words
from formcheck.drivers.live.messages import MAX_MESSAGE_BYTES, Command, Hello, Ping, Stage, read_picture, read_text
from formcheck.drivers.live.session import SessionRequest, open_session
from formcheck.drivers.own_movements import find_movement
from formcheck.drivers.therapist.own_plan import prescribe
from formcheck.languages.translate import translate
from formcheck.program.body_tests.protocol import find_test, load_test_movement
from formcheck.program.routines.fit import quiet_movement

from .inbox import Inbox, Waiting
from .session_pool import UNUSED_S, FullError, SessionPool, Slot

log = logging.getLogger(__name__)

SOCKET_PATH = "/pose/ws"
HELLO_S, IDLE_S, SEND_S = 10.0, 60.0, 20.0
"""Timeouts: for the hello, for any message, and for a page that does not read."""
READ_OUT_S = 5.0
"""How long the messages that came before the end are still read."""
CODES = {"token": 4001, "message": 4002, "full": 4003, "idle": 4004, "taken_over": 4005, "model": 4007,
         "locked": 4008, "away": 4009}  # fmt: skip
_MOST_TEXT = 100_000
_GOES_ON = {"go", "resume", "restart"}
"""Commands that begin or continue practice, so the gate is asked again."""


class _ByeError(Exception):
    """Closes the connection, with a reason in plain words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Connection:
    """One connection, from hello to goodbye."""

    def __init__(self, socket: WebSocket, pool: SessionPool) -> None:
        self._socket, self._pool = socket, pool
        self._seat: Slot | None = None
        self._language = find_language(socket)
        self._is_closed = False
        self._inbox = Inbox(self._begin_to_decode)

    async def serve(self) -> None:
        """Talk until one side ends the connection."""
        await self._socket.accept()
        reading: asyncio.Task[None] | None = None
        try:
            await self._greet()
            reading = asyncio.create_task(self._read_on())
            while True:
                await self._answer(await self._inbox.next())
        except _ByeError as bye:
            await self._close(bye.code, bye.text)
            if bye.code == "away" and self._seat is not None and self._seat.taken is self:
                await self._pool.free(self._seat)
        except (WebSocketDisconnect, ConnectionError):
            pass
        except TimeoutError:  # the page does not read
            await self._close("idle", words.IDLE)
        finally:
            if self._seat is not None:
                self._pool.leave(self._seat, self)
            if reading is not None:  # what came before the end is still read: a press of Pain is not lost
                await asyncio.wait([reading], timeout=READ_OUT_S)
                reading.cancel()

    async def _read_on(self) -> None:
        """Read messages while the previous picture is analysed."""
        try:
            while True:
                message = await self._next(IDLE_S)
                if isinstance(message, str):
                    await self._note_pain(message)
                await self._inbox.put(message)
        except RuntimeError:  # a newer page of the same session has closed it
            self._inbox.end(WebSocketDisconnect())
        except Exception as end:  # noqa: BLE001 - any error of reading ends the connection
            self._inbox.end(end)

    async def _note_pain(self, text: str) -> None:
        """Keep a press of Pain as soon as it is read.

        The page may be closed before its turn comes.
        """
        received, seat = self._read(text), self._seat
        if isinstance(received, Command) and received.name == "pain" and seat and not seat.session.request.is_sample:
            entry, now = {"movement": seat.session.movement.id}, datetime.now(UTC)
            await asyncio.shield(asyncio.to_thread(answers.keep_pain, entry, now))

    def _begin_to_decode(self, message: bytes) -> asyncio.Future[Any] | None:
        return self._pool.decode(message) if len(message) <= MAX_MESSAGE_BYTES else None

    async def _next(self, wait_s: float) -> str | bytes:
        try:
            async with asyncio.timeout(wait_s):
                message = await self._socket.receive()
        except TimeoutError:
            raise _ByeError("idle", words.IDLE) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1000)
        text, data = message.get("text"), message.get("bytes")
        return text if text is not None else data or b""

    async def _greet(self) -> None:
        first = await self._next(HELLO_S)
        hello = self._read(first) if isinstance(first, str) else None
        if not isinstance(hello, Hello):
            raise _ByeError("message", words.BAD_MESSAGE.format(wanted="a hello", came="something else"))
        if not tokens.is_valid_token(hello.token):
            raise _ByeError("token", words.OLD_PAGE)
        movement = await asyncio.to_thread(find_live_movement, hello.movement)
        if movement is None:
            raise _ByeError("message", words.BAD_MESSAGE.format(wanted="a movement", came=repr(hello.movement)))
        if not self._pool.is_resting(hello.session, hello.movement):  # after Pain it may still show what was done
            await self._ask_gate(movement, is_sample=hello.camera == "sample")
        try:
            self._seat, resumed = await self._pool.take(read_request(hello, movement), hello.session)
        except FullError as full:
            await self._send({"type": "full", "text": full.args[0]})
            raise _ByeError("full", str(full)) from None
        except FormCheckError as error:
            raise _ByeError("model", str(error)) from None
        await self._sit_down(self._seat)
        session = self._seat.session
        if resumed:
            session.expect_new_clock()
        welcome = {"type": "welcome", "session": self._seat.id, "resumed": resumed, "rate": session.rate}
        await self._send({**welcome, "calibrated": session.calibrated, "stage": session.stage})

    async def _ask_gate(self, movement: Movement, *, is_sample: bool) -> None:
        """Refuse what the person's answers leave out.

        The page asked before, but it may be an old tab.
        """
        if is_sample:
            return
        offer = await asyncio.to_thread(answers.find_offer, movement, datetime.now(UTC))
        if offer.state == "closed":
            raise _ByeError("locked", offer.reasons[0].text)

    async def _sit_down(self, slot: Slot) -> None:
        """Give the session to its newest page; close the older connection with a message."""
        before, slot.taken = slot.taken, self
        if isinstance(before, Connection):
            await before._close("taken_over", words.TAKEN_OVER)

    def _read(self, text: str) -> Hello | Command | Ping | None:
        try:
            return read_text(text) if len(text) <= _MOST_TEXT else None
        except SourceError:
            return None

    async def _answer(self, waiting: Waiting) -> None:
        assert self._seat is not None  # noqa: S101 - greeted
        message = waiting.message
        if isinstance(message, bytes):
            self._seat.used_s = time.monotonic()
            await self._look_at(self._seat, message, waiting)
            return
        received = self._read(message)
        if isinstance(received, Ping):
            if time.monotonic() - self._seat.used_s > UNUSED_S:
                raise _ByeError("away", words.AWAY)
            await self._send({"type": "pong"})
        elif isinstance(received, Command):
            self._seat.used_s = time.monotonic()
            session, name = self._seat.session, received.name
            if name in _GOES_ON:
                await self._ask_gate(session.movement, is_sample=session.request.is_sample)
            reply = await self._pool.in_turn(self._seat, lambda: session.command(name))
            if reply is not None:
                await self._send(reply)
        else:
            came = repr(message[:40]) + ("…" if len(message) > 40 else "")
            await self._send_error("bad_message", words.BAD_MESSAGE.format(wanted="a message of this page", came=came))

    async def _look_at(self, slot: Slot, data: bytes, waiting: Waiting) -> None:
        """Answer a picture; if it is unusable, the session goes on."""
        if waiting.is_overtaken:
            await self._send_error("overtaken", words.OVERTAKEN, frame=_read_picture_number(data))
            return
        if len(data) > MAX_MESSAGE_BYTES:
            text = words.TOO_BIG.format(most=MAX_MESSAGE_BYTES // 1000, came=len(data) // 1000)
            await self._send_error("too_big", text, frame=_read_picture_number(data))
            return
        session = slot.session
        try:
            picture = read_picture(data)
            if waiting.image is not None:
                picture = picture._replace(image=await waiting.image)
            reply = await self._pool.in_turn(slot, lambda: self._write_text(session.picture(picture)))
        except SourceError as error:
            await self._send_error("bad_picture", str(error), frame=_read_picture_number(data))
            return
        except Exception:  # one picture must not end a session
            log.exception("a picture could not be analysed")
            await self._send_error("internal", words.INTERNAL, frame=_read_picture_number(data))
            return
        await self._send(reply)
        if session.has_news:
            await self._send(await self._pool.in_turn(slot, lambda: self._write_text(session.finish())))

    async def _send(self, message: dict[str, Any] | str) -> None:
        if self._is_closed:  # by a newer page of the same session
            raise WebSocketDisconnect
        text = message if isinstance(message, str) else self._write_text(message)
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.send_text(text)
        except RuntimeError:  # it was closed while this waited for its turn
            raise WebSocketDisconnect from None

    def _write_text(self, message: dict[str, Any]) -> str:
        """Return a message as the page gets it, in its language."""
        return json.dumps(translate(message, self._language), allow_nan=False, separators=(",", ":"))

    async def _send_error(self, code: str, text: str, frame: int | None = None) -> None:
        await self._send({"type": "error", "code": code, "text": text, "frame": frame})

    async def _close(self, code: str, text: str) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            return
        try:
            await self._send({"type": "bye", "code": code, "text": text})
            self._is_closed = True
            await self._socket.close(CODES[code])
        except (WebSocketDisconnect, ConnectionError, RuntimeError, TimeoutError):
            pass  # it is closed already


def find_live_movement(movement_id: str) -> Movement | None:
    """Return a movement of formcheck, of a test or of an own file, or None."""
    test = find_test(movement_id)
    return find_movement(movement_id) if test is None else load_test_movement(test)


def read_request(hello: Hello, movement: Movement) -> SessionRequest:
    """Return the request of a hello that names this movement.

    A demonstration, a sample that begins at once, repeats without end. A test is not recorded: its numbers are kept.
    """
    is_sample = hello.camera == "sample"
    protocol = find_test(hello.movement)
    test = None if protocol is None else BodyTest(protocol, hello.moment, hello.side)
    return SessionRequest(
        movement=_change_as_asked(hello, movement) if protocol is None else movement,
        side=hello.side,
        is_sample=is_sample,
        from_stage=Stage(hello.from_stage),
        ends=not (is_sample and hello.from_stage == "practise"),
        record=hello.record if test is None else "none",
        carried=hello.carried,
        test=test,
    )


def _change_as_asked(hello: Hello, movement: Movement) -> Movement:
    """Return the movement as it is asked for.

    With the numbers of a therapist's plan, the dose of a routine, and quieter in the calm way.
    """
    movement = prescribe(movement)
    changed = hello.dose.model_dump(exclude_none=True) if hello.dose else {}
    if "hold_s" in changed:
        changed["least_hold_s"] = min(movement.dose.least_hold_s, changed["hold_s"])
    if changed:
        movement = movement.model_copy(update={"dose": movement.dose.model_copy(update=changed)})
    return quiet_movement(movement) if hello.calm else movement


def _read_picture_number(data: bytes) -> int | None:
    try:
        return read_picture(data[:12]).number
    except SourceError:
        return None


class LiveSessions:
    """The session pool of this process; it is made when the first page comes."""

    pool: SessionPool | None = None

    @classmethod
    def now(cls) -> SessionPool:
        """Return the pool; make it at first use."""
        if cls.pool is None:
            cls.pool = SessionPool(open_session)
        return cls.pool

    @classmethod
    async def close(cls) -> None:
        """Free everything."""
        pool, cls.pool = cls.pool, None
        if pool is not None:
            await pool.close()


async def serve_pose_socket(socket: WebSocket) -> None:
    """Serve one page."""
    await Connection(socket, LiveSessions.now()).serve()


ROUTES = [WebSocketRoute(SOCKET_PATH, serve_pose_socket)]
