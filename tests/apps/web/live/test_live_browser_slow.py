"""The page on a slow computer: it sends what the server requests, two pictures at a time, and shows a note."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTE = "This computer is slow, so I use a simpler model"
HEADER = struct.Struct("<dI")


class Between:
    """Stands between page and server: notes what goes to and fro, and changes what the server says of its rate."""

    def __init__(self, page: Any) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.most_under_way = 0
        self.side_px, self.note = 384, NOTE
        self._under_way: set[int] = set()
        page.route_web_socket("**/pose/ws", self._connect)

    def _connect(self, page_side: Any) -> None:
        server_side = page_side.connect_to_server()
        page_side.on_message(lambda message: server_side.send(self._up(message)))
        server_side.on_message(lambda message: page_side.send(self._down(message)))

    def _up(self, message: Any) -> Any:
        if isinstance(message, bytes):
            _, number = HEADER.unpack_from(message)
            with Image.open(io.BytesIO(message[HEADER.size :])) as picture:
                self.sizes.append(picture.size)
            self._under_way.add(number)
            self.most_under_way = max(self.most_under_way, len(self._under_way))
        return message

    def _down(self, message: Any) -> Any:
        told = json.loads(message)
        if told["type"] in {"seen", "error"}:
            self._under_way.discard(told.get("frame"))
        if told["type"] in {"welcome", "seen"}:
            told["rate"] = {"class": "slow", "per_s": 8.0, "side_px": self.side_px}
        if told["type"] == "seen":
            told.pop("note", None)
            if self.note:
                told["note"], self.note = {"code": "lighter_model", "text": self.note}, ""
        return json.dumps(told)


def test_the_page_adapts_its_rate_to_the_computer_with_a_note(person):
    one = person("standing").go()
    between = Between(one.page)
    one.to_camera()
    one.until(f"document.querySelector('#banner').textContent === '{NOTE}'")
    one.until_replies(8)
    assert set(between.sizes) == {(384, 288)}
    assert between.most_under_way in {2, 3}  # the third takes the place of one that became old
    between.side_px = 640
    one.until_replies(8)
    assert between.sizes[-1] == (640, 480)
    one.until("document.querySelector('#banner').hidden")
    assert one.page.evaluate("formcheck.stats.sent - formcheck.stats.replies") <= 3
