"""Describe a test to the live page: its card, and where to go afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from formcheck.core.movement.schema import Movement
from formcheck.program.body_tests.protocol import Protocol, load_protocols, load_test_movement
from formcheck.program.body_tests.results import TestKey

BEFORE_AFTER_PATH = "before_after"
MOMENTS = ("before", "after")
BACK_LABEL = "Back"
TURN_AROUND = "Turn so that your {side} side is next to the camera."
THIS_SIDE = "This is for your {side} side."


def write_test_url(key: TestKey, moment: str, *, asks: bool = False) -> str:
    """Return the address of the live page for one side of a test.

    Parameters
    ----------
    key : test and side.
    moment : before or after.
    asks : the live page asks how it is today first; once in a visit is enough.
    """
    test_id, side = key
    query = {"test": test_id, "moment": moment, "side": side, "asks": "1" if asks else None}
    return f"/practise?{urlencode({name: value for name, value in query.items() if value})}"


def describe_asked_test(query: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the live page needs for the test in its address.

    None if it names none.

    Parameters
    ----------
    query : of the address: test, moment, side, asks.
    """
    asked = next((one for one in load_protocols() if one.id == query.get("test") and one.movement), None)
    if asked is None:
        return None
    moment, side = query.get("moment", ""), query.get("side", "")
    return {
        "id": asked.id,
        "movement": load_test_movement(asked).id,
        "moment": moment if moment in MOMENTS else MOMENTS[0],
        "side": side if side in asked.sides else None,
        "asks": query.get("asks") == "1",
        "back_url": f"/{BEFORE_AFTER_PATH}",
        "back_words": BACK_LABEL,
    }


def describe_lesson(protocol: Protocol, movement: Movement, side: str | None) -> dict[str, str]:
    """Return what is said before a test.

    Where the camera goes, how it goes, what counts, when to stop.
    """
    sides = ""
    if side:
        sides = " " + (TURN_AROUND if movement.view.camera == "side" else THIS_SIDE).format(side=side)
    return {
        "camera": movement.view.text + sides,
        "how": " ".join(protocol.instruction),
        "feel": "Stay comfortable. The most you can do is not asked for.",
        "stop": f"Stop at {movement.stop_if[0][:1].lower()}{movement.stop_if[0][1:]}.",
    }
