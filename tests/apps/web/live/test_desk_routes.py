"""Pictures from the desk: what is refused, what is answered, and that the pose model is freed."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.live import desk_routes
from formcheck.apps.web.live.desk_routes import MAX_PICTURE_BYTES, Desk
from formcheck.drivers import answers
from formcheck.program.screening import QUESTIONS

from ....drivers.desk.test_desk_camera import SavedSight

NO = {question.id: False for question in QUESTIONS}
JPEG = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))[1].tobytes()


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    answers.answer(NO, datetime.now(UTC))
    sights = []
    monkeypatch.setattr(desk_routes, "choose_desk_engine", lambda: None)
    monkeypatch.setattr(desk_routes, "open_sight", lambda *_: sights.append(SavedSight([])) or sights[-1])
    with TestClient(Starlette(routes=desk_routes.ROUTES)) as client:
        client.sights = sights
        yield client
    Desk.session, Desk.page = None, ""


def send(page, time_s, *, name="a", jpeg=JPEG, **headers):
    return page.post(f"/live/desk?page={name}", content=struct.pack("<dI", time_s, 1) + jpeg, headers=headers)


def test_a_picture_is_answered_with_minutes(page):
    assert send(page, 1.0).json() == {
        "state": "nobody", "state_text": "Nobody here", "reminder": None, "away": False, "sat_s": 0, "tall_s": 0,
        "forward_s": 0,
    }  # fmt: skip
    assert send(page, 0.5).json() is None  # an older one
    for second in range(2, 130):
        seen = send(page, float(second)).json()
    assert seen["away"]


def test_the_newest_page_has_the_desk_and_frees_it(page):
    send(page, 1.0)
    send(page, 1.0, name="b")
    assert [one.closed for one in page.sights] == [True, False]
    page.post("/live/desk/end?page=a")
    assert not page.sights[1].closed
    page.post("/live/desk/end?page=b")
    assert page.sights[1].closed


@pytest.mark.parametrize("jpeg", [b"", b"no picture", JPEG[:-20]])
def test_a_bad_picture_is_one_line(page, jpeg):
    answer = send(page, 1.0, jpeg=jpeg)
    assert (answer.status_code, answer.text.count("\n")) == (400, 0)


def test_too_much_and_other_pages_are_refused(page):
    assert send(page, 1.0, jpeg=b"x" * MAX_PICTURE_BYTES).status_code == 413
    assert send(page, 1.0, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert page.sights == []


def test_the_gate_is_asked_here_too(page):
    answers.keep_session({"when": "before", "new_signs": True}, datetime.now(UTC))
    answer = send(page, 1.0)
    assert (answer.status_code, answer.json()["code"]) == (409, "new_signs")
