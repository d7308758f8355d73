"""Serve the socket by which the owner's page gets the phone's code and pictures."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.listening import list_network_addresses
from formcheck.core.errors import BackendError

from .phone_door import CAMERA_PATH, PAIR_PARAMETER, PAIRING_S, PhoneDoor, PhoneLink

log = logging.getLogger(__name__)

PHONE_SOCKET_PATH = "/live/phone/ws"
PHONE_CODES = {"token": 4001, "message": 4002, "taken_over": 4005, "network": 4010, "door": 4011}
PHONE_HELLO_S = 10.0
LOOK_S = 1.0
KEEP_PHONE_S = 60.0
"""The door stays open this long without a page, so that a page may be loaded again."""
_MOST_PHONE_TEXT = 10_000


class _PageMessage(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PhoneHello(_PageMessage):
    """The first message of the page."""

    type: Literal["hello"]
    version: Literal[1]
    token: Annotated[str, Field(max_length=200)]


class NewCode(_PageMessage):
    """The person wants another code, or another network.

    Parameters
    ----------
    address : one of the offered addresses, None for the present one.
    """

    type: Literal["code"]
    address: Annotated[str, Field(max_length=60)] | None = None


_PHONE_TEXTS: TypeAdapter[PhoneHello | NewCode] = TypeAdapter(
    Annotated[PhoneHello | NewCode, Field(discriminator="type")]
)


class PhonePage:
    """One page of the owner that uses the phone."""

    def __init__(self, socket: WebSocket, door: PhoneDoor) -> None:
        self._socket, self._door, self._link = socket, door, door.link
        self._noted: tuple[bool, int] | None = None

    async def serve(self) -> None:
        """Talk until the page goes, or another one takes the phone."""
        await self._socket.accept()
        try:
            code = await self._greet()
            if code:
                await self._bye(code)
                return
            await self._talk()
        except (WebSocketDisconnect, ConnectionError, RuntimeError):
            pass  # the page is gone
        finally:
            if self._link.page is self:
                self._link.page = None

    async def _greet(self) -> str:
        """Return why the page is not served; empty if it is."""
        try:
            async with asyncio.timeout(PHONE_HELLO_S):
                hello = self._read(await self._socket.receive_text())
        except (TimeoutError, KeyError):
            return "message"
        if not isinstance(hello, PhoneHello):
            return "message"
        if not tokens.is_valid_token(hello.token):
            return "token"
        self._link.page = self
        return await self._send_code(None)

    async def _talk(self) -> None:
        reading = asyncio.create_task(self._read_on())
        try:
            while not reading.done():
                picture = await self._link.next_picture(LOOK_S)
                if self._link.page is not self:
                    await self._bye("taken_over")
                    return
                await self._note_phone()
                if picture is not None:
                    await self._socket.send_bytes(picture)
            if code := reading.result():
                await self._bye(code)
        finally:
            reading.cancel()

    async def _read_on(self) -> str:
        """Take in messages; return why it ends."""
        while True:
            message = self._read(await self._socket.receive_text())
            if not isinstance(message, NewCode):
                return "message"
            if code := await self._send_code(message.address):
                return code

    async def _note_phone(self) -> None:
        now = self._link.is_here, self._link.number
        if now != self._noted:
            self._noted = now
            await self._send({"type": "phone", "is_here": now[0], "number": now[1]})

    async def _send_code(self, wanted: str | None) -> str:
        """Open the door and send a new code.

        Return why it failed; empty if it did not.
        """
        addresses = await asyncio.to_thread(list_network_addresses)
        address = next((one for one in (wanted, self._door.address, *addresses) if one in addresses), None)
        if address is None:
            return "network"
        try:
            door = await self._door.open(address)
            url = f"{door}{CAMERA_PATH}?{PAIR_PARAMETER}={self._link.begin_pairing()}"
            picture = await asyncio.to_thread(draw_code, url)
        except BackendError as error:
            log.warning("the phone cannot be the camera: %s", error)
            return "door"
        code = {"type": "code", "url": url, "picture": picture, "valid_s": PAIRING_S}
        await self._send({**code, "address": address, "addresses": addresses})
        return ""

    def _read(self, text: str) -> PhoneHello | NewCode | None:
        try:
            return _PHONE_TEXTS.validate_python(json.loads(text)) if len(text) <= _MOST_PHONE_TEXT else None
        except (ValueError, ValidationError, RecursionError):
            return None

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(message))

    async def _bye(self, code: str) -> None:
        await self._send({"type": "bye", "code": code})
        await self._socket.close(PHONE_CODES[code])


def draw_code(url: str) -> str:
    """Return the QR code of an address, as the address of a picture.

    Raises
    ------
    BackendError
        The package `segno` is not installed.
    """
    try:
        import segno
    except ModuleNotFoundError:
        raise BackendError(
            "a code for the phone needs the package segno, which is not installed; install it with: "
            "pip install 'formcheck[app]'"
        ) from None
    return str(segno.make(url, error="m", micro=False).svg_data_uri(scale=8, border=3, dark="#000", light="#fff"))


class PhoneCamera:
    """The phone of this process.

    Its door is made when the first page asks, and closed when the last has gone.
    """

    door: PhoneDoor | None = None

    @classmethod
    def now(cls) -> PhoneDoor:
        """Return the door; make it at first use."""
        if cls.door is None:
            cls.door = PhoneDoor(PhoneLink())
        return cls.door

    @classmethod
    async def close(cls) -> None:
        """Close the door."""
        door, cls.door = cls.door, None
        if door is not None:
            await door.close()

    @classmethod
    async def close_if_unused(cls, door: PhoneDoor) -> None:
        """Close the door if no page has come back for a while."""
        await asyncio.sleep(KEEP_PHONE_S)
        if cls.door is door and door.link.page is None:
            await cls.close()


async def serve_phone_socket(socket: WebSocket) -> None:
    """Serve one page; its door closes some time after it has gone."""
    door = PhoneCamera.now()
    try:
        await PhonePage(socket, door).serve()
    finally:
        closing = asyncio.create_task(PhoneCamera.close_if_unused(door))
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)


_CLOSING: set[asyncio.Task[None]] = set()
"""asyncio keeps no task alive by itself."""

ROUTES = [WebSocketRoute(PHONE_SOCKET_PATH, serve_phone_socket)]
